"""Shops whose objects land as the platforms send them, for proofs that are held against payloads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from random import Random
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select, update

from regulars_agent import Workspace, derive, enable_programme, set_field
from regulars_agent._proof_check import ProofCheck, check_everybody
from regulars_agent._second_process import ready_to_land
from regulars_connectors import Connector, RawRecord, connector_class, fingerprint
from regulars_mapping import Kind
from regulars_marketing import Proof
from regulars_marketing._proof import sealed
from regulars_store import (
    Shop,
    add_shop,
    land,
    land_tombstones,
    rates,
    set_options,
    shop_named,
    tables,
    update_shop,
)
from shopify.conftest import bag, gid
from shopify.shopify_payloads import a_customer, a_line, a_refund, an_order

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
_SHOPS = {
    "tea": ("woocommerce", "UAH", {"checks_emails": "yes", "currency": "UAH"}),
    "cake": ("woocommerce", "UAH", {"currency": "UAH"}),
    "silk": ("shopify", "EUR", {"currency": "EUR"}),
}


class Watch:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class ProofWorld:
    """A workspace with three shops: "tea", which checks e-mails, "cake", which does not, Shopify's "silk".

    Amounts are texts, hryvnias or in "silk" euros."""

    workspace: Workspace
    watch: Watch = field(default_factory=Watch)
    shops: dict[str, Shop] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1_000))

    def __post_init__(self) -> None:
        self.workspace.clock = self.watch
        with self.workspace.store.write() as connection:
            for name, (platform, currency, options) in _SHOPS.items():
                url = f"https://{name}.myshopify.com" if platform == "shopify" else f"https://{name}.example"
                made = add_shop(connection, name=name, platform=platform, url=url, options=options, now=NOW)
                where = {"zone": "Europe/Kyiv", "currency": currency, "country": "UA"}
                update_shop(connection, made.id, **where, capabilities=None)
                set_options(connection, made.id, options)
                self.shops[name] = shop_named(connection, name)

    def customer(self, email: str, *, shop: str = "tea", verified: bool = True) -> int:
        """A registered customer; the number that the shop knows them by."""
        number = next(self.numbers)
        if shop == "silk":
            payload = a_customer(
                id=gid("Customer", number),
                defaultEmailAddress={"emailAddress": email},
                verifiedEmail=verified,
                defaultPhoneNumber=None,
            )
        else:
            stamp = _stamp(NOW - timedelta(days=800))
            payload = {"id": number, "email": email, "date_created_gmt": stamp, "date_modified_gmt": stamp}
        self.land(shop, Kind.CUSTOMER, number, payload)
        return number

    def order(
        self, customer: int | str, total: str, *, days: float = 30, shop: str = "tea", **changes: Any
    ) -> int:
        """An order of a customer, or of a guest with this e-mail, placed so many days ago; its number.

        ``refunds`` are the numbers of those that it lists.
        """
        number = changes.pop("number", None) or next(self.numbers)
        placed = NOW - timedelta(days=days)
        make = _shopify_order if shop == "silk" else _woo_order
        self.land(shop, Kind.ORDER, number, make(number, customer, total, placed, changes))
        return number

    def refund(
        self, order: int, amount: str, *, lines: str | None = None, days: float = 5, shop: str = "tea"
    ) -> int:
        """A refund of a bare amount, or of lines for so much; the order is to list it."""
        number = next(self.numbers)
        at = NOW - timedelta(days=days)
        make = _shopify_refund if shop == "silk" else _woo_refund
        self.land(shop, Kind.REFUND, number, make(number, order, amount, lines, at))
        return number

    def close(self) -> None:
        for each in self.connectors.values():
            each.close()

    def land(self, shop: str, kind: Kind, number: int, payload: Mapping[str, Any]) -> None:
        """One object comes in now."""
        at = self.shops[shop]
        record = RawRecord(kind, str(number), self.watch(), fingerprint(payload), payload)
        if shop not in self.connectors:
            config = self.workspace.connector_config(at, credentials=_credentials(at.platform))
            self.connectors[shop] = connector_class(at.platform).open(config)
        observed = ready_to_land(at, self.connectors[shop], record)
        with self.workspace.store.write() as connection:
            land(connection, at, [observed], via="read", now=self.watch(), lease=None, checkpoint=None)

    def bury(self, shop: str, kind: Kind, number: int) -> None:
        """The shop says that it is gone."""
        with self.workspace.store.write() as connection:
            land_tombstones(
                connection, self.shops[shop], kind, [str(number)], via="read", now=self.watch(), lease=None
            )

    def rate(self, currency: str, quote: str, told: Mapping[float, str]) -> None:
        """What one of a currency was worth, by days ago."""
        found = [
            rates.CurrencyRate(currency, quote, (NOW - timedelta(days=days)).date(), Fraction(value), "csv")
            for days, value in told.items()
        ]
        with self.workspace.store.write() as connection:
            rates.save_rates(connection, found, now=NOW)

    def write(self, account: str, name: str, value: Any) -> None:
        """Somebody writes a field of a record by hand."""
        derive(self.workspace)
        set_field(self.workspace, account, name, value, who="owner")

    def enable(self, definition: Mapping[str, Any]) -> None:
        enable_programme(self.workspace, {"title": "T", **definition}, who="owner")

    def derive(self) -> None:
        derive(self.workspace)

    def check(self) -> ProofCheck:
        return check_everybody(self.workspace)

    def said(self) -> list[str]:
        """What a check of everybody says."""
        return [str(each) for each in self.check().disagreements]

    def accounts(self) -> list[str]:
        """The registered accounts, by id."""
        registered = select(tables.account.c.id).where(tables.account.c.registered)
        with self.workspace.store.read() as connection:
            return list(connection.scalars(registered.order_by(tables.account.c.id)))

    def offers(self) -> dict[str, Any]:
        """The offers' rows by account."""
        with self.workspace.store.read() as connection:
            return {row.id: row for row in connection.execute(select(tables.offer))}

    def change(self, table: Any, row_id: str, **values: Any) -> None:
        """Something in the store becomes another by itself."""
        with self.workspace.store.write() as connection:
            key = table.c.person_id if table is tables.person_profile else table.c.id
            done = connection.execute(update(table).where(key == row_id).values(**values))
            assert done.rowcount == 1

    def forge(self, account: str, proof: Proof) -> None:
        """An account's offer is that of another proof, whose checksum is right."""
        proof, document = sealed(proof)
        values = {
            "percent": proof.percent,
            "amount": proof.amount or None,
            "level": proof.level,
            "proof": document,
        }
        self.change(tables.offer, account, **values)


