"""What ran and who did what: rows for people to read, no part of the digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from regulars_store._tables import audit, sync_run


def begin_run(connection: Connection, *, shop_id: int | None, command: str, now: datetime) -> int:
    """Note that a command began; the id for ``end_run``."""
    values: dict[str, Any] = {
        "shop_id": shop_id,
        "command": command,
        "started_at": now,
        "complete": False,
        "counts": {},
    }
    key = connection.execute(insert(sync_run).values(values)).inserted_primary_key
    assert key is not None  # noqa: S101 - told to the type checker: a single insert has one
    return int(key[0])


def end_run(
    connection: Connection,
    run: int,
    *,
    now: datetime,
    complete: bool,
    counts: Mapping[str, Any],
    problem: str | None = None,
) -> None:
    """Note how it ended. ``problem`` is plain words without personal data."""
    values = {"ended_at": now, "complete": complete, "counts": dict(counts), "problem": problem}
    connection.execute(update(sync_run).where(sync_run.c.id == run).values(values))


def write_audit(
    connection: Connection, *, who: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Note an act of a person or of the agent on their behalf, in the transaction that does it."""
    values = {"at": now, "who": who, "action": action, "subject": subject, "detail": dict(detail)}
    connection.execute(insert(audit).values(values))
