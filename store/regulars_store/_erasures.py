"""The journal of erasures: who asked for them, why, and what each came to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from regulars_store._asking import is_anything
from regulars_store._bulk import among
from regulars_store._tables_derived import account
from regulars_store._tables_erasure import erased_account, erasure, suppression


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it was recorded. ``cleared_at`` is None while files may still hold what was deleted."""

    token: str
    at: datetime
    who: str
    why: str
    report: Mapping[str, Any]
    cleared_at: datetime | None


def record_erasure(connection: Connection, one: Erasure) -> None:
    """Record an erasure, or one more of the same person."""
    values = {name: getattr(one, name) for name in Erasure.__slots__}
    known = connection.scalar(select(exists().where(erasure.c.token == one.token)))
    if known:
        connection.execute(update(erasure).where(erasure.c.token == one.token).values(values))
    else:
        connection.execute(insert(erasure).values(values))


def erasures_of(connection: Connection, accounts: Collection[str]) -> list[Erasure]:
    """The erasures of those for whom these accounts stand, oldest first."""
    return _found(
        connection,
        exists().where(
            erased_account.c.token == erasure.c.token,
            among(connection, erased_account.c.account_id, accounts),
        ),
    )


def uncleared_erasures(connection: Connection) -> list[Erasure]:
    """Erasures after which the files were not cleared yet, oldest first."""
    return _found(connection, erasure.c.cleared_at.is_(None))


def note_cleared(connection: Connection, tokens: Collection[str], *, now: datetime) -> None:
    """The files were cleared after these."""
    connection.execute(
        update(erasure).where(among(connection, erasure.c.token, tokens)).values(cleared_at=now)
    )


def is_erased(person_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an account of this person stands for somebody erased, let back or not: an account that came
    back does so no longer. To be made once."""
    member = account.alias()
    mine = exists().where(member.c.person_id == person_id, erased_account.c.account_id == member.c.id)
    return is_anything(erased_account) & mine


def stays_away(connection: Connection, person_id: str) -> bool:
    """Whether an account of this person stands for somebody erased who was not let back."""
    mine = (account.c.person_id == person_id, erased_account.c.account_id == account.c.id)
    listed = (suppression.c.token == erased_account.c.token, suppression.c.kind == "account")
    return bool(connection.scalar(select(exists().where(*mine, *listed))))


def _found(connection: Connection, condition: ColumnElement[bool]) -> list[Erasure]:
    columns = (erasure.c[name] for name in Erasure.__slots__)
    query = select(*columns).where(condition).order_by(erasure.c.at, erasure.c.token)
    return [Erasure(*row) for row in connection.execute(query)]
