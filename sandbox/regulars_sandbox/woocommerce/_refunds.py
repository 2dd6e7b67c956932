"""Refunds: money given back, with its own date; the order's total never shrinks."""

from __future__ import annotations

from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, refuse_arguments, shown
from regulars_sandbox.woocommerce._errors import ShopError, not_modelled
from regulars_sandbox.woocommerce._listing import BY_DATE, answer, narrowed, ordered, remembered
from regulars_sandbox.woocommerce._orders import Orders
from regulars_sandbox.woocommerce._render import new_refund
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Refunds"]

_UNSEEN = ("parent", "parent_exclude", "include_meta", "exclude_meta", "search")
_UNSEEN_ON_CREATE = ("line_items", "shipping_lines", "tax_lines", "fee_lines", "meta_data", "refunded_by")


class Refunds:
    """``/refunds`` and ``/orders/<id>/refunds``."""

    def __init__(self, core: Core, orders: Orders) -> None:
        self._core, self._orders = core, orders

    def list_all(self, call: Call) -> Reply:
        """GET /refunds of the whole shop."""
        return self._list(call, list(self._core.refunds))

    def list_of_order(self, call: Call) -> Reply:
        """GET /orders/<id>/refunds."""
        order = self._orders.row(call.number("order_id"))
        return self._list(call, [row for row in self._core.refunds if row.owner == order.id])

    def read(self, call: Call) -> Reply:
        """GET /orders/<id>/refunds/<id>."""
        return Reply(self.show(call, self._row(call)))

    def create(self, call: Call) -> Reply:
        """POST /orders/<id>/refunds by amount, without the payment gateway (``api_refund`` false)."""
        refuse_arguments(call, _UNSEEN_ON_CREATE)
        if call.get("api_refund", True):
            raise not_modelled("a refund through the payment gateway; send api_refund false")
        order = self._orders.row(call.number("order_id"))
        amount = self._core.settings.minor(call.get("amount", "0"))
        row = self.give_back(order, amount, call.get("reason", ""))
        location = {"Location": f"{call.home}/wp-json/wc/v3/orders/{order.id}/refunds/{row.id}"}
        return Reply(self.show(call, row), status=201, headers=location)

    def delete(self, call: Call) -> Reply:
        """DELETE /orders/<id>/refunds/<id>?force=true: the order's date stays and nothing fires."""
        if not call.get("force"):
            raise not_modelled("deleting a refund without force")
        row = self._row(call)
        gone = self.show(call, row)
        self.remove(row)
        return Reply(gone)

    def give_back(self, order: Row, amount: int, reason: str = "") -> Row:
        """Refund ``amount`` minor units; the whole of the order makes its status refunded."""
        left = self._left(order)
        if not 0 < amount <= left:
            # This one error carries its status as a bare number where all others carry an object.
            code = "woocommerce_rest_cannot_create_order_refund"
            raise ShopError(500, {"code": code, "message": "Invalid refund amount.", "data": 500})
        row = self._record(order, amount, reason, full=amount == left)
        if amount == left:
            order.own()["status"] = order.status = "refunded"
        self._core.touch(self._core.orders, order)
        self._core.emit("order.updated", order.id)
        return row

    def give_back_the_rest(self, order: Row) -> None:
        """What setting the status refunded by hand does: a full refund record, if anything is left."""
        left = self._left(order)
        if left > 0:
            self._record(order, left, "", full=True)

    def remove(self, row: Row) -> None:
        """Take the refund back out of the shop and its order."""
        order = self._orders.row(row.owner)
        record = order.own()
        record["refunds"] = [part for part in record["refunds"] if part["id"] != row.id]
        self._core.refunds.remove(row)
        self._core.orders.put(order)

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The refund as answers carry it."""
        order = f"/wc/v3/orders/{row.owner}"
        around = links(call, f"{order}/refunds/{row.id}", f"{order}/refunds", ("GET", "DELETE"))
        around["up"] = [{"href": f"{call.home}/wp-json{order}"}]
        return shown(call, row.record, around, listed=listed)

    def _list(self, call: Call, rows: list[Row]) -> Reply:
        refuse_arguments(call, _UNSEEN)
        make = lambda: ordered(call, narrowed(call, self._core, rows), by=BY_DATE)  # noqa: E731 - used once
        chosen = remembered(call, self._core.refunds, make)
        return answer(call, chosen, lambda row: self.show(call, row, listed=True))

    def _row(self, call: Call) -> Row:
        order = self._orders.row(call.number("order_id"))
        row = self._core.refunds.get(call.number())
        if row is None or row.owner != order.id:
            raise not_modelled("a refund that does not exist")
        return row

    def _left(self, order: Row) -> int:
        minor, record = self._core.settings.minor, order.record
        given = sum(minor(part["total"]) for part in record["refunds"])
        return minor(record["total"]) + given

    def _record(self, order: Row, amount: int, reason: str, *, full: bool) -> Row:
        core, now = self._core, self._core.now()
        record = new_refund(
            core.next_post(),
            order.id,
            created=now,
            amount=amount,
            reason=reason,
            kind="full" if full else "partial",
            meta_id=core.next_inner(),
            settings=core.settings,
        )
        summary = {"id": record["id"], "reason": reason, "total": core.settings.money(-amount)}
        order.own()["refunds"] = [*order.record["refunds"], summary]
        row = Row(record["id"], created=now, modified=now, record=record, owner=order.id)
        return core.refunds.put(row)
