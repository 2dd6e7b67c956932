"""Small worlds written straight into the tables: shops, accounts, orders and refunds of invented persons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from regulars_mapping import MisconfiguredError, anchor_of
from regulars_marketing import (
    Computed,
    Fact,
    Known,
    Programme,
    Proof,
    Scope,
    StoredProgramme,
    TierProgramme,
    WelcomeProgramme,
    compute,
    decide,
    parse_programme,
    read_facts,
    save_programme,
)
from regulars_store import Store, tables

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOBODY = Known()
THREE_TIERS: Mapping[str, Any] = {
    "kind": "tier",
    "key": "regulars",
    "title": "For our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "5000.00", "percent": "5", "level": "Bronze"},
        {"threshold": "10000.00", "percent": "7", "level": "Silver"},
        {"threshold": "20000.00", "percent": "10", "level": "Gold"},
    ],
}


THREE_AMOUNTS: Mapping[str, Any] = {
    **THREE_TIERS,
    "tiers": [
        {"threshold": "5000.00", "amount": "50.00", "level": "Bronze"},
        {"threshold": "10000.00", "amount": "100.00", "level": "Silver"},
        {"threshold": "20000.00", "amount": "250.00", "level": "Gold"},
    ],
}
WELCOME: Mapping[str, Any] = {"kind": "welcome", "key": "welcome", "title": "For the new"}


def tiers(**changes: Any) -> TierProgramme:
    """The three tiers of the tests (5, 7 and 10 % from 5,000, 10,000 and 20,000 hryvnias), changed."""
    made = parse_programme({**THREE_TIERS, **changes})
    assert isinstance(made, TierProgramme)
    return made


def amounts(**changes: Any) -> TierProgramme:
    """The three tiers in amounts (50, 100 and 250 hryvnias), changed."""
    return tiers(**{**THREE_AMOUNTS, **changes})


def welcome(**changes: Any) -> WelcomeProgramme:
    """The welcome of the tests (10 %), changed."""
    made = parse_programme({**({} if "amount" in changes else {"percent": "10"}), **WELCOME, **changes})
    assert isinstance(made, WelcomeProgramme)
    return made


def gift(kind: str, **changes: Any) -> Programme:
    """A programme that gives one discount on certain days."""
    return parse_programme({"kind": kind, "key": kind, "title": f"The {kind}", **changes})


def refused(kind: str, **changes: Any) -> str:
    """What is said of such a programme that cannot be used."""
    with pytest.raises(MisconfiguredError) as caught:
        gift(kind, **changes)
    return str(caught.value)


def born(birth_date: str) -> Known:
    return Known(birth_date=birth_date)


def gift_proof(programme: Programme, known: Known = NOBODY, *facts: Fact, now: datetime = NOW) -> Proof:
    """The proof of a programme that gives something to who is so known, in a shop of UTC."""
    made = decide(facts, [stored(programme)], "tea", now, currency="UAH", known=known)
    assert made is not None
    return made.proof


def stored(programme: Programme, *, version: int = 1, enabled: bool = True) -> StoredProgramme:
    return StoredProgramme(
        key=programme.key, version=version, enabled=enabled, programme=programme, at=NOW, who="owner"
    )


def fact(
    net: int, *, currency: str = "UAH", refunded: int = 0, orders: int = 1, last: datetime | None = None
) -> Fact:
    return Fact(
        currency=currency,
        orders=orders,
        goods=net + refunded,
        refunded=refunded,
        net=net,
        last_order_at=last,
    )


def proof_of(*facts: Fact, programme: Programme | None = None, scope: Scope = "person") -> Proof:
    known = [stored(programme or tiers())]
    decision = decide(facts, known, "tea", NOW, currency="UAH", scope=scope, welcome=True)
    assert decision is not None
    return decision.proof


@dataclass
class World:
    """A store and hands to write into it. Amounts are minor units.

    Where its shops check e-mails, what a person bought counts for all of the person's accounts.
    """

    store: Store
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    checks_emails: bool = False

    def _insert(self, table: Any, **row: Any) -> None:
        with self.store.write() as connection:
            connection.execute(insert(table), [row])

    def shop(self, shop_id: int, name: str, **options: str) -> None:
        self._insert(
            tables.shop,
            id=shop_id,
            name=name,
            platform="woocommerce",
            url=f"https://{name}.example.com",
            currency="UAH",
            capabilities={},
            options={**({"checks_emails": "yes"} if self.checks_emails else {}), **options},
            added_at=NOW,
        )

    def account(self, person: str, *, shop: int = 1, **changes: Any) -> str:
        number = str(next(self.numbers))
        texts = ("email", "email_folded", "phone", "phone_e164", "given_name", "family_name")
        texts = (*texts, "name_folded", "company", "country", "role")
        row = {
            "id": f"{shop}:{number}",
            "shop_id": shop,
            "external_id": number,
            "registered": True,
            "labels": {},
            "version_at": NOW,
            "version_sequence": 1,
            "person_id": person,
            **dict.fromkeys(texts, ""),
        }
        self._insert(tables.account, **{**row, **changes})
        return f"{shop}:{number}"

    def person(self, person: str, **changes: Any) -> None:
        """The record of a person."""
        texts = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone")
        row = {"id": person, "anchor": "1:1", "sources": {}, "missing": [], "accounts": 1}
        self._insert(tables.person, **{**row, **dict.fromkeys(texts, ""), **changes})

    def order(self, account: str, goods: int, **changes: Any) -> str:
        number = str(next(self.numbers))
        shop = int(account.split(":", maxsplit=1)[0])
        row = {
            "id": f"{shop}:{number}",
            "shop_id": shop,
            "external_id": number,
            "number": number,
            "contact": {},
            "account_id": account,
            "status": "completed",
            "shop_status": "completed",
            "bought": True,
            "currency": "UAH",
            "placed_at": NOW - timedelta(days=30),
            "goods": goods,
            "goods_tax": 0,
            "discount": 0,
            "shipping": 0,
            "shipping_tax": 0,
            "total": goods,
            "payment_method": "",
            "shipping_method": "",
            "coupon_codes": [],
            "source": {},
        }
        self._insert(tables.order, **{**row, **changes})
        return f"{shop}:{number}"

    def refund(self, order: str, amount: int, *, goods: int | None = None, gone: bool = False) -> str:
        number = str(next(self.numbers))
        shop = int(order.split(":", maxsplit=1)[0])
        self._insert(
            tables.refund,
            id=f"{shop}:{number}",
            shop_id=shop,
            external_id=number,
            order_id=order,
            refunded_at=NOW,
            amount=amount,
            goods=goods,
            reason="",
            gone=gone,
        )
        return f"{shop}:{number}"

    def grant(self, account: str, *, programme: str = "welcome", state: str = "given", days: int = 1) -> str:
        """A grant of an account's, so many days old; its id."""
        number = next(self.numbers)
        self._insert(
            tables.grant,
            id=f"grant-{number}",
            account_id=account,
            shop_id=int(account.split(":", maxsplit=1)[0]),
            programme_key=programme,
            programme_version=1,
            code=f"reg-{number}",
            percent=1000,
            state=state,
            given_at=NOW - timedelta(days=days),
        )
        return f"grant-{number}"

    def change(self, table: Any, row_id: str, **values: Any) -> None:
        with self.store.write() as connection:
            connection.execute(update(table).where(table.c.id == row_id).values(**values))

    def programme(self, programme: Programme | None = None) -> int:
        with self.store.write() as connection:
            return save_programme(connection, programme or tiers(), who="owner", now=NOW)

    def compute(self, *persons: str, now: datetime = NOW) -> Computed:
        with self.store.write() as connection:
            return compute(connection, persons, now=now)

    def facts(self, person: str) -> tuple[Fact, ...]:
        with self.store.read() as connection:
            return read_facts(connection, [person]).get(person, ())

    def fact_rows(self) -> list[tuple[Any, ...]]:
        columns = tables.person_fact.c
        query = select(columns.person_id, columns.currency, columns.orders, columns.net)
        with self.store.read() as connection:
            return [
                tuple(row) for row in connection.execute(query.order_by(columns.person_id, columns.currency))
            ]

    def offers(self) -> dict[str, Any]:
        """The offers' rows by account."""
        with self.store.read() as connection:
            return {row.id: row for row in connection.execute(select(tables.offer))}

    def offer(self, person: str, shop: int = 1) -> Any:
        """The row of the person's first account with an offer in the shop, or None."""
        held = [row for row in self.offers().values() if (row.person_id, row.shop_id) == (person, shop)]
        return min(held, key=lambda row: anchor_of(row.id), default=None)

    def percent(self, person: str, shop: int = 1) -> int:
        return int(self.offer(person, shop).percent)

    def dirty(self, shop: int = 1) -> set[str]:
        query = select(tables.dirty.c.key).where(tables.dirty.c.stage == f"offers:{shop}")
        with self.store.read() as connection:
            return set(connection.scalars(query))

    def clean(self) -> None:
        with self.store.write() as connection:
            connection.execute(delete(tables.dirty))
