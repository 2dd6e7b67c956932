"""The objects of a bulk operation's file, in a table until they are handed over.

Lines come in any order, children before their parents too, so nothing can be put together before all have
come. The table is SQLite's own temporary file: nobody else can open it, and it is gone with its connection,
however the process ends.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from regulars_connectors import decode_json
from regulars_mapping import MisconfiguredError, RegularsError, RetryError
from regulars_shopify._client import Node, gid_of, number_of

_MEMORY_KB: Final = 16_384
_PARENT_KEY: Final = "__parentId"
_LINES_AT_ONCE: Final = 500
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
CREATE TABLE root (place INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE child (place INTEGER PRIMARY KEY, root INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL);
"""
_PUT_ROOT: Final = "INSERT INTO root VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET body = excluded.body"
_ORPHANS: Final = (
    "SELECT count(*) FROM child WHERE NOT EXISTS (SELECT 1 FROM root WHERE root.number = child.root)"
)
_DISTINCT: Final = "SELECT count(*) FROM (SELECT DISTINCT root, id, CASE id WHEN '' THEN body END FROM child)"
_PAGE: Final = "SELECT number, body FROM root WHERE number > ? ORDER BY number LIMIT ?"
_CHILDREN: Final = "SELECT root, body FROM child WHERE root BETWEEN ? AND ? ORDER BY root, place"
_LARGEST: Final = 2**63 - 1


class UnfitError(RetryError):
    """What the file holds cannot be taken; the same bytes would be refused again."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An object by the number of its id, with its children in no order."""

    number: int
    node: Node = field(repr=False)
    children: Sequence[Node] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines there were, and how many with an id of their own; how many lines of objects that are no
    children; and how many of those objects there are, each once."""

    lines: int
    identified: int
    root_lines: int
    roots: int


class BulkTable:
    """Takes lines in, then gives pages of whole objects of one type, by id. Another thread may close it."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lines = self._identified = self._root_lines = 0
        self._roots: list[tuple[int, int, bytes]] = []
        self._children: list[tuple[int, int, str, bytes]] = []
        with _room():
            self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._base.executescript(f"PRAGMA cache_size = -{_MEMORY_KB};{_SCHEMA}BEGIN")

    def close(self) -> None:
        """Nothing of the lines is left anywhere. Harmless twice."""
        self._base.close()

    def take(self, line: bytes) -> None:
        """One line of the file. Raises UnfitError where it is no object."""
        node = _decoded(line)
        self._lines += 1
        own = node.get("id")
        if _PARENT_KEY in node:
            identity = own if isinstance(own, str) else ""
            self._children.append((self._lines, self._number(node[_PARENT_KEY]), identity, line))
        else:
            self._root_lines += 1
            self._roots.append((self._lines, self._number(own), line))
        self._identified += isinstance(own, str)
        if len(self._roots) + len(self._children) >= _LINES_AT_ONCE:
            self._write()

    def _number(self, identity: Any) -> int:
        """The number of an object that was asked for. Raises UnfitError for another object's."""
        number = int(number_of(identity) or 0)
        if not 0 < number <= _LARGEST or identity != gid_of(self._kind, str(number)):
            raise UnfitError(
                "Shopify's file of a bulk operation holds something that nobody asked for. Nothing of it was "
                "taken; it will be fetched again."
            )
        return number

    def complete(self) -> Counts:
        """Every line has come. Raises UnfitError where a child's parent has not."""
        self._write()
        with _room():
            self._base.execute("CREATE INDEX child_root ON child (root)")
            if self._one(_ORPHANS):
                raise UnfitError(
                    "Shopify's file of a bulk operation holds parts of objects that are not in it. Nothing "
                    "of it was taken; it will be fetched again."
                )
            roots = self._one("SELECT count(*) FROM root")
        return Counts(self._lines, self._identified, self._root_lines, roots)

    def distinct(self) -> int:
        """How many different objects there are, children among them."""
        with _room():
            return self._one("SELECT count(*) FROM root") + self._one(_DISTINCT)

    def page(self, after: int, most: int) -> list[Whole]:
        """So many objects above this number, the lowest first; none at the end."""
        with _room():
            roots = self._base.execute(_PAGE, (after, most)).fetchall()
            if not roots:
                return []
            children: dict[int, list[Node]] = {number: [] for number, _ in roots}
            for number, body in self._base.execute(_CHILDREN, (roots[0][0], roots[-1][0])):
                children[number].append(_without_parent(_decoded(body)))
        return [Whole(number, _decoded(body), children[number]) for number, body in roots]

    def _write(self) -> None:
        with _room():
            self._base.executemany(_PUT_ROOT, self._roots)
            self._base.executemany("INSERT INTO child VALUES (?, ?, ?, ?)", self._children)
        self._roots.clear()
        self._children.clear()

    def _one(self, statement: str) -> int:
        count: int = self._base.execute(statement).fetchone()[0]
        return count


def _decoded(line: bytes) -> Node:
    try:
        node: Any = decode_json(line, place="A bulk operation's file")
    except RegularsError:
        raise _unreadable() from None
    if not isinstance(node, dict):
        raise _unreadable()
    return node


def _without_parent(node: Node) -> Node:
    node.pop(_PARENT_KEY, None)
    return node


def _unreadable() -> UnfitError:
    return UnfitError(
        "Shopify's file of a bulk operation holds a line that is no object. Nothing of it was taken; it "
        "will be fetched again."
    )


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise MisconfiguredError(
            "There is no room for a bulk operation's file in the temporary folder. Make room there, name a "
            "roomier one (SQLITE_TMPDIR), or set the shop's option bulk_from to never."
        ) from error
