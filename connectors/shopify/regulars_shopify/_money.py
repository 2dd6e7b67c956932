"""Amounts of Shopify as minor units of the shop's currency, and what of them is tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from regulars_mapping import UnmappableError, to_minor
from regulars_shopify._payloads import BagPayload, LinePayload

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class LineMoney:
    """A line's amounts without tax, and its tax."""

    gross: int
    net: int
    tax: int


def minor(bag: BagPayload | None, currency: str, path: str) -> int:
    """An amount in the shop's own currency. Raises UnmappableError for one in another."""
    if bag is None:
        return 0
    money = bag["shopMoney"]
    if money["currencyCode"] != currency:
        raise UnmappableError(path, "is not in the order's currency")
    return to_minor(money["amount"], currency, path=path)


def line_money(line: LinePayload, currency: str, *, taxes_included: bool) -> LineMoney:
    """A line after its discounts, those on the whole order among them: Shopify allots them to the lines."""
    original = minor(line["originalTotalSet"], currency, "lineItems.originalTotalSet")
    off = sum(
        minor(one["allocatedAmountSet"], currency, "lineItems.discountAllocations")
        for one in line.get("discountAllocations", ())
    )
    taxes = line.get("taxLines", ())
    tax = sum(minor(one["priceSet"], currency, "lineItems.taxLines") for one in taxes)
    paid = original - off
    if not taxes_included:
        return LineMoney(original, paid, tax)
    rate = sum((Decimal(repr(one["rate"])) for one in taxes if one.get("rate")), Decimal(0))
    return LineMoney(_without_tax(original, paid, tax, rate), paid - tax, tax)


def _without_tax(original: int, paid: int, tax: int, rate: Decimal) -> int:
    """The price before discounts without the tax that is in it: in the proportion of what was paid."""
    if original == paid:
        return paid - tax
    share = Decimal(paid - tax) / paid if paid else _ONE / (_ONE + rate)
    return int((original * share).quantize(_ONE, rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class ShippingMoney:
    """What shipping costs without tax, and the taxes of an order by what they are on."""

    shipping: int
    shipping_tax: int
    goods_tax: int


def shipping_money(
    price: int, lines: Sequence[LineMoney], tax: int, *, taxes_included: bool
) -> ShippingMoney:
    """Shipping and taxes. The tax that no line carries is shipping's, as far as there is any."""
    on_lines = sum(line.tax for line in lines)
    rest = tax - on_lines
    if not 0 <= rest <= price:
        # Nothing tells where it belongs (duties, an edited order): the order's own tax holds.
        return ShippingMoney(price, 0, tax)
    return ShippingMoney(price - rest if taxes_included else price, rest, on_lines)
