"""``/orders``: listings with their traps, reads, trash and deletion."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from regulars_sandbox.woocommerce._core import Call, Core, Reply, links, refuse_arguments, shown
from regulars_sandbox.woocommerce._errors import already_trashed, not_modelled, rest_error
from regulars_sandbox.woocommerce._listing import answer, in_order, narrowed, remembered
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Orders"]

_COLLECTION = "/wc/v3/orders"
_PHONE = re.compile(r"^[\d\s()+.-]+$")
_UNSEEN = ("parent", "parent_exclude", "include_meta", "exclude_meta")
_MONEY = frozenset(
    {
        *(
            "discount_total",
            "discount_tax",
            "shipping_total",
            "shipping_tax",
            "cart_tax",
            "total",
            "total_tax",
        ),
        *("subtotal", "subtotal_tax", "tax_total", "shipping_tax_total"),
    }
)


class Orders:
    """Reads and removals of orders."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def page(self, call: Call) -> Reply:
        """GET /orders: default status any, which includes checkout drafts and leaves the trash out."""
        refuse_arguments(call, _UNSEEN)
        rows = remembered(call, self._core.orders, lambda: self._chosen(call))
        statuses: Any = call.get("status", ["any"])
        appended = {"status": {str(at): status for at, status in enumerate(statuses)}}
        per_page, offset = call.get("per_page", 10), call.get("offset")
        start = (call.get("page", 1) - 1) * per_page if offset is None else offset
        if start < len(rows):
            appended |= {"dp": call.get("dp", 2), "context": call.get("context", "view")}
        show = lambda row: self.show(call, row, listed=True)  # noqa: E731 - one more name would say no more
        return answer(call, rows, show, forgets_total=self._core.settings.hpos, appended=appended)

    def read(self, call: Call) -> Reply:
        """GET /orders/<id>; an order in the trash is still answered."""
        return Reply(self.show(call, self.row(call.number())))

    def delete(self, call: Call) -> Reply:
        """DELETE /orders/<id>: to the trash, or for good with force; answers the state before."""
        row = self.row(call.number())
        before = self.show(call, row)
        if call.get("force"):
            self.destroy(row)
        else:
            self.trash(row)
        return Reply(before)

    def trash(self, row: Row) -> None:
        """To the trash: date_modified is bumped and order.deleted fires."""
        if row.status == "trash":
            raise already_trashed("shop_order")
        row.own()["status"] = row.status = "trash"
        self._core.touch(self._core.orders, row)
        self._core.emit("order.deleted", row.id)

    def destroy(self, row: Row) -> None:
        """Gone without a trace: no webhook tells of it."""
        self._core.orders.remove(row)
        for refund in [refund for refund in self._core.refunds if refund.owner == row.id]:
            self._core.refunds.remove(refund)

    def row(self, number: int) -> Row:
        """The order's row; 404 for an id that is no order."""
        row = self._core.orders.get(number)
        if row is None:
            raise rest_error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return row

    def show(self, call: Call, row: Row, *, listed: bool = False) -> Record:
        """The order as answers carry it."""
        path = f"{_COLLECTION}/{row.id}"
        record = dict(row.record)
        pay = f"{call.home}/checkout/order-pay/{row.id}/?pay_for_order=true&key={record['order_key']}"
        record["payment_url"] = pay
        # A single order's dp is in no argument description, yet it counts: it arrives as text.
        decimals = int(call.get("dp", self._core.settings.digits))
        if decimals != self._core.settings.digits:
            record = _with_decimals(record, decimals)
        around = links(call, path, _COLLECTION)
        base = f"{call.home}/wp-json"
        around["email_templates"] = [
            {"embeddable": True, "href": f"{base}{path}/actions/email_templates"},
        ]
        if record["customer_id"]:
            around["customer"] = [{"href": f"{base}/wc/v3/customers/{record['customer_id']}"}]
        return shown(call, record, around, listed=listed)

    def _chosen(self, call: Call) -> list[Row]:
        by = call.get("orderby", "date")
        if by not in {"title", "slug", "include"}:
            return self._filtered(call, in_order(call, self._core.orders))
        rows = sorted(self._filtered(call, list(self._core.orders)), key=lambda row: row.id)
        if by != "include":
            # Accepted, and meaningless under HPOS: the order of the table.
            return rows
        if call.get("include"):
            raise not_modelled("orderby=include with ids on /orders")
        return rows[::-1] if call.get("order", "desc") == "desc" else rows

    def _filtered(self, call: Call, rows: list[Row]) -> list[Row]:
        statuses = set(call.get("status", ["any"]))
        # "any" wins over what stands beside it: any,trash does not show the trash.
        if "any" in statuses:
            rows = [row for row in rows if row.status != "trash"]
        else:
            rows = [row for row in rows if row.status in statuses]
        customer = call.get("customer")
        if customer is not None:
            rows = [row for row in rows if row.owner == customer]
        if search := call.get("search"):
            rows = _found(rows, search)
        if created_via := call.get("created_via"):
            rows = [row for row in rows if row.record["created_via"] in created_via]
        if product := call.get("product"):
            rows = [row for row in rows if _holds(row, product)]
        return narrowed(call, self._core, rows)


def _found(rows: list[Row], search: str) -> list[Row]:
    """By e-mail in any case, or by phone as a substring of the spelling that was stored."""
    if "@" in search:
        return [row for row in rows if search.lower() in row.key]
    if _PHONE.match(search):
        return [row for row in rows if search in row.record["billing"]["phone"]]
    raise not_modelled("a search of orders for anything but an e-mail address or a phone")


def _holds(row: Row, product: int) -> bool:
    return any(line["product_id"] == product for line in row.record["line_items"])


def _with_decimals(value: Any, decimals: int) -> Any:
    if isinstance(value, list):
        return [_with_decimals(item, decimals) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _rounded(part, decimals)
        if name in _MONEY and isinstance(part, str)
        else _with_decimals(part, decimals)
        for name, part in value.items()
    }


def _rounded(text: str, decimals: int) -> str:
    if not text:
        return text
    return str(Decimal(text).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
