"""What is in an order: lines from the catalogue, coupons, payment, delivery and where the buyer came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from regulars_sandbox._history import ShopLine, ShopProduct

from ._goods import MINOR_PER_CENT, Catalogue
from ._people import Person

__all__ = ["Basket", "Ways", "basket", "lines_worth", "ways"]

_COUPONS: Final = (("kava5", 5), ("kava5", 5), ("osin10", 10), ("druzi15", 15))
_WELCOME: Final = ("welcome10", 10)
_MOST_LINES: Final = 12

# (upper bound of the draw, source type, source).
_SOURCES: Final = (
    (0.30, "typein", ""),
    (0.55, "organic", "google"),
    (0.58, "organic", "bing"),
    (0.72, "utm", "instagram"),
    (0.80, "utm", "newsletter"),
    (0.90, "utm", "facebook"),
    (0.96, "referral", "partner.example"),
    (1.00, "referral", "coffee-blog.example"),
)
_UKRAINIAN_PAYMENTS: Final = (
    (0.50, "cod", "Післяплата"),
    (0.70, "liqpay", "LiqPay"),
    (0.85, "wayforpay", "WayForPay"),
    (1.00, "bacs", "Оплата на рахунок"),
)
_OTHER_PAYMENTS: Final = (
    (0.60, "stripe", "Card"),
    (0.88, "ppcp-gateway", "PayPal"),
    (1.00, "bacs", "Bank transfer"),
)


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines and the coupon they were reduced by."""

    lines: tuple[ShopLine, ...]
    coupon_codes: tuple[str, ...] = ()

    @property
    def goods(self) -> int:
        """What the lines cost after the coupon, minor units."""
        return sum(line.total for line in self.lines)


@dataclass(frozen=True, slots=True)
class Ways:
    """How an order was found, paid and sent."""

    payment: tuple[str, str]
    shipping: tuple[str, str]
    shipping_total: int
    source_type: str
    source: str


def _quantities(rng: Random, items: int) -> list[int]:
    """``items`` spread over a few lines, mostly one each."""
    quantities = [1]
    for _ in range(items - 1):
        if len(quantities) < _MOST_LINES and rng.random() < 0.6:
            quantities.append(1)
        else:
            quantities[rng.randrange(len(quantities))] += 1
    return quantities


def _line(product: ShopProduct, quantity: int, worth: int) -> ShopLine:
    return ShopLine(product.name, quantity, worth, worth, product_id=product.id, sku=product.sku)


def basket(rng: Random, goods: Catalogue, *, items: int, taste: str, first_order: bool) -> Basket:
    """A basket of ``items`` at the catalogue's prices, now and then with a coupon."""
    lines = []
    for quantity in _quantities(rng, items):
        product = goods.pick(rng, taste)
        lines.append(_line(product, quantity, product.price * quantity))
    draw = rng.random()
    if draw >= (0.16 if first_order else 0.10):
        return Basket(tuple(lines))
    code, percent = _WELCOME if first_order and draw < 0.10 else rng.choice(_COUPONS)
    reduced = (replace(line, total=line.subtotal - (line.subtotal * percent + 50) // 100) for line in lines)
    return Basket(tuple(reduced), (code,))


def lines_worth(rng: Random, goods: Catalogue, *, items: int, spend: int, taste: str) -> Basket:
    """A basket of ``items`` whose lines add up to ``spend`` minor units exactly."""
    quantities = _quantities(rng, items)
    lines, left, rest = [], items, spend
    for quantity in quantities:
        worth = rest * quantity // left
        lines.append(_line(goods.pick(rng, taste), quantity, worth))
        left, rest = left - quantity, rest - worth
    return Basket(tuple(lines))


def _drawn(rng: Random, table: tuple[tuple[float, str, str], ...]) -> tuple[str, str]:
    draw = rng.random()
    return next((first, second) for bound, first, second in table if draw < bound)


def ways(rng: Random, person: Person, *, goods: int, currency: str, by_phone: bool, free: bool) -> Ways:
    """Payment, delivery and source; ``free``: no delivery charge, ``by_phone``: typed in by the staff."""
    home = person.homes[0]
    level = MINOR_PER_CENT[currency]
    ukrainian = home.country == "UA"
    payment = _drawn(rng, _UKRAINIAN_PAYMENTS if ukrainian else _OTHER_PAYMENTS)
    source_type, source = ("admin", "Web admin") if by_phone else _drawn(rng, _SOURCES)
    if ukrainian and home.state == "UA30" and rng.random() < 0.2:
        return Ways(payment, ("local_pickup", "Самовивіз"), 0, source_type, source)
    if free or goods >= 7_500 * level:
        return Ways(payment, ("free_shipping", "Безкоштовна доставка"), 0, source_type, source)
    cents, title = (350, "Нова Пошта") if ukrainian else (1_200, "International")
    return Ways(payment, ("flat_rate", title), cents * level, source_type, source)
