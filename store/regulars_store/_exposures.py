"""What offers of programmes with budgets may cost, by account: reserved, spent, released.

Every function runs inside the caller's transaction. Whoever reserves has locked the budgets first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from regulars_store._bulk import among, insert_or_update, insert_rows
from regulars_store._tables import (
    account,
    exposure,
    grant,
    grant_use,
    offer,
    programme_budget,
    push_operation,
)

RESERVED, SPENT, RELEASED = "reserved", "spent", "released"
ORDERS_ARRIVE_WITHIN = timedelta(days=1)
"""An order that was placed with a code is read within this time after the code was taken away."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an account's offer of a programme may cost: ``amount`` minor units for all of its ``orders``."""

    id: int
    programme_key: str
    account_id: str
    amount: int
    currency: str
    orders: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """How much of a budget is reserved or spent, in minor units, and since when somebody found no room."""

    issued: int
    full_since: datetime | None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A code that may still be used in its shop: ``percent`` in hundredths or ``amount``, for ``orders``."""

    programme_key: str
    account_id: str
    percent: int
    amount: int
    currency: str | None


_COLUMNS = [exposure.c[name] for name in Exposure.__dataclass_fields__]


def lock_budgets(connection: Connection, currencies: Mapping[str, str]) -> dict[str, Issued]:
    """By key what of each budget is issued in its currency. The rows are locked, and made where they are not
    there, which ``new`` says."""
    known = _locked(connection, currencies)
    if missing := sorted(currencies.keys() - known.keys()):
        rows = [{"programme_key": key, "currency": currencies[key], "issued": 0} for key in missing]
        query = insert_or_update(connection, programme_budget).values(rows).on_conflict_do_nothing()
        # Who made a row while another waited for it is told by what comes back.
        made = set(connection.scalars(query.returning(programme_budget.c.programme_key)))
        found = _locked(connection, {key: currencies[key] for key in missing})
        known |= {key: replace(each, new=key in made) for key, each in found.items()}
    return known


def _locked(connection: Connection, currencies: Mapping[str, str]) -> dict[str, Issued]:
    table = programme_budget
    which = tuple_(table.c.programme_key, table.c.currency).in_(sorted(currencies.items()))
    # In one order, so that no two wait for each other in a circle.
    query = select(table).where(which).order_by(table.c.programme_key).with_for_update()
    return {row.programme_key: Issued(row.issued, row.full_since) for row in connection.execute(query)}


def change_issued(connection: Connection, key: str, currency: str, *, by: int) -> None:
    """Count so many minor units more as issued, or fewer."""
    table = programme_budget
    which = and_(table.c.programme_key == key, table.c.currency == currency)
    connection.execute(update(table).where(which).values(issued=table.c.issued + by))


def forget_issued(connection: Connection, key: str) -> None:
    """Count a programme's budget anew when it is locked next; what is reserved and spent stays."""
    connection.execute(delete(programme_budget).where(programme_budget.c.programme_key == key))


def note_full(connection: Connection, key: str, currency: str, since: datetime | None) -> None:
    """Note since when somebody finds no room, None where there is some."""
    table = programme_budget
    which = and_(table.c.programme_key == key, table.c.currency == currency)
    connection.execute(update(table).where(which).values(full_since=since))


def budgets_issued(connection: Connection) -> dict[tuple[str, str], Issued]:
    """What is issued of every budget, by the programme's key and currency; one statement."""
    rows = connection.execute(select(programme_budget))
    return {(row.programme_key, row.currency): Issued(row.issued, row.full_since) for row in rows}


def reserved_exposures(
    connection: Connection, keys: Collection[str], account_ids: Collection[str]
) -> list[Exposure]:
    """What is reserved of these programmes for these accounts; one statement."""
    query = select(*_COLUMNS).where(
        exposure.c.state == RESERVED,
        exposure.c.programme_key.in_(sorted(keys)),
        among(connection, exposure.c.account_id, sorted(account_ids)),
    )
    return [Exposure(*row) for row in connection.execute(query)]


def needless_exposures(
    connection: Connection, keys: Collection[str], *, after: int, limit: int
) -> list[tuple[Exposure, Mapping[str, Any] | None]]:
    """The next that are reserved, by id, though the account's offer is not led by that programme; with the
    proof of the offer that it has, if any."""
    leading = and_(
        offer.c.programme_key == exposure.c.programme_key, or_(offer.c.percent > 0, offer.c.amount > 0)
    )
    query = (
        select(*_COLUMNS, offer.c.proof)
        .outerjoin(offer, offer.c.id == exposure.c.account_id)
        .where(
            exposure.c.state == RESERVED,
            exposure.c.programme_key.in_(sorted(keys)),
            exposure.c.id > after,
            or_(offer.c.id.is_(None), ~func.coalesce(leading, False)),
        )
        .order_by(exposure.c.id)
        .limit(limit)
    )
    return [(Exposure(*row[:-1]), row[-1]) for row in connection.execute(query)]


def standing_grants(connection: Connection, account_ids: Collection[str], *, now: datetime) -> list[Standing]:
    """What of any programme may still be used by these accounts, or was used and is not known yet.

    What was planned and given up again, with no write underway, never came into a shop.
    """
    ended = func.coalesce(grant.c.withdrawn_at, grant.c.valid_until)
    query = select(
        grant.c.programme_key,
        grant.c.added,
        grant.c.account_id,
        grant.c.percent,
        grant.c.amount,
        grant.c.currency,
    ).where(
        among(connection, grant.c.account_id, sorted(account_ids)),
        or_(grant.c.state.in_(("planned", "given")), ended > now - ORDERS_ARRIVE_WITHIN),
    )
    rows = connection.execute(query.add_columns(grant.c.state)).all()
    underway = _underway(connection, {row.account_id for row in rows if row.state == "planned"})
    return [
        Standing(key, row.account_id, row.percent, row.amount or 0, row.currency)
        for row in rows
        if row.state != "planned" or row.account_id in underway
        for key in (row.programme_key, *row.added)
    ]


