"""The orders and returns of a customer's card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wagtail_regulars._moments import showable
from wagtail_regulars._wording import STATUSES, Words, money, number, said

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of an order."""

    name: str
    sku: str
    options: str
    quantity: str
    net: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order; ``gone``: its shop has it no more; ``paid``: the total in the buyer's own other currency."""

    number: str
    shop: str
    placed_at: datetime
    status: Words
    counts: bool
    total: str
    refunded: str
    shipping: str
    discount: str
    payment_method: str
    shipping_method: str
    coupon_codes: Sequence[str]
    gone: bool
    lines: Sequence[LineView]
    paid: str = ""


@dataclass(frozen=True, slots=True)
class ReturnView:
    """Money given back."""

    order: str
    refunded_at: datetime
    amount: str
    reason: str


def orders_of(
    orders: Sequence[Row],
    refunds: Sequence[Row],
    *,
    shops: Mapping[int, str],
    paid: Mapping[str, Any],
) -> list[OrderView]:
    """Orders with what was given back of each, as they come; ``paid`` in other currencies, by the order."""
    back: dict[str, int] = {}
    for row in refunds:
        back[row["order_id"]] = back.get(row["order_id"], 0) + row["amount"]
    return [_order(row, back.get(row["id"], 0), shops, paid.get(row["id"])) for row in orders]


def returns_of(refunds: Sequence[Row], orders: Sequence[Row]) -> list[ReturnView]:
    """What was given back, as it comes."""
    known = {row["id"]: row for row in orders}
    return [_return(row, known[row["order_id"]]) for row in refunds if row["order_id"] in known]


def _order(row: Row, back: int, shops: Mapping[int, str], paid: Any) -> OrderView:
    def amount(minor: int) -> str:
        return money(minor, row["currency"]) if minor else ""

    return OrderView(
        number=row["number"],
        shop=shops.get(row["shop_id"], ""),
        placed_at=showable(row["placed_at"]),
        status=said(STATUSES, row["status"]) if row["status"] != "other" else row["shop_status"],
        counts=row["bought"],
        total=money(row["total"], row["currency"]),
        refunded=amount(back),
        shipping=amount(row["shipping"] + row["shipping_tax"]),
        discount=amount(row["discount"]),
        payment_method=row["payment_method"],
        shipping_method=row["shipping_method"],
        coupon_codes=[str(code) for code in row["coupon_codes"]],
        gone=row["gone"],
        lines=[_line(line, row["currency"]) for line in row["lines"]],
        paid=money(paid.amount, paid.currency) if paid else "",
    )


def _line(row: Row, currency: str) -> LineView:
    options = row["options"]
    pairs = options.items() if isinstance(options, Mapping) else ()
    return LineView(
        name=row["name"],
        sku=row["sku"],
        options=", ".join(f"{name}: {value}" for name, value in pairs),
        quantity=number(row["quantity"]),
        net=money(row["net"], currency),
    )


def _return(row: Row, order: Row) -> ReturnView:
    return ReturnView(
        order=order["number"],
        refunded_at=showable(row["refunded_at"]),
        amount=money(row["amount"], order["currency"]),
        reason=row["reason"],
    )
