"""The journal of what people write into the record, and the persons that wait for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from regulars_mapping import Edit, searched_as
from regulars_store._bulk import among
from regulars_store._dirty import mark_dirty
from regulars_store._tables_derived import account
from regulars_store._tables_record import record_edit

_TICK = timedelta(microseconds=1)
_JUDGED = ("card_number", "birth_date")


@dataclass(frozen=True, slots=True)
class EditEntry:
    """An edit as it was recorded, and who made it and why."""

    edit: Edit
    who: str
    why: str


def write_edit(
    connection: Connection,
    account_id: str,
    field: str,
    value: Any,
    *,
    beside: Collection[str] = (),
    named: bool = False,
    who: str,
    why: str,
    now: datetime,
) -> int:
    """Record what somebody wrote, checked by ``record_value``; None gives the field back to the shops.

    It is newer than every edit of the accounts ``beside`` too, the rest of the person's, even if the clock
    was set back. A card's number becomes a key of the account, and a birth date bars its weak links: those
    ``beside`` who have one too are told the same, or a correction would part the person. Who was told becomes
    dirty for stage "identity". ``named``: it was said of this account itself, not only of its person. Returns
    the edit's id.
    """
    latest = connection.scalar(
        select(func.max(record_edit.c.at)).where(
            among(connection, record_edit.c.account_id, {account_id, *beside}), record_edit.c.field == field
        )
    )
    values = {
        "field": field,
        "value": value,
        "folded": searched_as(field, value),
        "at": now if latest is None or latest < now else latest + _TICK,
        "who": who,
        "why": why,
    }
    told = [account_id]
    if field in _JUDGED:
        told += _judged_by(connection, field, set(beside) - {account_id})
        # It is the newest of them, and what links of the account go by.
        kept = searched_as(field, value) if field == "card_number" else value or ""
        connection.execute(update(account).where(among(connection, account.c.id, told)).values({field: kept}))
    statement = insert(record_edit).returning(record_edit.c.id, sort_by_parameter_order=True)
    rows = [{"account_id": one, "named": named and one == account_id, **values} for one in told]
    numbers = list(connection.scalars(statement, rows))
    mark_dirty(connection, "identity", told)
    return int(numbers[0])


def is_named(connection: Connection, edit: Edit) -> bool:
    """Whether an edit was said of its account itself."""
    return bool(connection.scalar(select(record_edit.c.named).where(record_edit.c.id == edit.id)))


def _judged_by(connection: Connection, field: str, accounts: Collection[str]) -> list[str]:
    """Those of these accounts that have a value of their own in a field by which links are judged."""
    query = select(account.c.id).where(among(connection, account.c.id, accounts), account.c[field] != "")
    return list(connection.scalars(query.order_by(account.c.id)))


def edit_history(
    connection: Connection, account_ids: Collection[str], *, field: str | None = None, limit: int = 1_000
) -> Sequence[EditEntry]:
    """The edits of these accounts, newest first; of one ``field``, or of all."""
    query = select(record_edit).where(among(connection, record_edit.c.account_id, account_ids))
    if field is not None:
        query = query.where(record_edit.c.field == field)
    query = query.order_by(record_edit.c.at.desc(), record_edit.c.id.desc()).limit(limit)
    return [_entry(row._asdict()) for row in connection.execute(query)]


def _entry(row: Mapping[str, Any]) -> EditEntry:
    edit = Edit(row["id"], row["account_id"], row["field"], row["value"], row["at"])
    return EditEntry(edit, row["who"], row["why"])
