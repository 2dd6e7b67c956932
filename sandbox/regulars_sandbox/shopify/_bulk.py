"""Bulk operations: run a portion at a look, told about, cancelled, and ended with a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from regulars_sandbox.shopify._access import Caller
from regulars_sandbox.shopify._bulk_files import KEPT_SECONDS, BulkFiles
from regulars_sandbox.shopify._bulk_lines import arranged, written
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._paging import Page, page_of_list
from regulars_sandbox.shopify._state import Record, gid, iso, number

__all__ = ["Bulk", "BulkWork", "Denied"]

_KIND = "BulkOperation"
_UNFINISHED = frozenset({"CREATED", "RUNNING", "CANCELING"})
_ENDED = frozenset({"COMPLETED", "FAILED", "CANCELED"})
Arguments = Mapping[str, Any]


class Denied(Exception):  # noqa: N818 - how an operation ends, not a failure of the double
    """The operation's app lacks a scope."""


class BulkWork(Protocol):
    """What an operation does, a portion at a time."""

    @property
    def more(self) -> bool:
        """False when all is done."""
        ...

    def portion(self, rows: int) -> Iterator[list[Record]]:
        """The lines of each of the next rows, its own first. Raises Denied."""
        ...


@dataclass(slots=True)
class _Operation:
    """One operation: ``fate`` is the error it is bound to end with, ``seen`` when time last passed for it."""

    id: int
    caller: Caller
    kind: str
    text: str
    work: BulkWork
    grouped: bool
    created: int
    seen: int
    status: str = "CREATED"
    fate: str = ""
    stuck: bool = False
    error: str | None = None
    ended: int = 0
    roots: int = 0
    objects: int = 0
    size: int | None = None
    url: str | None = None
    partial: str | None = None
    hidden: str | None = None
    lines: list[bytes] = field(default_factory=list)


