"""The people of the shops on show, all made up, and what they bought in the last year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from regulars_sandbox import (
    OrderStatus,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
)
from two_shops_world import BOUTIQUE, MARKET

_OPENED = datetime(2025, 3, 1, 9, tzinfo=UTC)
BEANS, POT, SET, MACHINE = 90_001, 90_002, 90_003, 90_004
_GOODS: Mapping[int, ShopProduct] = {
    good.id: good
    for good in (
        ShopProduct(BEANS, "House coffee, 1 kg", "COF-1", 50_000, _OPENED, _OPENED),
        ShopProduct(POT, "Tea for two", "TEA-2", 125_000, _OPENED, _OPENED),
        ShopProduct(SET, "Pour-over set", "POUR-3", 250_000, _OPENED, _OPENED),
        ShopProduct(MACHINE, "Espresso machine", "ESP-4", 1_200_000, _OPENED, _OPENED),
    )
}


def _someone(given: str, family: str, email: str, phone: str, street: str, city: str) -> ShopAddress:
    return ShopAddress(
        first_name=given,
        last_name=family,
        email=email,
        phone=phone,
        address_1=street,
        city=city,
        country="UA",
    )


HANNA = _someone("Ганна", "Щербак", "hanna@example.com", "050 111 22 33", "вул. Садова, 5", "Київ")
HANNA_AS_A_GUEST = _someone(
    "Hanna", "Shcherbak", "HANNA@Example.com", "+380501112233", "Parkova St 9, apt 4", "Kyiv"
)
OLENA = _someone("Olena", "Koval", "olena@example.com", "+380 67 765 43 21", "Lvivska St 12", "Kyiv")
PETRO = _someone("Petro", "Bondar", "petro@example.net", "063 555 44 33", "Soborna St 3", "Lviv")
_OTHERS = (
    _someone("Iryna", "Melnyk", "iryna.melnyk@example.com", "067 300 11 01", "Zelena St 1", "Lviv"),
    _someone("Андрій", "Ткаченко", "andriy@example.org", "050 300 11 02", "вул. Миру, 17", "Одеса"),
    _someone("Maria", "Savchenko", "maria.s@example.net", "063 300 11 03", "Polova St 40", "Dnipro"),
    _someone("Тарас", "Лисенко", "taras@example.com", "068 300 11 04", "вул. Нова, 2", "Київ"),
    _someone("Sofia", "Hrytsenko", "sofia@example.org", "095 300 11 05", "Morska St 8", "Odesa"),
    _someone("Daria", "Polishchuk", "daria.p@example.com", "097 300 11 06", "Parkova St 21", "Kharkiv"),
)
_HANNA, _OLENA, _PETRO, _FIRST_OTHER = 1, 2, 3, 4
SHOPPERS: Sequence[Mapping[str, str]] = (
    {"key": "hanna", "name": "Hanna", "shop": MARKET, "account": str(_HANNA)},
    {"key": "olena", "name": "Olena", "shop": MARKET, "account": str(_OLENA)},
    {"key": "petro", "name": "Petro", "shop": BOUTIQUE, "account": str(_PETRO)},
)


@dataclass(frozen=True)
class _Till:
    """Writes down who registered and bought."""

    now: datetime
    customers: list[ShopCustomer] = field(default_factory=list)
    orders: list[ShopOrder] = field(default_factory=list)

    def registered(self, number: int, who: ShopAddress, *, days_ago: int) -> None:
        since = self.now - timedelta(days=days_ago)
        names = {"first_name": who.first_name, "last_name": who.last_name}
        self.customers.append(
            ShopCustomer(number, who.email, since, since, **names, billing=who, shipping=who)
        )

    def bought(
        self,
        number: int,
        who: ShopAddress,
        *items: tuple[int, int],
        days_ago: float,
        customer: int | None = None,
        status: OrderStatus = OrderStatus.COMPLETED,
    ) -> None:
        at = self.now - timedelta(days=days_ago)
        lines = tuple(_line(product, quantity) for product, quantity in items)
        paid = at if status is OrderStatus.COMPLETED else None
        when = {"created": at, "modified": at, "paid": paid, "completed": paid}
        self.orders.append(
            ShopOrder(number, status, billing=who, shipping=who, lines=lines, customer_id=customer, **when)
        )

    def history(self) -> ShopHistory:
        return ShopHistory(
            "UAH",
            "Europe/Kyiv",
            "UA",
            customers=tuple(self.customers),
            orders=tuple(self.orders),
            products=tuple(_GOODS.values()),
        )


def market_past(now: datetime) -> ShopHistory:
    """Hanna, Olena and others are registered in the market."""
    till = _Till(now)
    till.registered(_HANNA, HANNA, days_ago=320)
    till.bought(1_001, HANNA, (BEANS, 2), (SET, 1), days_ago=300, customer=_HANNA)
    till.bought(1_014, HANNA, (POT, 1), days_ago=90, customer=_HANNA, status=OrderStatus.CANCELLED)
    till.registered(_OLENA, OLENA, days_ago=200)
    till.bought(1_002, OLENA, (BEANS, 4), (SET, 1), days_ago=180, customer=_OLENA)
    till.bought(1_003, OLENA, (POT, 1), days_ago=21.2, customer=_OLENA)
    for place, other in enumerate(_OTHERS):
        number = _FIRST_OTHER + place
        till.registered(number, other, days_ago=150 - 11 * place)
        pieces = 3 * place + 1
        till.bought(1_004 + place, other, (BEANS, pieces), days_ago=6.3 + 19 * place, customer=number)
    return till.history()


def boutique_past(now: datetime) -> ShopHistory:
    """Petro is registered in the boutique; Hanna bought there as a guest."""
    till = _Till(now)
    till.registered(_PETRO, PETRO, days_ago=60)
    till.bought(2_001, PETRO, (POT, 1), days_ago=45, customer=_PETRO)
    till.bought(2_002, HANNA_AS_A_GUEST, (MACHINE, 1), (BEANS, 1), days_ago=12.1)
    return till.history()


def _line(product: int, quantity: int) -> ShopLine:
    good = _GOODS[product]
    price = good.price * quantity
    return ShopLine(good.name, quantity, price, price, product_id=product, sku=good.sku)
