"""What of the store is about a person: their accounts, the objects of those, and who else has their keys."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from regulars_mapping import Kind
from regulars_store._bulk import among
from regulars_store._tables import account, audit, observation, order, record_edit, refund, review

Objects = dict[int, dict[Kind, set[str]]]
"""External ids by shop and kind."""

_NOT_MAPPED = ("skipped", "unmappable")


def objects_of_accounts(
    connection: Connection, accounts: Collection[str], *, emails: Collection[str]
) -> Objects:
    """The customers, orders and refunds of these accounts, and the reviews under these addresses."""
    found: Objects = {}
    for id_ in accounts:
        shop_id, _, external_id = id_.partition(":")
        if not external_id.startswith("guest-"):
            _add(found, int(shop_id), Kind.CUSTOMER, external_id)
    mine = select(order.c.id, order.c.shop_id, order.c.external_id)
    orders = connection.execute(mine.where(among(connection, order.c.account_id, accounts))).all()
    for row in orders:
        _add(found, row.shop_id, Kind.ORDER, row.external_id)
    of_orders = among(connection, refund.c.order_id, [row.id for row in orders])
    for shop_id, key in connection.execute(select(refund.c.shop_id, refund.c.external_id).where(of_orders)):
        _add(found, shop_id, Kind.REFUND, key)
    written = among(connection, review.c.email_folded, emails)
    for shop_id, key in connection.execute(select(review.c.shop_id, review.c.external_id).where(written)):
        _add(found, shop_id, Kind.REVIEW, key)
    return found


def orders_under(connection: Connection, emails: Collection[str]) -> Objects:
    """The orders at whose checkout one of these addresses was given, whosever accounts they are."""
    found: Objects = {}
    given = func.lower(order.c.contact["email"].as_string())
    query = select(order.c.shop_id, order.c.external_id).where(among(connection, given, emails))
    for shop_id, key in connection.execute(query) if emails else ():
        _add(found, shop_id, Kind.ORDER, key)
    return found


def _add(found: Objects, shop_id: int, kind: Kind, external_id: str) -> None:
    found.setdefault(shop_id, {}).setdefault(kind, set()).add(external_id)


def unmapped_versions(connection: Connection) -> Iterator[tuple[int, str, str, bytes]]:
    """Every version that gave no row, one after the other: (shop, kind, external id, payload)."""
    columns = (observation.c.shop_id, observation.c.kind, observation.c.external_id, observation.c.payload)
    query = select(*columns).where(observation.c.outcome.in_(_NOT_MAPPED))
    for row in connection.execute(query, execution_options={"yield_per": 500}):
        yield row[0], row[1], row[2], row[3]


def every_version(connection: Connection) -> Iterator[tuple[int, str, str, bytes]]:
    """Every version of everything, one after the other: (shop, kind, external id, payload)."""
    columns = (observation.c.shop_id, observation.c.kind, observation.c.external_id, observation.c.payload)
    for row in connection.execute(select(*columns), execution_options={"yield_per": 500}):
        yield row[0], row[1], row[2], row[3]


def accounts_without_person(
    connection: Connection, *, emails: Collection[str], ids: Collection[str]
) -> set[str]:
    """Accounts that are nobody's (any more) under these addresses, or with these ids."""
    column = account.c.email_folded
    found = set[str]()
    for matching in (among(connection, column, emails), among(connection, account.c.id, ids)):
        query = select(account.c.id).where(matching, account.c.person_id.is_(None), account.c.gone)
        found.update(connection.scalars(query))
    return found


def held_by_others(
    connection: Connection, column: str, values: Collection[str], *, accounts: Collection[str]
) -> set[str]:
    """Those of these values of a column of account that others than these accounts have."""
    mine = account.c[column]
    query = select(mine).distinct().where(among(connection, mine, values), account.c.gone.is_(False))
    others = account.c.id.not_in(select(account.c.id).where(among(connection, account.c.id, accounts)))
    return set(connection.scalars(query.where(others)))


def account_values(connection: Connection, accounts: Collection[str]) -> list[Mapping[str, Any]]:
    """The rows of these accounts."""
    query = select(account).where(among(connection, account.c.id, accounts)).order_by(account.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def edited_values(connection: Connection, accounts: Collection[str]) -> list[tuple[str, Any, str]]:
    """What people wrote about these accounts by hand: (field, value, as it is searched by)."""
    columns = (record_edit.c.field, record_edit.c.value, record_edit.c.folded)
    query = select(*columns).where(among(connection, record_edit.c.account_id, accounts))
    return [tuple(row) for row in connection.execute(query)]


def evidence_files(connection: Connection, accounts: Collection[str]) -> list[str]:
    """When and by whom files of evidence about these accounts were written: ``<day> by <who>``."""
    query = select(audit.c.at, audit.c.who, audit.c.detail).where(audit.c.action == "person evidence")
    told = set(accounts)
    return [
        f"{at:%Y-%m-%d} by {who}"
        for at, who, detail in connection.execute(query.order_by(audit.c.id))
        if not told.isdisjoint(detail.get("accounts", ()))
    ]