def _underway(connection: Connection, account_ids: Collection[str]) -> set[str]:
    """The accounts for which something is still to be written, or was sent and not answered."""
    if not account_ids:
        return set()
    query = select(push_operation.c.account_id).where(
        push_operation.c.state.in_(("planned", "sent")),
        among(connection, push_operation.c.account_id, sorted(account_ids)),
    )
    return set(connection.scalars(query))


def uses_of(connection: Connection, exposures: Iterable[Exposure]) -> dict[int, int]:
    """By exposure how many orders used a grant of its programme since it was reserved; one statement."""
    by_account: dict[str, list[Exposure]] = {}
    for each in exposures:
        by_account.setdefault(each.account_id, []).append(each)
    query = (
        select(grant.c.account_id, grant.c.programme_key, grant.c.added, grant_use.c.order_id, grant_use.c.at)
        .join_from(grant, grant_use, grant_use.c.grant_id == grant.c.id)
        .where(among(connection, grant.c.account_id, sorted(by_account)))
    )
    orders: dict[int, set[str]] = {}
    for row in connection.execute(query) if by_account else ():
        for each in by_account[row.account_id]:
            if each.programme_key in {row.programme_key, *row.added} and row.at >= each.at:
                orders.setdefault(each.id, set()).add(row.order_id)
    return {key: len(found) for key, found in orders.items()}


def reserve(connection: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Reserve for accounts that have nothing reserved of that programme."""
    insert_rows(
        connection, exposure, [{**row, "state": RESERVED, "at": now, "changed_at": now} for row in rows]
    )


def change_exposures(connection: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Give exposures, by ``id``, another amount, currency, number of orders, and state."""
    if rows:
        names = ("amount", "currency", "orders", "state")
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names} | {"changed_at": now}
        query = update(exposure).where(exposure.c.id == bindparam("exposure_id"))
        named = [{"exposure_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
        connection.execute(query.values(values), named)


def adopt_offers(
    connection: Connection,
    key: str,
    currency: str,
    costs: Mapping[tuple[int, int], int],
    *,
    orders: int,
    now: datetime,
) -> None:
    """Reserve for all registered accounts that have an offer of a programme alone already and nothing
    reserved, by ``costs`` of what it gives."""
    for (percent, amount), cost in sorted(costs.items()):
        holders = select(
            literal(key),
            offer.c.id,
            literal(cost),
            literal(currency),
            literal(orders),
            literal(RESERVED),
            literal(now, exposure.c.at.type),
            literal(now, exposure.c.at.type),
        ).where(
            offer.c.programme_key == key,
            offer.c.percent == percent,
            func.coalesce(offer.c.amount, 0) == amount,
            ~_is_sum(connection),
            *_adoptable(key),
        )
        names = ("programme_key", "account_id", "amount", "currency", "orders", "state", "at", "changed_at")
        connection.execute(insert(exposure).from_select(names, holders))


def sums_offered(connection: Connection, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The registered accounts with an offer that several programmes give, which name this key, and nothing
    reserved of it; with their proofs."""
    named = cast(offer.c.proof, Text).contains(f'"{key}"', autoescape=True)
    query = select(offer.c.id, offer.c.proof).where(_is_sum(connection), named, *_adoptable(key))
    return [(account_id, proof) for account_id, proof in connection.execute(query)]


def _adoptable(key: str) -> tuple[ColumnElement[bool], ...]:
    return (
        exists().where(account.c.id == offer.c.id, account.c.registered),
        # What was reserved in another currency is told anew when its account is computed.
        ~exists().where(
            exposure.c.programme_key == key,
            exposure.c.account_id == offer.c.id,
            exposure.c.state == RESERVED,
        ),
    )


def _is_sum(connection: Connection) -> ColumnElement[bool]:
    """Whether several programmes give an offer. Inside a text, quotation marks are written otherwise."""
    added = '"added": [{' if connection.dialect.name == "postgresql" else '"added":[{'
    return cast(offer.c.proof, Text).contains(added, autoescape=True)


def gifts_offered(connection: Connection, key: str) -> list[tuple[int, int]]:
    """What the offers of a programme alone give: the percents in hundredths and the amounts, each once."""
    amount = func.coalesce(offer.c.amount, 0)
    alone = offer.c.programme_key == key, ~_is_sum(connection)
    query = select(offer.c.percent, amount).where(*alone).distinct()
    return [(percent, given) for percent, given in connection.execute(query) if percent or given]


def sums_of(connection: Connection, keys: Collection[str]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """By programme and currency what is reserved, what is spent, and for how many accounts; one statement."""
    table = exposure.c
    sums = [
        func.coalesce(func.sum(case((table.state == state, table.amount), else_=0)), 0)
        for state in (RESERVED, SPENT)
    ]
    accounts = func.count(table.account_id.distinct())
    query = (
        select(table.programme_key, table.currency, sums[0], sums[1], accounts)
        .where(table.programme_key.in_(sorted(keys)), table.state != RELEASED)
        .group_by(table.programme_key, table.currency)
    )
    found = connection.execute(query)
    return {(key, currency): (int(held), int(spent), count) for key, currency, held, spent, count in found}