def _credentials(platform: str) -> dict[str, SecretStr]:
    return {name: SecretStr("x") for name in connector_class(platform).credential_names}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _woo_order(
    number: int, customer: int | str, total: str, placed: datetime, changes: Mapping[str, Any]
) -> dict[str, Any]:
    given = dict(changes)
    shipping, tax = given.pop("shipping_total", "0.00"), given.pop("cart_tax", "0.00")
    goods = given.pop("goods", str(Decimal(total) - Decimal(shipping) - Decimal(tax)))
    guest = isinstance(customer, str)
    return {
        "id": number,
        "number": str(number),
        "customer_id": 0 if guest else customer,
        "status": "completed",
        "currency": "UAH",
        "date_created_gmt": _stamp(placed),
        "date_modified_gmt": _stamp(placed),
        "date_paid_gmt": _stamp(placed),
        "total": total,
        "cart_tax": tax,
        "shipping_total": shipping,
        "shipping_tax": "0.00",
        "discount_total": "0.00",
        "billing": {"first_name": "Olena", "email": customer} if guest else {"first_name": "Olena"},
        "line_items": [{"id": 1, "name": "Tea", "quantity": 1, "subtotal": goods, "total": goods}],
        **given,
        "refunds": [{"id": each} for each in given.get("refunds", ())],
    }


def _woo_refund(number: int, order: int, amount: str, lines: str | None, at: datetime) -> dict[str, Any]:
    of_lines = [] if lines is None else [{"id": 1, "quantity": -1, "total": f"-{lines}", "total_tax": "0.00"}]
    return {
        "id": number,
        "parent_id": order,
        "date_created_gmt": _stamp(at),
        "amount": amount,
        "line_items": of_lines,
    }


def _shopify_order(
    number: int, customer: int | str, total: str, placed: datetime, changes: Mapping[str, Any]
) -> dict[str, Any]:
    given = dict(changes)
    return an_order(
        id=gid("Order", number),
        processedAt=_stamp(placed) + "Z",
        createdAt=_stamp(placed) + "Z",
        customer=None if isinstance(customer, str) else {"id": gid("Customer", customer)},
        email=customer if isinstance(customer, str) else None,
        lineItems={"nodes": [a_line(quantity=1, originalTotalSet=bag(total), taxLines=[])]},
        shippingLine=None,
        totalPriceSet=bag(total),
        totalTaxSet=bag("0.00"),
        totalShippingPriceSet=bag("0.00"),
        shippingAddress=None,
        billingAddress=None,
        discountCodes=[],
        refunds=[{"id": gid("Refund", each)} for each in given.pop("refunds", ())],
        test=given.pop("test", False),
        **given,
    )


