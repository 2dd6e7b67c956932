"""Taking everything of a shop out of the store: what it told, and what people and the machinery made of that.

Its row stays, and so do the audit, which names accounts by their ids, and the digests of whom was erased.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from regulars_store import _tables as tables
from regulars_store._bulk import among, delete_where
from regulars_store._consents import keep_withdrawals
from regulars_store._exposures import RESERVED, SPENT, change_issued
from regulars_store._tables import account, consent, exposure, grant, grant_use, order, refund

_OF_SHOP: tuple[Table, ...] = (
    tables.observation_head,
    tables.observation,
    tables.tombstone,
    tables.dead_letter,
    tables.review,
    tables.status_delivery,
    tables.push_operation,
    tables.push_state,
    tables.plan,
    tables.notice,
    tables.checkpoint,
    tables.product_category,
    tables.product,
    tables.product_cost,
    tables.sync_run,
)
"""Tables all of whose rows name their shop."""

_OF_ACCOUNTS: Mapping[Table, tuple[str, ...]] = {
    exposure: ("account_id",),
    tables.tier_standing: ("account_id",),
    tables.sending: ("account_id",),
    tables.frequency_bound: ("account_id",),
    tables.interaction: ("account_id",),
    tables.reminder: ("account_id",),
    tables.stop_list_entry: ("account_id",),
    tables.record_edit: ("account_id",),
    tables.ownership_proof: ("account_id",),
    tables.identity_suggestion: ("account_a", "account_b"),
    tables.identity_decision: ("account_a", "account_b"),
    tables.identity_link: ("account_a", "account_b"),
    tables.identity_key: ("account_id",),
    tables.address: ("account_id",),
    tables.offer: ("id",),
    tables.erased_account: ("account_id",),
}
"""Tables that name accounts, each in these columns."""

_PERSONS_AT_ONCE = 2_000


def let_accounts_go(connection: Connection, shop_id: int) -> list[str]:
    """Have a shop's accounts be gone, as if it had none any more, and own nothing; which were there. They are
    to be resolved before the rest is dropped."""
    _forget_orders(connection, shop_id)
    connection.execute(update(account).where(account.c.shop_id == shop_id).values(gone=True))
    return list(connection.scalars(select(account.c.id).where(account.c.shop_id == shop_id)))


def drop_shop(connection: Connection, shop_id: int) -> dict[str, int]:
    """Delete everything of a shop whose accounts were let go and resolved; how many rows by table."""
    gone = {}
    _keep_withdrawals(connection, shop_id)
    _settle_exposures(connection, shop_id)
    mine = _within(consent.c.account_id, shop_id)
    gone["consent"] = connection.execute(delete(consent).where(mine)).rowcount
    given = select(grant.c.id).where(_within(grant.c.account_id, shop_id))
    connection.execute(delete(grant_use).where(grant_use.c.grant_id.in_(given)))
    gone["grant"] = connection.execute(delete(grant).where(_within(grant.c.account_id, shop_id))).rowcount
    for table, condition in _conditions(shop_id):
        gone[str(table.name)] = connection.execute(delete(table).where(condition)).rowcount
    accounts = delete(account).where(account.c.shop_id == shop_id)
    gone["account"] = connection.execute(accounts).rowcount
    return {name: count for name, count in sorted(gone.items()) if count}


def forget_persons(connection: Connection, persons: Sequence[str]) -> None:
    """Delete the history of ratings, and the marks, of those of these persons who are no more."""
    for start in range(0, len(persons), _PERSONS_AT_ONCE):
        some = persons[start : start + _PERSONS_AT_ONCE]
        known = select(tables.person.c.id).where(among(connection, tables.person.c.id, some))
        gone = set(some).difference(connection.scalars(known))
        delete_where(connection, tables.rating.c.person_id, tables.rating, gone)
        delete_where(connection, tables.dirty.c.key, tables.dirty, gone)


def _conditions(shop_id: int) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    for table, names in _OF_ACCOUNTS.items():
        yield table, or_(*(_within(table.c[name], shop_id) for name in names))
    for table in _OF_SHOP:
        yield table, table.c.shop_id == shop_id


def _forget_orders(connection: Connection, shop_id: int) -> None:
    orders = select(order.c.id).where(order.c.shop_id == shop_id)
    refunds = select(refund.c.id).where(refund.c.shop_id == shop_id)
    for table, column, those in (
        (tables.refund_line, "refund_id", refunds),
        (refund, "id", refunds),
        (tables.order_line, "order_id", orders),
        (tables.order_status_change, "order_id", orders),
        (grant_use, "order_id", orders),
        (order, "id", orders),
    ):
        connection.execute(delete(table).where(table.c[column].in_(those)))


def _keep_withdrawals(connection: Connection, shop_id: int) -> None:
    """What was withdrawn for an address that another shop has, too, stays withdrawn there."""
    other = account.alias()
    elsewhere = exists().where(
        and_(
            other.c.shop_id != shop_id,
            other.c.gone.is_(False),
            or_(
                other.c.email_folded == consent.c.address_folded,
                other.c.phone_e164 == consent.c.address_folded,
            ),
        )
    )
    keep_withdrawals(connection, _within(consent.c.account_id, shop_id), elsewhere)


def _settle_exposures(connection: Connection, shop_id: int) -> None:
    """What was spent of budgets stays spent, for nobody in particular; what is reserved is given back."""
    mine, state = _within(exposure.c.account_id, shop_id), exposure.c.state
    connection.execute(update(exposure).where(mine, state == SPENT).values(account_id=""))
    which = (exposure.c.programme_key, exposure.c.currency)
    query = select(*which, func.sum(exposure.c.amount)).where(mine, state == RESERVED).group_by(*which)
    for key, currency, amount in connection.execute(query).all():
        change_issued(connection, key, currency, by=-int(amount))


def _within(column: Column[str], shop_id: int) -> ColumnElement[bool]:
    """Ids are ``<shop id>:<external id>``; the sign after the colon ends them."""
    return and_(column >= f"{shop_id}:", column < f"{shop_id};")
