"""Random shops, people and orders for profiles, and an oracle that counts them by plain loops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from purchases import NOW
from regulars_marketing._money import MoneyRules
from regulars_store import Store, tables

KYIV = ZoneInfo("Europe/Kyiv")
UAH = MoneyRules("UAH", KYIV)
WINDOW = NOW - timedelta(days=365)
_TICK = timedelta(microseconds=1)
_SHOPS = ((1, "Tea", "UAH"), (2, "Coffee", "EUR"))
_PAYMENTS = ("cod", "Накладений  Платіж", "Card", "card", "")
_DELIVERIES = ("Nova Poshta", "ПОШТА", "")
_SOURCES: tuple[tuple[dict[str, str], str | None], ...] = (
    ({}, None),
    ({"kind": "utm", "source": "Google", "medium": "cpc"}, "google"),
    ({"kind": "typein", "source": "(direct)"}, "direct"),
    ({"kind": "referral", "referrer": "https://www.Example.com/tea?x=1"}, "example.com"),
    ({"kind": "referral", "referrer": "http://[broken"}, "referral"),
)
_ENDS = ("completed", "completed", "completed", "processing", "cancelled", "failed", "refunded", "pending")
_CATEGORIES = ("Tea", "ЧАЙ", "Cups")


@dataclass
class Town:
    """Rows by table, as they are stored, and what the oracle needs beside them."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> dict[str, Any]:
        self.rows.setdefault(table, []).append(row)
        return row

    def of(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        found = self.rows.get(table, [])
        return [row for row in found if all(row[name] == value for name, value in wanted.items())]

    def store(self, store: Store) -> None:
        order = [
            *(
                "shop",
                "currency_rate",
                "account",
                "person",
                "address",
                "product",
                "product_category",
                "order",
            ),
            *("order_line", "refund", "order_status_change", "stop_list_entry", "suppression"),
            *("erased_account", "property_definition", "record_edit"),
        ]
        assert set(self.rows) <= set(order)
        with store.write() as connection:
            for name in order:
                if rows := self.rows.get(name):
                    connection.execute(insert(tables.metadata.tables[name]), rows)


def town(seed: int, people: int) -> Town:
    """So many people of two shops, the same each time."""
    random, made = Random(seed), Town()
    for id_, name, currency in _SHOPS:
        made.add(
            "shop", id=id_, name=name, platform="woocommerce", url=f"https://{id_}.example.com",
            zone="Europe/Kyiv", currency=currency, capabilities={}, options={}, added_at=NOW,
        )  # fmt: skip
    # Of the other currencies the rates of some days only: there are days without any.
    for back in sorted(random.sample(range(900), 90)):
        for currency in ("EUR", "USD"):
            day = (NOW - timedelta(days=back)).date().isoformat()
            above, below = random.choice(((413, 10), (4_112_345, 100_000), (1, 3), (97, 2)))
            made.add(
                "currency_rate", currency=currency, quote="UAH", day=day, numerator=above,
                denominator=below, source="csv", at=NOW,
            )  # fmt: skip
    for number, name in enumerate(_CATEGORIES):
        made.add(
            "product", id=f"1:p{number}", shop_id=1, external_id=f"p{number}", name=name, sku="",
            sku_folded="", status="publish", price=None, categories=[name], attributes={}, changed_at=None,
        )  # fmt: skip
        made.add(
            "product_category", product_id=f"1:p{number}", external_id="c", shop_id=1, name=name,
            name_folded=name.casefold(),
        )  # fmt: skip
    _properties(made)
    for number in range(people):
        _person(made, random, f"p{number:03}")
    return made


def _properties(made: Town) -> None:
    for position, (key, type_) in enumerate((("vision", "number"), ("hobby", "text"))):
        made.add(
            "property_definition", key=key, title=key, type=type_, choices=[], required=False, personal=True,
            sensitive=False, push_to="", position=position, ended=False, at=NOW, who="owner",
        )  # fmt: skip


def _person(made: Town, random: Random, person: str) -> None:
    if random.random() < 0.8:
        text = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone", "card_number")
        made.add(
            "person", id=person, anchor="1:1", accounts=1, sources={}, missing=[],
            **dict.fromkeys([name for name in text if name in tables.person.c], ""),
            birth_date=random.choice(("", "1990-05-17", "--02-29")), gender=random.choice(("", "f", "m")),
            language=random.choice(("", "uk", "EN")), kind=random.choice(("person", "company")),
            status=random.choice(("entered", "archived")),
        )  # fmt: skip
    for number in range(random.choice((1, 1, 2, 3))):
        _account(made, random, person, f"{random.choice((1, 1, 2))}:{person}-{number}")


def _account(made: Town, random: Random, person: str, id_: str) -> None:
    texts = ("email", "email_folded", "phone", "phone_e164", "given_name", "family_name", "name_folded")
    made.add(
        "account", id=id_, shop_id=int(id_[0]), external_id=id_[2:], registered=True, person_id=person,
        labels=random.choice(({}, {"level": "Gold", "sentence": "7 %"})), version_at=NOW, version_sequence=1,
        gone=random.random() < 0.1, **dict.fromkeys((*texts, "company", "country", "role"), ""),
    )  # fmt: skip
    places = [
        made.add(
            "address", id=f"{id_}:{each}", account_id=id_, city=city, region="Area", country="UA",
            **dict.fromkeys(("given_name", "family_name", "company", "line1"), ""),
            **dict.fromkeys(("line2", "postcode", "phone"), ""),
        )["id"]
        for each, city in enumerate(("Київ", "LVIV"))
    ]  # fmt: skip
    for number in range(random.choice((0, 1, 2, 3, 4, 9))):
        _order(made, random, id_, f"{id_}-{number}", places)
    for _ in range(random.choice((0, 0, 1, 2))):
        made.add(
            "record_edit", account_id=id_, field=f"property:{random.choice(('vision', 'hobby'))}",
            value=random.choice(("2.5", None, "-1")), folded="", named=False,
            at=NOW + timedelta(minutes=len(made.rows.get("record_edit", ()))), who="w", why="",
        )  # fmt: skip
    if random.random() < 0.1:
        made.add(
            "stop_list_entry", id=len(made.rows.get("stop_list_entry", ())) + 1, entry=None, account_id=id_,
            reason="r", evidence={}, state=random.choice(("confirmed", "suggested", "lifted")),
            until=random.choice((None, NOW, NOW + _TICK)), at=NOW, who="w", why="",
        )  # fmt: skip
    if random.random() < 0.05:
        made.add("suppression", digest=id_, kind="account", token=f"t{id_}", number=None, at=NOW)
        made.add("erased_account", account_id=id_, token=f"t{id_}")


def _order(made: Town, random: Random, account: str, id_: str, places: list[str]) -> None:
    goods = random.choice((0, 1, 999, 10_000, 123_457, 10**9 + 7))
    extra = {"goods_tax": random.choice((0, 20)), "shipping": random.choice((0, 55)), "shipping_tax": 5}
    status = random.choice(_ENDS)
    placed = random.choice(
        (
            *(NOW - timedelta(days=random.randrange(900), seconds=random.randrange(86_400)),) * 4,
            *(WINDOW, WINDOW - _TICK, NOW - timedelta(days=30), NOW - timedelta(days=90)),
        )
    )
    texts = {"payment_method": random.choice(_PAYMENTS), "shipping_method": random.choice(_DELIVERIES)}
    moments = {
        "placed_at": placed,
        "changed_at": random.choice((None, placed + timedelta(days=random.choice((0, 1, 3))))),
        "paid_at": random.choice((None, placed)),
        "completed_at": random.choice((None, None, placed)),
    }
    made.add(
        "order", id=id_, shop_id=int(account[0]), external_id=id_[2:], number="1", contact={},
        account_id=account, status=status, gone=random.random() < 0.08, coupon_codes=[],
        shop_status=random.choice((status, status, "refused", "paid fulfilled")),
        bought=status in {"completed", "processing", "refunded"},
        currency=random.choice(("UAH", "UAH", "UAH", "EUR", "USD")), goods=goods,
        discount=random.choice((0, 0, goods // 3, 100)),
        total=random.choice((goods + sum(extra.values()), 0)),
        source=random.choice(_SOURCES)[0], billing_address_id=None,
        delivery_address_id=random.choice((None, *places)), **texts, **extra, **moments,
    )  # fmt: skip
    for number in range(random.choice((0, 0, 0, 1, 2))):
        part = random.choice((0, 1, goods // 2, goods, -5))
        made.add(
            "refund", id=f"{id_}-r{number}", shop_id=int(account[0]), external_id=f"{id_[2:]}-r{number}",
            order_id=id_, amount=part, goods=random.choice((None, part)), reason="",
            gone=random.random() < 0.1,
            refunded_at=random.choice((placed, WINDOW - _TICK, WINDOW, NOW)),
        )  # fmt: skip
    for number in range(random.choice((0, 1, 2))):
        made.add(
            "order_line", id=f"{id_}:l{number}", order_id=id_, product_id=random.choice(("1:p0", "1:p1", "")),
            variant_id="", sku="", name="n", quantity=Decimal(1), gross=1, net=1, tax=0, options={},
        )  # fmt: skip
    for number, seen in enumerate(
        random.choice(((), (status,), ("completed", status), ("pending", "failed")))
    ):
        made.add(
            "order_status_change", order_id=id_, sequence=number, status=seen, shop_status="",
            at=placed + timedelta(days=random.choice((0, 1, 2, 5))),
        )  # fmt: skip


@dataclass
class Oracle:
    """Counts one person's profile from the rows of a town."""

    town: Town
    money: MoneyRules = UAH

    def profiles(self) -> dict[str, dict[str, Any]]:
        found = {}
        for person in {row["person_id"] for row in self.town.of("account")}:
            accounts = self.town.of("account", person_id=person, gone=False)
            erased = any(self.town.of("erased_account", account_id=each["id"]) for each in accounts)
            if accounts and not erased:
                found[person] = self._profile(person, accounts)
        return found

    def _profile(self, person: str, accounts: list[dict[str, Any]]) -> dict[str, Any]:
        rows = [row for each in accounts for row in self.town.of("order", account_id=each["id"], gone=False)]
        bought = sorted((row for row in rows if row["bought"]), key=lambda row: (row["placed_at"], row["id"]))
        known = next(iter(self.town.of("person", id=person)), {})
        return {
            **self._sums(bought),
            **self._times(bought),
            **self._ends(bought),
            "returned_orders": sum(self._back(row) > 0 for row in bought),
            "refused_cod": sum(self._refused(row) for row in rows),
            "cod_share": _thousandths(sum(_on_delivery(row) for row in bought), len(bought)),
            "birth_mmdd": {"1990-05-17": "0517", "--02-29": "0229"}.get(known.get("birth_date", "")),
            "birth_year": 1990 if known.get("birth_date") == "1990-05-17" else None,
            "gender": known.get("gender") or None,
            "language": (known.get("language") or "").lower() or None,
            "kind": known.get("kind", "person"),
            "status": known.get("status", "entered"),
            "stopped": any(self._stopped(each["id"]) for each in accounts),
            "shops": sorted({"tea" if each["shop_id"] == 1 else "coffee" for each in accounts}),
            "labels": ["gold"] if any(each["labels"] for each in accounts) else [],
            "categories": sorted(set(self._categories(bought))),
            "properties": self._properties(accounts),
        }

    def _base(self, row: Mapping[str, Any]) -> int:
        parts = ["goods"] + ["goods_tax"] * self.money.tax + ["shipping"] * self.money.shipping
        parts += ["shipping_tax"] * (self.money.tax and self.money.shipping)
        return sum(row[part] for part in parts)

    def _back(self, row: Mapping[str, Any], before: datetime | None = None) -> int:
        """What was given back of an order, at all or before a moment."""
        base, itemised, bare = self._base(row), 0, 0
        for refund in self.town.of("refund", order_id=row["id"], gone=False):
            if before is not None and refund["refunded_at"] >= before:
                continue
            if refund["goods"] is None or self.money.shipping:
                bare += refund["amount"]
            else:
                itemised += max(0, refund["goods"])
        if self.money.tax and itemised:
            itemised = (
                min(base, _half_up(Fraction(itemised * base, row["goods"]))) if row["goods"] else itemised
            )
        if bare > 0 and base > 0:
            share = Fraction(bare) if row["total"] <= 0 else Fraction(bare * base, row["total"])
            itemised += min(base, _half_up(share))
        return min(itemised, max(base, 0))

    def _rate(self, row: Mapping[str, Any]) -> Fraction | None:
        if row["currency"] == self.money.currency:
            return Fraction(1)
        day = row["placed_at"].astimezone(KYIV).date()
        for back in range(15):
            told = self.town.of(
                "currency_rate", currency=row["currency"], day=(day - timedelta(days=back)).isoformat()
            )
            if told:
                return Fraction(told[0]["numerator"], told[0]["denominator"])
        return None

    def _sums(self, bought: list[dict[str, Any]]) -> dict[str, Any]:
        recent = [row for row in bought if row["placed_at"] >= WINDOW]
        counts = {"orders": len(bought), "orders_365d": len(recent)}
        rates = [self._rate(row) for row in bought]
        if None in rates:
            names = ("spent", "spent_365d", "average_order", "largest_order", "discount_share")
            return {**counts, **dict.fromkeys(names), "held": True}
        nets, within, less, before = [], [], 0, 0
        for row, rate in zip(bought, rates, strict=True):
            assert rate is not None
            base, back = self._base(row), self._back(row)
            nets.append(_half_up((base - back) * rate))
            within.append(_half_up((base * (row in recent) - back + self._back(row, WINDOW)) * rate))
            less += _half_up(row["discount"] * rate)
            before += _half_up((row["goods"] + row["discount"]) * rate)
        return {
            **counts,
            "spent": sum(nets),
            "spent_365d": max(0, sum(within)),
            "average_order": _half_up(Fraction(sum(nets), len(nets))) if nets else None,
            "largest_order": max(nets, default=None),
            "discount_share": _thousandths(less, before),
            "held": False,
        }

    def _times(self, bought: list[dict[str, Any]]) -> dict[str, Any]:
        whole = [int(row["placed_at"].timestamp()) for row in bought]
        gaps = sorted(later - earlier for earlier, later in pairwise(whole))
        rhythm = None
        if gaps:
            middle = Fraction(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2], 2)
            rhythm = max(1, _half_up(middle / 86_400))
        frequency = "none" if not bought else "one_off" if len(bought) == 1 else "rare"
        if len(bought) >= 3 and NOW - bought[-1]["placed_at"] <= timedelta(days=max(90, 2 * (rhythm or 0))):
            frequency = "regular"
        return {
            "first_order_at": bought[0]["placed_at"] if bought else None,
            "last_order_at": bought[-1]["placed_at"] if bought else None,
            "rhythm_days": rhythm,
            "next_order_at": bought[-1]["placed_at"] + timedelta(days=rhythm) if rhythm else None,
            "frequency": frequency,
        }

    def _ends(self, bought: list[dict[str, Any]]) -> dict[str, Any]:
        sources = {str(document): word for document, word in _SOURCES}
        sent = [row["delivery_address_id"] for row in bought if row["delivery_address_id"]]
        place = self.town.of("address", id=sent[-1])[0] if sent else {}
        last = bought[-1] if bought else {}
        return {
            "first_source": sources[str(bought[0]["source"])] if bought else None,
            "last_source": sources[str(last["source"])] if bought else None,
            "last_payment": " ".join(last.get("payment_method", "").lower().split()) or None,
            "last_delivery": last.get("shipping_method", "").lower() or None,
            **{
                name: place.get(name, "").lower() or None
                for name in ("country", "region", "city")
            },
        }  # fmt: skip

    def _refused(self, row: Mapping[str, Any]) -> bool:
        if not _on_delivery(row):
            return False
        if row["shop_status"] == "refused":
            return True
        seen = self.town.of("order_status_change", order_id=row["id"])
        seen.sort(key=lambda change: (change["at"], change["sequence"]))
        ended = seen[-1]["at"] if seen and seen[-1]["status"] == row["status"] else row["changed_at"]
        sent = row["completed_at"] or any(change["status"] == "completed" for change in seen)
        unpaid = row["status"] in {"cancelled", "failed"} or (
            row["status"] == "refunded" and row["paid_at"] is None
        )
        late = (ended or row["placed_at"]) - row["placed_at"] >= timedelta(days=2)
        return unpaid and bool(sent or "fulfilled" in row["shop_status"] or late)

    def _stopped(self, account: str) -> bool:
        return any(
            row["until"] is None or row["until"] > NOW
            for row in self.town.of("stop_list_entry", account_id=account, state="confirmed")
        )

    def _categories(self, bought: Iterable[Mapping[str, Any]]) -> Iterable[str]:
        for row in bought:
            for line in self.town.of("order_line", order_id=row["id"]):
                for category in self.town.of("product_category", product_id=line["product_id"]):
                    yield category["name"].lower()

    def _properties(self, accounts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        newest: dict[str, Any] = {}
        edits = [row for each in accounts for row in self.town.of("record_edit", account_id=each["id"])]
        for row in sorted(edits, key=lambda row: row["at"]):
            newest[row["field"].partition(":")[2]] = row["value"]
        standing = {key: value for key, value in newest.items() if value is not None}
        return {
            key: int(Fraction(value) * 10**6) if key == "vision" else value for key, value in standing.items()
        }


def _on_delivery(row: Mapping[str, Any]) -> bool:
    return row["payment_method"] in {"cod", "Накладений  Платіж"}


def _half_up(value: Fraction | int) -> int:
    """Half up by size."""
    size = int(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def _thousandths(part: int, whole: int) -> int | None:
    return None if whole <= 0 else min(1_000, _half_up(Fraction(1_000 * part, whole)))


def aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
