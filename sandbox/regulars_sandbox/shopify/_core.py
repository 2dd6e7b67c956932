"""The shop's memory: what every part of the double reads and changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from regulars_sandbox.shopify._render import customer_record, hidden, product_record
from regulars_sandbox.shopify._render_orders import order_record
from regulars_sandbox.shopify._sales import Account, Goods, Sale, Variant
from regulars_sandbox.shopify._state import Record, Row, Settings, Table, number, seconds

__all__ = ["Core"]


class _Deferred:
    """A record of which mostly the id alone is asked for; the rest is made when something else is."""

    def __init__(self, identity: str, make: Callable[[], Record]) -> None:
        self._identity, self._make = identity, make
        self._record: Record | None = None

    def get(self, name: str, default: object) -> object:
        """The value of a field."""
        if name == "id":
            return self._identity
        self._record = self._record or self._make()
        return self._record.get(name, default)


class Core:
    """Tables, sequences, the clock, and the records made of them.  The shop's lock guards it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings, self.moment = settings, clock
        self.customers: Table[Account] = Table("Customer")
        self.orders: Table[Sale] = Table("Order")
        self.products: Table[Goods] = Table("Product")
        self.variants: dict[int, int] = {}
        self.metafields: dict[str, dict[tuple[str, str], Record]] = {}
        self.listeners: list[Callable[[str, Row[Any]], None]] = []
        self.tellers: list[Callable[[str, str, Mapping[str, object]], None]] = []
        self.refunds: dict[int, int] = {}
        self.attributed_after: timedelta | None = None
        self.hides_people = False
        self._bought: dict[int, set[int]] = {}
        self._last = 0
        self._last_name = 1_000

    def now(self) -> int:
        """Whole seconds since 1970."""
        return seconds(self.moment())

    def next_id(self) -> int:
        """A number no object has had."""
        self._last += 1
        return self._last

    def next_name(self) -> str:
        """The name of the next order."""
        self._last_name += 1
        return f"#{self._last_name}"

    def reserve(self, highest: int) -> None:
        """Numbers up to this are taken."""
        self._last = max(self._last, highest)

    def touch(self, row: Row[Any]) -> None:
        """The object changed now."""
        row.updated = self.now()
        self._table(row.kind).put(row)

    def emit(self, topic: str, row: Row[Any]) -> None:
        """Tell the webhooks."""
        for listener in self.listeners:
            listener(topic, row)

    def tell(self, topic: str, resource: str, more: Mapping[str, object]) -> None:
        """Tell the webhooks of what is no change of an object: ``resource`` is whose global id."""
        for teller in self.tellers:
            teller(topic, resource, more)

    def add_order(self, row: Row[Sale]) -> None:
        """Put a sale among the orders and to its customer."""
        self.orders.put(row)
        self._bought.setdefault(row.owner, set()).add(row.id)
        self.refunds.update((refund.id, row.id) for refund in row.state.order.refunds)

    def hand_over(self, row: Row[Sale], owner: int) -> None:
        """Give the order to another customer, 0 for nobody."""
        self._bought[row.owner].discard(row.id)
        row.owner = owner
        self._bought.setdefault(owner, set()).add(row.id)
        self.orders.put(row)

    def forget_order(self, row: Row[Sale]) -> None:
        """Take the order out of the shop."""
        self._bought[row.owner].discard(row.id)
        for refund in row.state.order.refunds:
            self.refunds.pop(refund.id, None)
        self.orders.remove(row)

    def orders_of(self, customer: int) -> list[Row[Sale]]:
        """The customer's orders, oldest first."""
        found = [self.orders.get(order) for order in sorted(self._bought.get(customer, ()))]
        return [row for row in found if row is not None]

    def add_product(self, row: Row[Goods]) -> None:
        """Put a product and its variants on sale."""
        self.products.put(row)
        self.variants.update((variant.id, row.id) for variant in row.state.variants)

    def remove_product(self, row: Row[Goods]) -> None:
        """Take a product off; past orders keep its name and lose the way to it."""
        self.products.remove(row)
        for variant in row.state.variants:
            del self.variants[variant.id]
        for order in self.orders:
            order.state.forget_product(row.id)

    def variant(self, variant_id: int) -> tuple[Row[Goods], Variant] | None:
        """The variant with its product."""
        row = self.products.get(self.variants.get(variant_id))
        if row is None:
            return None
        return next(((row, each) for each in row.state.variants if each.id == variant_id), None)

    def row(self, text: str) -> Row[Any] | None:
        """The customer, order or product of a global id."""
        for table in self._tables():
            row: Row[Any] | None = table.get(number(text, table.kind))
            if row is not None:
                return row
        return None

    def refund(self, refund_id: int) -> tuple[Row[Sale], Record] | None:
        """The order of a refund, and the refund as answers carry it."""
        row = self.orders.get(self.refunds.get(refund_id))
        if row is None:
            return None
        shown = self.show_order(row)
        found = next(each for each in shown["refunds"] if number(each["id"], "Refund") == refund_id)
        return row, found | {"order": shown}

    def show(self, row: Row[Any]) -> Record:
        """The record as answers carry it."""
        if row.kind == "Customer":
            return self.show_customer(row)
        return self.show_order(row) if row.kind == "Order" else product_record(row, self.settings)

    def show_customer(self, row: Row[Account]) -> Record:
        """A Customer with what the shop adds up for it."""
        bought = self.orders_of(row.id)
        spent = sum(order.state.net for order in bought if not order.state.test)
        shown = customer_record(row)
        if self.hides_people:
            shown |= hidden(shown)
        return shown | {
            "numberOfOrders": str(len(bought)),
            "amountSpent": self.settings.money(spent),
            "metafields": list(self.metafields.get(row.gid, {}).values()),
        }

    def show_order(self, row: Row[Sale]) -> Record:
        """An Order with its customer."""
        lag = self.attributed_after
        if lag is not None and self.now() >= row.created + lag.total_seconds():
            row.state.attributed = True
        record = order_record(row, self.settings)
        if self.hides_people:
            record |= hidden(record)
        record["customer"] = partial(self._customer_of, row)
        if row.owner:
            record["customerJourneySummary"]["customerOrderIndex"] = partial(self._place_of, row)
        return record

    def _place_of(self, row: Row[Sale]) -> int:
        """Which of its customer's orders it is, from 1."""
        return 1 + [order.id for order in self.orders_of(row.owner)].index(row.id)

    def _customer_of(self, row: Row[Sale]) -> _Deferred | None:
        owner = self.customers.get(row.owner)
        return None if owner is None else _Deferred(owner.gid, partial(self.show_customer, owner))

    def _table(self, kind: str) -> Table[Any]:
        tables: dict[str, Table[Any]] = {table.kind: table for table in self._tables()}
        return tables[kind]

    def _tables(self) -> tuple[Table[Any], ...]:
        return self.customers, self.orders, self.products
