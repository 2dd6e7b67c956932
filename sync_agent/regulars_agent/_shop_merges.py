"""A shop's own merges of two customers: told by a webhook, or seen where one's orders are another's now.

The one who is gone leaves orders that the shop handed over, often without a new change time of their own:
they are read again. The merge itself is a decision of the shop, said once a pair, so that what people decide
later outweighs it; by it the account that is gone leads to the one that was kept.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import RawRecord
from regulars_mapping import Kind

TOLD: Final = "merged in the shop"
SEEN: Final = "the one's orders are the other's now"


def note_merge(connection: Connection, shop: store.Shop, kept: str, gone: str, *, now: datetime) -> None:
    """Record that a shop said that it merged one customer (external id) into another, and have the orders of
    the one who is gone read again. Harmless twice."""
    _record(connection, shop, _account(shop, kept), _account(shop, gone), why=TOLD, now=now)
    note_orders_of(connection, shop, [gone], now=now)


def note_orders_of(
    connection: Connection, shop: store.Shop, customers: Collection[str], *, now: datetime
) -> None:
    """Have the orders read again that stand here under these customers of a shop."""
    orders = orders_of(connection, shop, customers)
    store.put_notices(connection, shop.id, Kind.ORDER, [(order, now) for order in orders], now=now)


def orders_of(connection: Connection, shop: store.Shop, customers: Collection[str]) -> list[str]:
    """The orders (external ids) that stand here under these customers of a shop."""
    owners = store.orders_of_accounts(connection, [_account(shop, each) for each in customers])
    return sorted(order.partition(":")[2] for order in owners)


def owners_before(at: Visit, kind: Kind, records: Sequence[RawRecord]) -> Mapping[str, str]:
    """Of the orders that are about to land, those that stand here under accounts that are gone: order id ->
    account id. None of a platform that merges no customers."""
    if kind is not Kind.ORDER or not at.connector.merges_customers:
        return {}
    orders = [_account(at.shop, record.external_id) for record in records if record.kind is kind]
    with at.read() as connection:
        return store.owners_of_orders(connection, orders, gone=True)


def note_handed_over(at: Visit, before: Mapping[str, str]) -> None:
    """Record the merges that show in orders which a registered customer has now instead of one who is gone.

    Where one customer's orders went to several it was no merge.
    """
    if not before:
        return
    with at.write() as connection:
        after = store.owners_of_orders(connection, before, gone=False)
        heirs: dict[str, set[str]] = {}
        for order, account in after.items():
            heirs.setdefault(before[order], set()).add(account)
        for gone, (kept, *others) in heirs.items():
            if not others:
                _record(connection, at.shop, kept, gone, why=SEEN, now=at.now())


def _record(
    connection: Connection, shop: store.Shop, kept: str, gone: str, *, why: str, now: datetime
) -> None:
    decision = store.shop_merged(connection, shop=shop.name, kept=kept, gone=gone, why=why, now=now)
    if decision is not None:
        who, detail = store.shop_author(shop.name), {"decisions": [decision]}
        subject = str(decision)
        store.write_audit(connection, who=who, action="shop merge", subject=subject, detail=detail, now=now)


def _account(shop: store.Shop, external_id: str) -> str:
    return f"{shop.id}:{external_id}"
