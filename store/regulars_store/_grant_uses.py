"""How often grants were used, as the orders that name their codes say.

An order uses a code from the moment it is placed; a cancelled, failed, binned or vanished one does not, and a
draft not yet. A refund afterwards takes nothing back: the shop counts the use, too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from regulars_mapping import OrderStatus
from regulars_store._asking import Asking, among_ids, is_anything
from regulars_store._bulk import among, upsert
from regulars_store._driver import utc
from regulars_store._landing_marks import Marks
from regulars_store._shops import Shop
from regulars_store._tables import account, grant, grant_use, order

BY_HAND = "by_hand"
"""The kind of a grant that somebody attached; others are given by programmes."""
_NO_USE = frozenset({OrderStatus.DRAFT, OrderStatus.CANCELLED, OrderStatus.FAILED, OrderStatus.TRASHED})

Row = Mapping[str, Any]


class Use(NamedTuple):
    """An order that used a grant. ``at``: when it was placed; ``discount`` in minor units, None where the
    order says it of several codes together."""

    grant_id: str
    order_id: str
    at: datetime
    discount: int | None
    currency: str


class KeyUse(NamedTuple):
    """A use of what a programme gave, alone or as one of several that were added up."""

    account_id: str
    key: str
    order_id: str
    at: datetime


def fold_code(text: str) -> str:
    """A coupon's code as it is compared: shops know no small and capital letters in it."""
    return text.strip().casefold()


def land_uses(
    connection: Connection, shop: Shop, rows: Iterable[Row], before: Mapping[str, Row], marks: Marks
) -> None:
    """Bring the uses of these orders up to date: ``rows`` as they are now (with ``gone``), ``before`` what
    was stored of those that were. Orders without codes, before and now, cost no statement.

    Whose grant was used, or is no longer, is marked: they may have another offer now.
    """
    named = {row["id"]: row for row in rows if row["coupon_codes"]}
    had = [key for key, row in before.items() if row["coupon_codes"]]
    if not named and not had:
        return
    grants = _grants_of_codes(connection, shop, named.values())
    wanted = {(use.grant_id, use.order_id): use for use in _uses(named.values(), grants)}
    stored = {(use.grant_id, use.order_id): use for use in _stored(connection, had)}
    gone = stored.keys() - wanted.keys()
    for grant_id, order_id in sorted(gone):
        connection.execute(
            grant_use.delete().where(grant_use.c.grant_id == grant_id, grant_use.c.order_id == order_id)
        )
    changed = {key for key, use in wanted.items() if stored.get(key) != use}
    upsert(connection, grant_use, [wanted[key]._asdict() for key in changed])
    _mark(connection, {grant_id for grant_id, _ in gone | changed}, marks)


def uses_of_persons(connection: Connection, person_ids: Sequence[str]) -> dict[str, list[KeyUse]]:
    """By person the uses of what programmes gave to their accounts; one statement."""
    found: dict[str, list[KeyUse]] = defaultdict(list)
    for person_id, account_id, key, added, order_id, at in _USES.rows(connection, person_ids):
        others = orjson.loads(added) if isinstance(added, str) else added
        found[person_id] += (KeyUse(account_id, one, order_id, utc(at)) for one in (key, *others))
    return found


_USES = Asking(
    select(
        *(account.c.person_id, account.c.id, grant.c.programme_key, grant.c.added),
        *(grant_use.c.order_id, grant_use.c.at),
    )
    .join_from(account, grant, grant.c.account_id == account.c.id)
    .join(grant_use, grant_use.c.grant_id == grant.c.id)
    .where(is_anything(grant_use), among_ids(account.c.person_id))
)


def uses_of_grants(connection: Connection, grant_ids: Collection[str]) -> dict[str, list[Use]]:
    """By grant its uses, oldest first; at most one statement."""
    if not grant_ids:
        return {}
    query = select(grant_use).where(among(connection, grant_use.c.grant_id, grant_ids))
    found: dict[str, list[Use]] = defaultdict(list)
    for row in connection.execute(query.order_by(grant_use.c.at, grant_use.c.order_id)).mappings():
        found[row["grant_id"]].append(Use(**row))
    return found


