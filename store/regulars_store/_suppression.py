"""The suppression list: digests of erased persons' addresses, numbers, accounts and objects."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select, update

from regulars_store._bulk import among, insert_or_update
from regulars_store._tables_erasure import erased_account, suppression

RETURNING = ("account", "email", "phone")
"""The kinds that speak of a person and not of one thing that is past: lifted when the person comes back."""
_LIFTED = {f"{kind}, lifted": kind for kind in RETURNING}
"""What was lifted is kept: should the person be erased again, nobody knows their addresses then."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What a digest stands for: ``kind`` of trait, whose ``token``, and of an address its ``number``."""

    digest: str
    kind: str
    token: str
    number: int | None = None


def anything_suppressed(connection: Connection) -> bool:
    """Whether anybody is on the list; what is asked for each page that lands."""
    return bool(connection.scalar(select(exists().select_from(suppression))))


def suppressed_among(
    connection: Connection, digests: Collection[str], *, lifted: bool = False
) -> dict[str, Suppressed]:
    """Those of these digests that are on the list; with ``lifted`` also what is without effect, since they
    were let back. One indexed statement."""
    if not digests:
        return {}
    columns = (suppression.c[name] for name in Suppressed.__slots__)
    query = select(*columns).where(among(connection, suppression.c.digest, digests))
    if not lifted:
        query = query.where(suppression.c.kind.not_in(_LIFTED))
    return {row.digest: Suppressed(*row) for row in connection.execute(query)}


def suppress(connection: Connection, rows: Iterable[Suppressed], *, now: datetime) -> None:
    """Put these on the list; what is there already stays as it is, but for what was lifted."""
    values = [{name: getattr(row, name) for name in Suppressed.__slots__} | {"at": now} for row in rows]
    if values:
        statement = insert_or_update(connection, suppression)
        taken = {name: statement.excluded[name] for name in ("kind", "token", "number", "at")}
        statement = statement.on_conflict_do_update(
            # Not as one list of kinds: no statement for many rows takes that.
            index_elements=["digest"],
            set_=taken,
            where=or_(*(suppression.c.kind == lifted for lifted in _LIFTED)),
        )
        connection.execute(statement, sorted(values, key=lambda row: str(row["digest"])))


def suppress_again(connection: Connection, token: str) -> int:
    """Put back on the list what was lifted off it of this person; how many traits."""
    count = 0
    for lifted, kind in _LIFTED.items():
        mine = (suppression.c.token == token) & (suppression.c.kind == lifted)
        count += connection.execute(update(suppression).where(mine).values(kind=kind)).rowcount
    return count


def lift_suppression(connection: Connection, token: str) -> int:
    """Let what comes of this person from now on land as it is; how many traits were on the list.

    What is past stays erased, also when it is read again.
    """
    count = 0
    for lifted, kind in _LIFTED.items():
        mine = (suppression.c.token == token) & (suppression.c.kind == kind)
        count += connection.execute(update(suppression).where(mine).values(kind=lifted)).rowcount
    return count


def highest_number(connection: Connection, token: str) -> int:
    """The highest number that an address of this person has, 0 where there is none."""
    query = select(suppression.c.number).where(suppression.c.token == token)
    return max((number for number in connection.scalars(query) if number is not None), default=0)


def note_erased_accounts(connection: Connection, accounts: Mapping[str, str]) -> None:
    """These accounts (id -> token) stand for erased persons from now on."""
    rows = [{"account_id": id_, "token": token} for id_, token in sorted(accounts.items())]
    if rows:
        statement = insert_or_update(connection, erased_account)
        taken = {"token": statement.excluded.token}
        key = [erased_account.c.account_id]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=taken), rows)


def forget_erased_accounts(connection: Connection, accounts: Collection[str]) -> None:
    """These accounts stand for somebody who is known again."""
    if accounts:
        matching = among(connection, erased_account.c.account_id, accounts)
        connection.execute(delete(erased_account).where(matching))


def tokens_of_accounts(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """Those of these accounts that stand for erased persons, with their tokens."""
    if not accounts:
        return {}
    query = select(erased_account.c.account_id, erased_account.c.token)
    rows = connection.execute(query.where(among(connection, erased_account.c.account_id, accounts)))
    return {row.account_id: row.token for row in rows}


def accounts_of_tokens(connection: Connection, tokens: Collection[str]) -> dict[str, list[str]]:
    """The accounts that stand for these erased persons, by token."""
    found: dict[str, list[str]] = {token: [] for token in tokens}
    query = select(erased_account.c.token, erased_account.c.account_id).order_by(erased_account.c.account_id)
    for row in connection.execute(query.where(among(connection, erased_account.c.token, tokens))):
        found[row.token].append(row.account_id)
    return found
