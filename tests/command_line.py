"""Running ``regulars`` as processes of its own, and shops for it to speak to."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from regulars_sandbox import ApiKey, Request, Response, RunningServer, WooCommerceShop

KEY = ApiKey("ck_" + "5f3a" * 10, "cs_" + "9c1e" * 10)
READ_ONLY_KEY = ApiKey("ck_" + "77aa" * 10, "cs_" + "88bb" * 10, permissions="read")
SECRETS = (KEY.consumer_key, KEY.consumer_secret, READ_ONLY_KEY.consumer_key, READ_ONLY_KEY.consumer_secret)
MASTER_KEY = "a master key that only tests use"
_NURSERY = Path(__file__).with_name("cli_nursery.py")


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code and all it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


class Nursery:
    """Starts commands quickly; see ``cli_nursery``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_NURSERY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, **request: Any) -> int:
        return self._ask(request)

    def wait(self, pid: int) -> int:
        return self._ask({"wait": pid})

    def _ask(self, request: dict[str, Any]) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@dataclass
class Running:
    """A command that was started."""

    nursery: Nursery
    pid: int
    out: Path
    err: Path

    def kill(self) -> None:
        """kill -9. A process that has ended is still there to be killed: it is not waited for before."""
        os.kill(self.pid, 9)

    def ended(self) -> Said:
        """Wait for the end."""
        code = self.nursery.wait(self.pid)
        return Said(code, self.out.read_text("utf-8"), self.err.read_text("utf-8"))


@dataclass
class CommandLine:
    """``regulars -C directory …`` with the environment of a server: a master key, and nothing inherited."""

    nursery: Nursery
    directory: Path
    scratch: Path
    environ: dict[str, str] = field(default_factory=dict)
    tables: bytes = field(default=b"", repr=False)
    """A SQLite file with the newest schema, to be copied."""
    heard: list[Said] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self, *arguments: str, given: str = "") -> Running:
        number = next(self._numbers)
        files = {name: self.scratch / f"{number}.{name}" for name in ("input", "out", "err")}
        for name, path in files.items():
            path.write_text(given if name == "input" else "", "utf-8")
        pid = self.nursery.start(
            arguments=["-C", str(self.directory), *arguments],
            environ={**_PLAIN, **self.environ},
            directory=str(self.scratch),
            **{name: str(path) for name, path in files.items()},
        )
        return Running(self.nursery, pid, files["out"], files["err"])

    def __call__(self, *arguments: str, given: str = "") -> Said:
        said = self.start(*arguments, given=given).ended()
        self.heard.append(said)
        return said

    def done(self, *arguments: str, given: str = "") -> Said:
        """A command that has to succeed."""
        said = self(*arguments, given=given)
        assert said.code == 0, (
            f"regulars {' '.join(arguments)} ended with {said.code}:\n{said.out}\n{said.err}"
        )
        return said

    def begin(self) -> None:
        """``init``, which finds its tables made, if ``tables`` is given: making them is most of its work."""
        is_new = "REGULARS_STORE_URL" not in self.environ and not self.directory.exists()
        if self.tables and is_new:
            self.directory.mkdir(mode=0o700)
            file = self.directory / "regulars.sqlite3"
            file.touch(mode=0o600)
            file.write_bytes(self.tables)
        self.done("init")

    def connected(self, server: RunningServer, name: str = "main", key: ApiKey = KEY) -> Said:
        """``init`` and ``shop add``, the keys given on standard input."""
        self.begin()
        return self.added(server, name, key)

    def added(self, server: RunningServer, name: str = "main", key: ApiKey = KEY) -> Said:
        option = f"certificates={server.certificate}"
        keys = f"{key.consumer_key}\n{key.consumer_secret}\n"
        return self("shop", "add", "woocommerce", name, server.url, "--option", option, given=keys)


_PLAIN = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "LANG": "C.UTF-8",
    "COLUMNS": "100",
    "REGULARS_MASTER_KEY": MASTER_KEY,
    "REGULARS_KEYRING_COST": "1024",
    "REGULARS_HTTP_TRIES": "2",
    "REGULARS_HTTP_MAX_WAIT": "0.01",
}

Change = Callable[[Request, Response], Response]


class Meddled:
    """A shop with something before it that changes answers: a plug-in, a cache, a bad day."""

    def __init__(self, shop: WooCommerceShop, change: Change) -> None:
        self.shop = shop
        self.change = change
        self.seen: list[Request] = []

    @property
    def home(self) -> str:
        return self.shop.home

    @home.setter
    def home(self, home: str) -> None:
        self.shop.home = home

    def respond(self, request: Request) -> Response:
        self.seen.append(request)
        return self.change(request, self.shop.respond(request))

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The resources (last parts of the path) that are asked for meanwhile."""
        before, asked = len(self.seen), list[str]()
        yield asked
        asked += [_resource(request) for request in self.seen[before:]]


def untouched(_: Request, response: Response) -> Response:
    return response


def _resource(request: Request) -> str:
    return request.target.partition("?")[0].rpartition("/wc/v3/")[2]


def is_listing(request: Request, resource: str) -> bool:
    """Whether a request asks for a page of a collection."""
    return request.method == "GET" and _resource(request) == resource


def with_body(response: Response, body: bytes) -> Response:
    return replace(response, body=body)


def rows(connection: Any, table: Any, *, without: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """The rows of a table, sorted, without some columns."""
    from sqlalchemy import select

    columns = [column for column in table.c if column.name not in without]
    found = [tuple(row) for row in connection.execute(select(*columns))]
    return sorted(found, key=repr)
