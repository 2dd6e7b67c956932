"""The stop-list: whom the shop gives nothing of its own accord, said by a human, and what speaks for it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, exists, func, insert, or_, select

from regulars_store._asking import is_anything
from regulars_store._bulk import among
from regulars_store._driver import fetch
from regulars_store._record_left import heirs_of, written_under
from regulars_store._record_merged import named_today
from regulars_store._tables import account, order, order_status_change, person, stop_list_entry

Row = dict[str, Any]
_CHUNK = 500
_ORDER = (
    "id", "shop_id", "number", "account_id", "status", "shop_status", "payment_method", "placed_at",
    "changed_at", "paid_at", "completed_at",
)  # fmt: skip


class StopState(StrEnum):
    """How an entry stands; the word kept in the database."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LIFTED = "lifted"


_SOME_GONE = """
    SELECT 1 FROM stop_list_entry AS e CROSS JOIN account AS a WHERE a.id = e.account_id AND a.gone LIMIT 1"""


def is_stopped(person_id: ColumnElement[Any], now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a confirmed entry, not over at the moment ``now`` (a parameter of the statement), names any
    account of this person.

    To be made once: making it takes longer than asking it.
    """
    entry, member = stop_list_entry.alias(), account.alias()
    named = (
        exists()
        .where(member.c.person_id == person_id, entry.c.account_id == member.c.id)
        .where(entry.c.state == StopState.CONFIRMED.value)
        .where(or_(entry.c.until.is_(None), entry.c.until > now))
        .where(_newest(entry))
    )
    return is_anything(stop_list_entry) & named


def stopped_by_gone(connection: Connection, persons: Collection[str], *, now: datetime) -> set[str]:
    """Those of these persons to whom an account leads (``heirs_of``) that is gone and that a confirmed entry
    names, not over at that moment. One short statement where no entry names one that is gone."""
    if not fetch(connection, _SOME_GONE):
        return set()
    query = select(account.c.id, account.c.person_id).where(among(connection, account.c.person_id, persons))
    mine = {row.id: row.person_id for row in connection.execute(query)}
    left = set(written_under(connection, list(mine))) - mine.keys()
    rows = stop_entries(connection, states=[StopState.CONFIRMED], accounts=left) if left else []
    holding = {row["account_id"] for row in rows if row["until"] is None or row["until"] > now}
    ends = set[str]().union(*heirs_of(connection, holding).values()) if holding else set()
    return {mine[id_] for id_ in ends & mine.keys()}


def _newest(entry: Any) -> ColumnElement[bool]:
    later = stop_list_entry.alias()
    first = func.coalesce(entry.c.entry, entry.c.id)
    return ~exists().where(later.c.entry == first, later.c.id > entry.c.id)


def stop_entries(
    connection: Connection,
    *,
    states: Collection[StopState] = tuple(StopState),
    accounts: Collection[str] | Select[str] | None = None,
    number: int | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Entries as they stand, the newest word first: their rows with ``number``, and of the account's person
    of today ``person_id``, given_name and family_name, None where the account is nobody's. One that is gone
    and leads to another (``heirs_of``) means that other."""
    first = func.coalesce(stop_list_entry.c.entry, stop_list_entry.c.id)
    query = (
        select(stop_list_entry, first.label("number"), person.c.id.label("person_id"))
        .add_columns(person.c.given_name, person.c.family_name)
        .join_from(stop_list_entry, account, account.c.id == stop_list_entry.c.account_id, isouter=True)
        .join(person, person.c.id == account.c.person_id, isouter=True)
        .where(_newest(stop_list_entry), stop_list_entry.c.state.in_([state.value for state in states]))
        .order_by(stop_list_entry.c.id.desc())
    )
    if accounts is not None:
        column = stop_list_entry.c.account_id
        mine = column.in_(accounts) if isinstance(accounts, Select) else among(connection, column, accounts)
        query = query.where(mine)
    if number is not None:
        query = query.where(first == number)
    rows = [dict(row) for row in connection.execute(query.limit(limit)).mappings()]
    return named_today(connection, rows, "given_name", "family_name")


def add_stop_entry(connection: Connection, row: Mapping[str, Any]) -> int:
    """Begin an entry; its number."""
    key = connection.execute(insert(stop_list_entry).values(dict(row))).inserted_primary_key
    assert key is not None  # noqa: S101 - told to the type checker: a single insert has one
    return int(key[0])


def restate_stop(
    connection: Connection,
    entry: Mapping[str, Any],
    state: StopState,
    *,
    until: datetime | None,
    who: str,
    why: str,
    now: datetime,
) -> None:
    """Say how an entry (a row of ``stop_entries``) stands from now on."""
    kept = {name: entry[name] for name in ("account_id", "reason", "evidence")}
    row = {**kept, "entry": entry["number"], "state": state.value, "until": until}
    connection.execute(insert(stop_list_entry).values(**row, who=who, why=why, at=now))


def ended_stops(connection: Connection, *, now: datetime) -> list[Row]:
    """The confirmed entries whose time is over, with number and person_id."""
    first = func.coalesce(stop_list_entry.c.entry, stop_list_entry.c.id)
    query = (
        select(stop_list_entry, first.label("number"), account.c.person_id)
        .join(account, account.c.id == stop_list_entry.c.account_id, isouter=True)
        .where(stop_list_entry.c.state == StopState.CONFIRMED.value, stop_list_entry.c.until <= now)
        .where(_newest(stop_list_entry))
        .order_by(stop_list_entry.c.id)
    )
    return named_today(connection, [dict(row) for row in connection.execute(query).mappings()])


def unhappy_orders(
    connection: Connection, *, since: datetime, statuses: Collection[str], shop_statuses: Collection[str]
) -> Iterator[Row]:
    """Orders placed since then that stand in one of these statuses, with their ``person_id``; a stream."""
    query = (
        select(*(order.c[name] for name in _ORDER), account.c.person_id)
        .join(account, account.c.id == order.c.account_id)
        .where(order.c.placed_at >= since, order.c.gone.is_(False), account.c.person_id.is_not(None))
        .where(or_(order.c.status.in_(sorted(statuses)), order.c.shop_status.in_(sorted(shop_statuses))))
        .order_by(order.c.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": _CHUNK}).mappings():
        yield dict(row)


def status_history(connection: Connection, orders: Sequence[str]) -> dict[str, list[tuple[str, datetime]]]:
    """By order the statuses that were seen, oldest first, each with the time since when."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    table = order_status_change.c
    for place in range(0, len(orders), _CHUNK):
        mine = among(connection, table.order_id, orders[place : place + _CHUNK])
        query = select(table.order_id, table.status, table.at).where(mine)
        for order_id, status, at in connection.execute(query.order_by(table.at, table.sequence)):
            found.setdefault(order_id, []).append((status, at))
    return found
