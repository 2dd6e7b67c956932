"""What landed but could not be mapped, and why; for people to read, retry or drop."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, select, update

from regulars_mapping import UnmappableError
from regulars_store._bulk import insert_or_update
from regulars_store._tables import dead_letter

_MAX_WORDS = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An object whose newest version cannot be mapped. ``path`` names the field, ``reason`` no value."""

    id: int
    shop_id: int
    kind: str
    external_id: str
    sequence: int
    failure: str
    path: str
    reason: str
    attempts: int
    first_at: datetime
    last_at: datetime
    dropped_at: datetime | None
    dropped_why: str | None


def dead_letters(
    connection: Connection, *, shop_id: int | None = None, dropped: bool = False, limit: int = 1_000
) -> list[DeadLetter]:
    """The dead letters, newest first; ``dropped`` shows also those that a person has given up."""
    query = select(*(dead_letter.c[name] for name in DeadLetter.__slots__))
    if shop_id is not None:
        query = query.where(dead_letter.c.shop_id == shop_id)
    if not dropped:
        query = query.where(dead_letter.c.dropped_at.is_(None))
    order = (dead_letter.c.last_at.desc(), dead_letter.c.id.desc())
    return [DeadLetter(*row) for row in connection.execute(query.order_by(*order).limit(limit))]


def drop_dead_letters(connection: Connection, ids: Sequence[int], *, why: str, now: datetime) -> int:
    """Give up on these until a new version of the object arrives; how many were still open."""
    open_ones = dead_letter.c.id.in_(ids) & dead_letter.c.dropped_at.is_(None)
    return connection.execute(
        update(dead_letter).where(open_ones).values(dropped_at=now, dropped_why=why)
    ).rowcount


def dead_row(
    shop_id: int, kind: str, external_id: str, sequence: int, error: UnmappableError
) -> dict[str, Any]:
    """A dead letter's row, but for its times."""
    return {
        "shop_id": shop_id,
        "kind": kind,
        "external_id": external_id,
        "sequence": sequence,
        "failure": error.failure.value,
        "path": _words(error.path),
        "reason": _words(error.reason),
    }


def _words(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:_MAX_WORDS]


def bury(connection: Connection, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Write dead letters; one that is there counts an attempt more, and a new version opens it again."""
    if not rows:
        return
    statement = insert_or_update(connection, dead_letter)
    new = statement.excluded
    reopened = dead_letter.c.sequence != new.sequence
    statement = statement.on_conflict_do_update(
        index_elements=["shop_id", "kind", "external_id"],
        set_={name: new[name] for name in ("sequence", "failure", "path", "reason", "last_at")}
        | {
            "attempts": dead_letter.c.attempts + 1,
            "dropped_at": _unless(reopened, dead_letter.c.dropped_at),
            "dropped_why": _unless(reopened, dead_letter.c.dropped_why),
        },
    )
    times = {"first_at": now, "last_at": now, "attempts": 1}
    connection.execute(statement, [row | times for row in rows])


def _unless(condition: Any, column: Any) -> Any:
    return case((condition, None), else_=column)


def exhume(connection: Connection, shop_id: int, keys: Iterable[tuple[str, str]]) -> None:
    """Remove the dead letters of objects (kind, external id) whose newest version is understood."""
    rows = [{"the_kind": kind, "the_id": external_id} for kind, external_id in sorted(keys)]
    if rows:
        matching = (
            dead_letter.c.shop_id == shop_id,
            dead_letter.c.kind == bindparam("the_kind"),
            dead_letter.c.external_id == bindparam("the_id"),
        )
        connection.execute(delete(dead_letter).where(*matching), rows)