class Bulk:
    """The operations of all apps.  Time passes for them whenever somebody asks."""

    def __init__(self, core: Core, files: BulkFiles) -> None:
        self._core, self._files = core, files
        self._operations: dict[int, _Operation] = {}

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "bulkOperationCancel": self._cancel,
            "bulkOperation": self._one,
            "bulkOperations": self._list,
            "currentBulkOperation": self._current,
        }

    def full(self, call: Call, kind: str) -> Record | None:
        """The user error of an app that has as many unfinished operations as it may."""
        limit = self._files.conduct.limit
        running = [each for each in self._of(call) if each.kind == kind and each.status in _UNFINISHED]
        if len(running) < limit:
            return None
        code = "OPERATION_IN_PROGRESS" if limit == 1 else "LIMIT_REACHED"
        what = f"{len(running)} bulk {kind.lower()} operations of this app are in progress in this shop."
        return user_error(None, what, code)

    def begin(self, call: Call, kind: str, text: str, work: BulkWork, *, grouped: bool) -> Record:
        """Take the operation up, with the fate that the conduct has for it."""
        now, meets = self._core.now(), self._files.meets
        fate = self._files.conduct.failure if meets("failing") else ""
        made = _Operation(self._core.next_id(), call.caller, kind, text, work, grouped, now, now, fate=fate)
        made.stuck = meets("stuck")
        self._operations[made.id] = made
        return self._shown(made, call)

    def _cancel(self, call: Call, arguments: Arguments) -> Record:
        self.pass_time()
        found = self._found(call, arguments["id"])
        if found is None:
            error = user_error(["id"], "Bulk operation does not exist")
            return {"bulkOperation": None, "userErrors": [error]}
        errors = list[Record]()
        if found.status in _UNFINISHED:
            found.status = "CANCELING"
        else:
            what = f"A bulk operation cannot be canceled when it is {found.status.lower()}"
            errors = [user_error(None, what)]
        return {"bulkOperation": self._shown(found, call), "userErrors": errors}

    def _one(self, call: Call, arguments: Arguments) -> Record | None:
        self.pass_time()
        found = self._found(call, arguments["id"])
        return None if found is None else self._shown(found, call)

    def _current(self, call: Call, arguments: Arguments) -> Record | None:
        """The newest of a type."""
        self.pass_time()
        mine = [each for each in self._of(call) if each.kind == arguments.get("type", "QUERY")]
        return self._shown(mine[-1], call) if mine else None

    def _list(self, call: Call, arguments: Arguments) -> Page:
        """An app's own, newest first."""
        if arguments.get("sortKey") not in {None, "CREATED_AT"}:
            raise not_modelled("bulkOperations by another key than CREATED_AT")
        self.pass_time()
        wanted = _terms(arguments.get("query") or "")
        rows = [self._shown(each, call) for each in self._of(call)]
        kept = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        plain = {**arguments, "sortKey": "ID", "query": None, "reverse": False}
        return page_of_list(
            "QueryRoot.bulkOperations", kept if arguments.get("reverse") else kept[::-1], plain
        )

    def _of(self, call: Call) -> list[_Operation]:
        return [each for each in self._operations.values() if each.caller.app_id == call.caller.app_id]

    def _found(self, call: Call, text: str) -> _Operation | None:
        found = self._operations.get(number(text, _KIND) or 0)
        return found if found is not None and found.caller.app_id == call.caller.app_id else None

    def pass_time(self) -> None:
        """Move every unfinished operation on."""
        for each in self._operations.values():
            self._move(each)

    def _move(self, operation: _Operation) -> None:
        """One step on: an operation is never done at the first look."""
        if operation.status == "CREATED":
            operation.status = "RUNNING"
        elif operation.status == "CANCELING":
            self._end(operation, "CANCELED")
        elif operation.status == "RUNNING":
            self._read_on(operation)
        elif operation.status in _ENDED:
            # What a failed operation read is there some time after the failure.
            operation.partial, operation.hidden = operation.hidden or operation.partial, None
            if self._core.now() - operation.ended >= KEPT_SECONDS and operation.status == "COMPLETED":
                operation.status, operation.url = "EXPIRED", None

    def _read_on(self, operation: _Operation) -> None:
        if not operation.work.more and not operation.stuck:
            self._complete(operation)
            return
        if operation.stuck and operation.lines:
            return
        try:
            self._read(operation, self._portion(operation))
        except Denied:
            self._fail(operation, "ACCESS_DENIED", [])
            return
        if operation.fate and (operation.lines or not operation.work.more):
            self._fail(operation, operation.fate, operation.lines[: len(operation.lines) // 2])

    def _portion(self, operation: _Operation) -> int:
        conduct, now = self._files.conduct, self._core.now()
        if not conduct.rows_a_second:
            return conduct.rows_a_look
        passed, operation.seen = now - operation.seen, now
        return passed * conduct.rows_a_second

    def _read(self, operation: _Operation, rows: int) -> None:
        for lines in operation.work.portion(rows):
            operation.roots += 1
            operation.objects += len(lines)
            operation.lines += [written(line) for line in lines]

    def _complete(self, operation: _Operation) -> None:
        """Write the file, none where there are no rows."""
        conduct = self._files.conduct
        operation.objects += min(conduct.repeated_lines, len(operation.lines))
        lines = arranged(operation.lines, conduct, grouped=operation.grouped)
        if operation.objects and not self._files.meets("emptied"):
            body = b"".join(lines)
            operation.size = len(body)
            operation.url = self._files.add(body, expired=self._files.meets("expired"))
        self._end(operation, "COMPLETED")

    def _fail(self, operation: _Operation, code: str, lines: Sequence[bytes]) -> None:
        operation.error = code
        operation.hidden = self._files.add(b"".join(lines)) if lines else None
        self._end(operation, "FAILED")

    def _end(self, operation: _Operation, status: str) -> None:
        operation.status, operation.ended = status, self._core.now()
        operation.lines = []

    def _shown(self, operation: _Operation, call: Call) -> Record:
        done = operation.status in {"COMPLETED", "EXPIRED"}
        return {
            "__typename": _KIND,
            "id": gid(_KIND, operation.id),
            "type": operation.kind,
            "status": operation.status,
            "errorCode": operation.error,
            "createdAt": iso(operation.created),
            "completedAt": iso(operation.ended) if done else None,
            "objectCount": str(operation.objects),
            "rootObjectCount": str(operation.roots),
            "fileSize": None if operation.size is None else str(operation.size),
            "query": operation.text,
            "url": operation.url and f"{call.home}{operation.url}",
            "partialDataUrl": operation.partial and f"{call.home}{operation.partial}",
        }


def _terms(query: str) -> dict[str, str]:
    """The filters of a search for operations, by the field they look at."""
    fields = {"status": "status", "operation_type": "type"}
    wanted = {}
    for term in query.split():
        name, _, value = term.partition(":")
        if name not in fields:
            raise not_modelled(f"bulkOperations by {name}")
        wanted[fields[name]] = value.upper()
    return wanted