def _shopify_refund(number: int, order: int, amount: str, lines: str | None, at: datetime) -> dict[str, Any]:
    made = a_refund(
        id=gid("Refund", number),
        processedAt=_stamp(at) + "Z",
        totalRefundedSet=bag(amount),
        order={"id": gid("Order", order), "currencyCode": "EUR", "taxesIncluded": False},
    )
    nodes = made["refundLineItems"]["nodes"]
    kept = [] if lines is None else [{**nodes[0], "subtotalSet": bag(lines), "totalTaxSet": bag("0.00")}]
    return {**made, "refundLineItems": {"nodes": kept}}


TIERS: Mapping[str, Any] = {
    "key": "regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "1000.00", "percent": "3", "level": "Bronze"},
        {"threshold": "5000.00", "percent": "5", "level": "Silver"},
        {"threshold": "20000.00", "percent": "10", "level": "Gold"},
    ],
}
PROGRAMMES: Mapping[str, Mapping[str, Any]] = {
    "tier": TIERS,
    "year": {**TIERS, "key": "yearly", "counts": "year"},
    "wholesale": {**TIERS, "kind": "wholesale", "key": "dealers"},
    "largest": {**TIERS, "kind": "wholesale", "key": "large", "counts": "largest_order"},
    "welcome": {"kind": "welcome", "key": "welcome", "percent": "4"},
    "birthday": {"kind": "birthday", "key": "birthday", "percent": "7.5", "before": 3, "after": 4},
    "winback": {"kind": "winback", "key": "winback", "percent": "6", "times": "2.5", "days": 20},
    "seasonal": {
        "kind": "seasonal",
        "key": "june",
        "percent": "2",
        "level": "June",
        "first_day": "2026-06-01",
        "last_day": "2026-06-30",
    },
}
"""A programme of each kind, but for the one that is given by hand."""


def by_hand(account: str) -> Mapping[str, Any]:
    """A discount given by hand to whoever has this account."""
    until = "2026-12-31T23:59:00+02:00"
    given = {"key": "sorry", "percent": "20", "why": "A late parcel", "valid_until": until}
    return {"kind": "personal", "account": account, **given}


def crowd(random: Random, world: ProofWorld, people: int) -> None:
    """So many people with accounts, orders and refunds of every kind, in all shops, some known further."""
    for number in range(people):
        email, made = f"person{number}@example.com", []
        for shop in random.sample(sorted(_SHOPS), random.randint(1, 3)):
            who: int | str = email
            if random.random() < 0.8:
                who = world.customer(email, shop=shop, verified=random.random() < 0.5)
                made.append(f"{world.shops[shop].id}:{who}")
            for _ in range(random.choice((0, 1, 1, 3))):
                _some_order(random, world, who, shop)
        if made and random.random() < 0.4:
            day = random.choice(("--06-07", "1990-06-13", "2000-02-29"))
            world.write(made[0], "birth_date", day)
        if made and random.random() < 0.4:
            world.write(made[0], "kind", "company")


def _some_order(random: Random, world: ProofWorld, who: int | str, shop: str) -> None:
    total = random.choice(("0.00", "0.01", "99.99", "1234.57", "6000.00"))
    days = random.choice((1, 30, 90, 364, 365, 366, 700)) + random.choice((0, 0.5, 0.4999))
    odd: dict[str, Any] = {}
    if shop == "silk":
        odd = {"test": random.random() < 0.2}
    elif random.random() < 0.6:
        odd = {
            "status": random.choice(("processing", "refunded", "cancelled", "on-hold", "odd", "trash")),
            "currency": random.choice(("UAH", "UAH", "UAH", "USD")),
            "shipping_total": random.choice(("0.00", "55.00")),
            "cart_tax": random.choice(("0.00", "3.33")),
            "date_paid_gmt": random.choice((None, _stamp(NOW - timedelta(days=days)))),
        }
    number, refunds = next(world.numbers), []
    for _ in range(random.choice((0, 0, 1, 2))):
        lines, amount = (
            random.choice((None, "0.01", total)),
            random.choice(("0.01", "50.00", total, "9999.00")),
        )
        refunds.append(
            world.refund(number, amount, lines=lines, days=random.choice((0.1, 29, 365)), shop=shop)
        )
    # The shop took one of its refunds back, now and then.
    listed = refunds[1:] if random.random() < 0.2 else refunds
    world.order(who, total, days=days, shop=shop, number=number, refunds=listed, **odd)
    if random.random() < 0.1:
        world.bury(shop, Kind.ORDER, number)