def uses_by_hand(connection: Connection, grants: Iterable[Row]) -> dict[str, list[Use]]:
    """Of these grants (rows with ``person_id``), by grant, the uses of those that no programme gave: a shop's
    coupon may be anybody's, so only orders of the person's own accounts there count; one statement."""
    mine = [row for row in grants if not row["programme_key"] and row["person_id"]]
    if not mine:
        return {}
    names = ("id", "shop_id", "status", "gone", "placed_at", "discount", "currency", "coupon_codes")
    query = (
        select(*(order.c[name] for name in names), account.c.person_id)
        .join_from(account, order, order.c.account_id == account.c.id)
        .where(among(connection, account.c.person_id, sorted({row["person_id"] for row in mine})))
        .order_by(order.c.placed_at, order.c.id)
    )
    bought = [dict(row) for row in connection.execute(query).mappings() if row["coupon_codes"]]
    return {row["id"]: list(_uses_of_one(row, bought)) for row in mine}


def _uses_of_one(row: Row, orders: Iterable[Row]) -> Iterator[Use]:
    theirs = [each for each in orders if _whose(each) == _whose(row)]
    return _uses(theirs, {row["code"]: [_Held(row["id"], row["code"], row["given_at"], row["state"])]})


def _whose(row: Row) -> tuple[int, str]:
    return row["shop_id"], row["person_id"]


class _Held(NamedTuple):
    id: str
    code: str
    given_at: datetime
    state: str


_HELD = select(grant.c.id, grant.c.code, grant.c.given_at, grant.c.state).where(grant.c.programme_key != "")


def _grants_of_codes(connection: Connection, shop: Shop, rows: Iterable[Row]) -> dict[str, list[_Held]]:
    codes = {fold_code(code) for row in rows for code in row["coupon_codes"]}
    found: dict[str, list[_Held]] = defaultdict(list)
    if codes:
        query = _HELD.where(grant.c.shop_id == shop.id, among(connection, grant.c.code, sorted(codes)))
        for row in connection.execute(query):
            found[row.code].append(_Held(*row))
    return found


def _uses(rows: Iterable[Row], grants: Mapping[str, Sequence[_Held]]) -> Iterator[Use]:
    for row in rows:
        if row["gone"] or row["status"] in _NO_USE:
            continue
        codes = {fold_code(code) for code in row["coupon_codes"]}
        discount = row["discount"] if len(codes) == 1 else None
        for code in codes & grants.keys():
            held = _at_the_time(grants[code], row["placed_at"])
            yield Use(held.id, row["id"], row["placed_at"], discount, row["currency"])


def _at_the_time(grants: Sequence[_Held], placed_at: datetime) -> _Held:
    """Which of the grants of one code stood when an order was placed.

    One that is only planned replaces another once the shop has it; of a code that none stood for yet, the
    shop was quicker than our books.
    """
    ranked = sorted(grants, key=lambda each: (each.state == "planned", each.given_at, each.id))
    before = [each for each in ranked if each.state != "planned" and each.given_at <= placed_at]
    return before[-1] if before else ranked[0]


def _stored(connection: Connection, order_ids: Sequence[str]) -> Iterator[Use]:
    if not order_ids:
        return iter(())
    query = select(grant_use).where(among(connection, grant_use.c.order_id, order_ids))
    return (Use(**row) for row in connection.execute(query).mappings())


def _mark(connection: Connection, grant_ids: Collection[str], marks: Marks) -> None:
    if grant_ids:
        query = (
            select(account.c.id, account.c.person_id)
            .join_from(grant, account, account.c.id == grant.c.account_id)
            .where(among(connection, grant.c.id, sorted(grant_ids)))
        )
        marks.facts_of(row._asdict() for row in connection.execute(query))
