"""A long history read by a second process: it fetches and works out, this one lands.

It takes its job from standard input, credentials among it, and answers pages ready to land on standard
output. It opens no store, but for the lock of a credential that it renews. It ends with this process, however
that ends, since its standard input does; and this process notices an end of it by the end of its answers.
"""

import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

import regulars_store as store
from regulars_agent._fetching import (
    PAGES_AHEAD,
    End,
    Fetched,
    ahead,
    one_by_one,
    rare_collections,
    without_repeats,
)
from regulars_connectors import (
    Connector,
    ConnectorConfig,
    Cursor,
    Page,
    RawRecord,
    Scan,
    Window,
    connector_class,
)
from regulars_mapping import CanonicalObject, Kind, RegularsError, RetryError, SkipError, UnmappableError

QUICK = 0.001
"""Seconds an object below which the shop is not what is waited for."""
LONG = 5_000
"""Objects still to come for which a second process is worth its start."""
_PROGRAM = f"from {__name__} import work; work()"
_BUFFER = 1024 * 1024
_PAGES_A_COLLECTION = 50


@dataclass(frozen=True, slots=True)
class Job:
    """What to read; ``config`` holds the shop's credentials."""

    shop: store.Shop
    config: ConnectorConfig
    kind: Kind
    scan: Scan
    cursor: Cursor | None
    window: Window | None


def ready_to_land(shop: store.Shop, connector: Connector, record: RawRecord) -> store.Observed:
    """A record translated, compressed and with its rows worked out; pure."""
    return store.Observed(
        kind=record.kind,
        external_id=record.external_id,
        changed_at=record.changed_at,
        digest=record.digest,
        payload=store.compress(record.payload),
        mapped=store.prepared(shop, _mapped(connector, record)),
    )


def _mapped(connector: Connector, record: RawRecord) -> CanonicalObject | UnmappableError | None:
    try:
        return connector.translate(record)
    except SkipError:
        return None
    except UnmappableError as error:
        return error


def pays(*, processes: int, records: int, seconds: float, remaining: int | None) -> bool:
    """Whether a second process is worth its start: for a long rest of a shop that gave so many records in so
    many seconds. Beside a shop of the common speed it would have nothing to do."""
    quick = seconds < QUICK * records
    return min(processes, os.cpu_count() or 1) > 1 and quick and remaining is not None and remaining > LONG


def read_beside(*jobs: Job) -> Iterator[Fetched]:
    """The pages of jobs for one shop, one after the other, read by a second process; ``part`` says of which
    job a page is. Raises what ended them there.

    Raises RetryError when that process was ended from outside: what it had handed over counts.
    """
    # What it needs of this process stands in the job: not in its arguments, which everybody may read.
    process = subprocess.Popen(  # noqa: S603 - this interpreter and a fixed program
        [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=_BUFFER
    )
    assert process.stdin is not None  # noqa: S101 - told to the type checker
    assert process.stdout is not None  # noqa: S101 - as above
    try:
        yield from _answers(jobs, process.stdin, process.stdout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        # A job that it did not take is of no use to anybody.
        with suppress(BrokenPipeError):
            process.stdin.close()


def _answers(jobs: Sequence[Job], to: IO[bytes], of: IO[bytes]) -> Iterator[Fetched]:
    try:
        pickle.dump(jobs, to)
        to.flush()
        while True:
            item = pickle.load(of)  # noqa: S301 - from our own process, through a pipe of its own
            if isinstance(item, End):
                break
            yield item
    except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
        raise RetryError(
            f"The process that reads {jobs[0].shop.name}'s {jobs[0].kind}s was ended. Everything that it had "
            "read is landed or will be read again: run the same command again."
        ) from error
    if item.error is not None:
        raise item.error


def work() -> None:
    """The second process: read the jobs from standard input, answer on standard output."""
    # Ctrl-C reaches the whole group; the process that started this one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs: Sequence[Job] = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    threading.Thread(target=_end_with_parent, name="regulars-parent", daemon=True).start()
    # Whatever prints goes to standard error: it must not fall among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=_BUFFER)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    end = End()
    try:
        _work(jobs, answers)
    except RegularsError as error:
        end = End(error)
    except Exception:  # noqa: BLE001 - raised again where somebody sees it
        end = End(RuntimeError(f"in the process that reads {jobs[0].shop.name}:\n{traceback.format_exc()}"))
    _answer(answers, end)


def _end_with_parent() -> None:
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(1)


def _work(jobs: Sequence[Job], answers: IO[bytes]) -> None:
    shop = jobs[0].shop
    made = connector_class(shop.platform)
    with (
        rare_collections(),
        made.open(jobs[0].config) as connector,
        ahead(_pages(connector, jobs), pages_ahead=PAGES_AHEAD) as waiting,
    ):
        for number, (part, page) in enumerate(one_by_one(waiting), start=1):
            records = [ready_to_land(shop, connector, record) for record in page.records]
            _answer(answers, Fetched.of(page, records, part=part))
            if number % _PAGES_A_COLLECTION == 0:
                gc.collect(1)


def _pages(connector: Connector, jobs: Sequence[Job]) -> Iterator[tuple[int, Page]]:
    for part, job in enumerate(jobs):
        pages = connector.pages(job.kind, job.scan, cursor=job.cursor, window=job.window)
        for page in without_repeats(job.shop.name, job.kind, pages):
            yield part, page


def _answer(answers: IO[bytes], item: Fetched | End) -> None:
    pickle.dump(item, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()
