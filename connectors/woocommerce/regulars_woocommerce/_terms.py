"""What an offer gives besides a percentage on everything, in WooCommerce's words, and who can keep it.

WooCommerce prints the sums of a coupon with two decimals, whatever the currency has. It takes a sum off the
whole cart: a coupon of a sum that names goods asks for them in the cart and then discounts all of it, and one
that excludes goods is refused once they are in the cart. One that names products and categories asks for some
of both. Our plug-in holds all of that to the goods themselves.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from regulars_connectors import AccountOffer
from regulars_mapping import Goods, Money, RegularsError, from_minor
from regulars_woocommerce._client import is_number

_CENT: Final = Decimal("0.01")
# PHP prints a number with fourteen digits.
_MOST_MINOR: Final = 10**12
# A hundred coupons must fit into a request of a megabyte.
_MOST_IDS: Final = 1_000


def keeps(offer: AccountOffer, currency: str) -> bool:
    """Whether a shop of this currency (empty: not known) can hold the numbers of this offer as they are."""
    sums = [one for one in (offer.amount, offer.minimum) if one is not None]
    given = 0 < offer.percent <= 100 if offer.amount is None else offer.percent == 0
    return given and all(_fits(one, currency) for one in sums) and _known(offer.goods)


def fits_coupon(offer: AccountOffer) -> bool:
    """Whether a coupon by itself holds the discount to its goods."""
    goods = offer.goods
    if offer.amount is not None:
        return goods == Goods()
    return not (goods.products and goods.categories)


def has_terms(offer: AccountOffer) -> bool:
    """Whether there is more to the offer than a percentage."""
    return offer.amount is not None or offer.minimum is not None or offer.goods != Goods()


def printed_sum(money: Money) -> str:
    """A sum as the shop prints it."""
    return str(from_minor(money.minor, money.currency).quantize(_CENT))


def printed_percent(percent: Decimal) -> str:
    """A percentage as the shop prints it."""
    return str(percent.quantize(_CENT))


def scope(offer: AccountOffer) -> Mapping[str, Any]:
    """The fields that bind a coupon to the offer's goods and smallest order; only those that bind."""
    goods = offer.goods
    fields = {
        "product_ids": _numbers(goods.products),
        "excluded_product_ids": _numbers(goods.except_products),
        "product_categories": _numbers(goods.categories),
        "excluded_product_categories": _numbers(goods.except_categories),
        "exclude_sale_items": not goods.reduced,
        "minimum_amount": "" if offer.minimum is None else printed_sum(offer.minimum),
    }
    return {name: value for name, value in fields.items() if value}


def terms(offer: AccountOffer) -> str:
    """What our plug-in reads instead of a bare percentage: compact JSON with sorted keys. Empty for an offer
    that is a bare percentage."""
    if not has_terms(offer):
        return ""
    sums = {"amount": offer.amount, "minimum": offer.minimum}
    said: dict[str, Any] = {name: printed_sum(money) for name, money in sums.items() if money is not None}
    if offer.amount is None:
        said["percent"] = printed_percent(offer.percent)
    if currencies := [money.currency for money in sums.values() if money is not None]:
        said["currency"] = currencies[0]
    if goods := _goods(offer.goods):
        said["goods"] = goods
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _goods(goods: Goods) -> dict[str, Any]:
    lists = {
        "products": goods.products,
        "categories": goods.categories,
        "except_products": goods.except_products,
        "except_categories": goods.except_categories,
    }
    said: dict[str, Any] = {name: _numbers(ids) for name, ids in lists.items() if ids}
    return said if goods.reduced else said | {"reduced": False}


def _fits(money: Money, currency: str) -> bool:
    if money.minor <= 0 or money.minor >= _MOST_MINOR or currency not in {"", money.currency}:
        return False
    try:
        exact = from_minor(money.minor, money.currency)
    except RegularsError:
        return False
    return exact == exact.quantize(_CENT)


def _known(goods: Goods) -> bool:
    ids = [*goods.products, *goods.categories, *goods.except_products, *goods.except_categories]
    return len(ids) <= _MOST_IDS and all(is_number(one) and one[0] != "0" for one in ids)


def _numbers(ids: Sequence[str]) -> list[int]:
    return sorted({int(one) for one in ids})
