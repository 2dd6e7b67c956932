"""Where the time goes: the stacks of all threads, looked at every two milliseconds.

Unlike a tracing profiler it sees every thread and slows small functions no more than large ones. A look
needs the interpreter lock, so the switch interval is shortened while it runs; shares are true to a few
percent, and time waited for the network or another thread is counted apart.
"""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

_INTERVAL = 0.002
_SWITCH = 0.0002
_WAITING = frozenset(
    {("threading", "wait"), ("queue", "get"), ("queue", "put"), ("ssl", "read"), ("ssl", "recv_into")}
)
_SHOWN = 14


@dataclass(slots=True)
class Samples:
    """Counts of looks: by thread, by our innermost function, and by the very function that ran."""

    looks: Counter[str] = field(default_factory=Counter)
    ours: Counter[tuple[str, str]] = field(default_factory=Counter)
    innermost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def look(self, thread: str, frame: FrameType) -> None:
        """Count one thread's stack."""
        self.looks[thread] += 1
        inner = _place(frame)
        if inner in _WAITING or inner[1] == "_try_wait_for_tstate_lock":
            self.innermost[thread, "(waiting)"] += 1
            self.ours[thread, "(waiting)"] += 1
            return
        self.innermost[thread, ".".join(inner)] += 1
        self.ours[thread, _own(frame)] += 1

    def lines(self) -> Iterator[str]:
        """The greatest shares of each thread, as text."""
        for thread, total in self.looks.most_common():
            yield f"{thread}: {total} looks"
            for title, counts in (("our function at work", self.ours), ("innermost", self.innermost)):
                mine = Counter({name: count for (where, name), count in counts.items() if where == thread})
                yield f"  by {title}:"
                yield from (f"    {count / total:5.1%} {name}" for name, count in mine.most_common(_SHOWN))


def _own(frame: FrameType) -> str:
    at: FrameType | None = frame
    while at is not None:
        module, name = _place(at)
        if module.startswith("regulars_"):
            return f"{module}.{name}"
        at = at.f_back
    return "(none of ours)"


def _place(frame: FrameType) -> tuple[str, str]:
    return str(frame.f_globals.get("__name__", "?")), frame.f_code.co_name


@contextmanager
def sampled(samples: Samples | None) -> Iterator[None]:
    """Look at all threads but the looking one until the block ends; with None, do nothing."""
    if samples is None:
        yield
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(samples, done), name="bench-sampling", daemon=True)
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        sys.setswitchinterval(before)


def _watch(samples: Samples, done: threading.Event) -> None:
    own = threading.get_ident()
    while not done.wait(_INTERVAL):
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident != own:
                samples.look(names.get(ident, "?"), frame)
