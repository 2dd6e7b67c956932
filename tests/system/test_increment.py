"""After the backfill: what a sync sees, what only a verify sees, and that the books balance afterwards."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from command_line import CommandLine, Meddled, untouched
from regulars_sandbox import (
    Faults,
    OrderStatus,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    WooCommerceShop,
)
from regulars_store import open_store, tables
from system.conftest import Served

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
COFFEE = 501
TIERS = """
key = "regulars"
title = "Our regulars"
currency = "UAH"
tiers = [
    { threshold = "1000.00", percent = "5", level = "Silver" },
    { threshold = "3000.00", percent = "7", level = "Gold" },
]
"""


def an_order(number: int, customer: int | None = None) -> ShopOrder:
    moment = START + timedelta(days=number)
    email = f"person{customer}@example.com" if customer else f"guest{number}@example.com"
    return ShopOrder(
        id=number,
        status=OrderStatus.COMPLETED,
        created=moment,
        modified=moment,
        billing=ShopAddress(first_name="Olena", last_name="Bondar", email=email, city="Lviv"),
        lines=(ShopLine("Coffee", 1, 50_000, 50_000, product_id=COFFEE),),
        customer_id=customer,
        paid=moment,
    )


@pytest.fixture
def shop() -> Meddled:
    customers = tuple(
        ShopCustomer(n, f"person{n}@example.com", START, START, first_name="Olena", last_name="Bondar")
        for n in (1, 2, 3)
    )
    orders = tuple(an_order(n, n if n <= 3 else None) for n in range(1, 9))
    products = (ShopProduct(COFFEE, "Coffee", "C-1", 50_000, START, START),)
    history = ShopHistory("UAH", "Europe/Kyiv", "UA", customers, orders, products)
    return Meddled(WooCommerceShop.of(history), untouched)


class Base:
    """A workspace that has been backfilled, and its rows."""

    def __init__(self, line: CommandLine, server: RunningServer) -> None:
        self.line = line
        self.server = server

    def synced(self, command: str = "sync") -> Any:
        return self.line.done(command, "main", "--json").json[0]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        store = open_store(f"sqlite:///{self.line.directory / 'regulars.sqlite3'}")
        try:
            with store.read() as connection:
                yield connection
        finally:
            store.close()

    def row(self, table: Any, number: int) -> Any:
        with self.read() as connection:
            return (
                connection.execute(select(table).where(table.c.external_id == str(number))).mappings().one()
            )


@pytest.fixture
def base(regulars: CommandLine, served: Served, shop: Meddled) -> Base:
    server = served(shop)
    regulars.connected(server)
    regulars.done("backfill")
    return Base(regulars, server)


def test_a_sync_with_nothing_new_asks_at_most_twice_a_resource_and_writes_nothing(
    base: Base, shop: Meddled
) -> None:
    base.synced()
    before = base.line.done("digest", "--json").json
    with shop.counted() as asked:
        found = base.synced()
    assert asked
    assert max(Counter(asked).values()) <= 2
    assert all(
        not counts["new"] + counts["changed"] for counts in found["pulled"].values() if "new" in counts
    )
    assert base.line.done("digest", "--json").json == before


def test_a_sync_brings_orders_edits_refunds_and_registrations(base: Base, shop: Meddled) -> None:
    placed = shop.shop.place_order(
        items=[(COFFEE, 2)], billing={"first_name": "Ira", "email": "new@example.com"}
    )
    shop.shop.edit_order(1, status="cancelled")
    refund = shop.shop.refund_order(2, 20_000, reason="broken")
    registered = shop.shop.register("four@example.com")
    with shop.counted() as asked:
        base.synced()
    assert base.row(tables.order, placed)["goods"] == 100_000
    assert base.row(tables.order, 1)["status"] == "cancelled"
    assert base.row(tables.refund, refund)["amount"] == 20_000
    assert base.row(tables.account, registered)["registered"] is True
    assert len(asked) <= 6
    assert base.synced("verify")["complete"] is True


def test_a_verify_finds_what_was_deleted_trashed_and_edited_unseen(base: Base, shop: Meddled) -> None:
    refund = shop.shop.refund_order(2, 20_000)
    base.synced()
    shop.shop.delete_order(4)
    shop.shop.trash_order(5)
    shop.shop.delete_refund(refund)
    shop.shop.delete_customer(3)
    shop.shop.edit_customer(1, first_name="Oksana")
    base.synced()
    found = base.synced("verify")
    assert found["complete"] is True
    assert base.row(tables.order, 4)["gone"] is True
    with base.read() as connection:
        graves = select(tables.tombstone.c.kind, tables.tombstone.c.external_id)
        assert ("order", "4") in connection.execute(graves).all()
    assert base.row(tables.order, 5)["status"] == "trashed"
    assert base.row(tables.refund, refund)["gone"] is True
    assert base.row(tables.account, 3)["gone"] is True
    assert base.row(tables.account, 1)["given_name"] == "Oksana"
    with shop.counted() as asked:
        again = base.synced("verify")
    assert again["complete"] is True
    assert all(line["missing"] + line["vanished"] == 0 for line in again["balances"])
    alone = [resource for resource in asked if "/" in resource.removeprefix("products/reviews")]
    assert not alone, "nothing is asked for one by one again"


def test_what_was_trashed_and_restored_and_what_was_taken_out_of_the_books_comes_back(
    base: Base, shop: Meddled
) -> None:
    shop.shop.trash_order(5)
    base.synced("verify")
    shop.shop.restore_order(5, status="completed")
    base.synced("verify")
    assert base.row(tables.order, 5)["status"] == "completed"


def test_an_interrupted_sync_is_told_by_status_and_the_next_brings_everything(
    base: Base, shop: Meddled
) -> None:
    shop.shop.place_order(items=[(COFFEE, 1)], billing={"email": "late@example.com"})
    base.server.faults = Faults(crash_every=1)
    said = base.line("sync", "main")
    assert said.code == 1
    assert "an error inside the shop; its PHP error log says which" in said.err
    base.server.faults = Faults()
    assert "last sync" in base.line.done("status").out
    assert "incomplete" in base.line.done("status").out
    base.synced()
    assert base.line.done("status", "--json").json["counts"]["order"] == 9


def tier_of(base: Base, email: str) -> tuple[int, int]:
    """Net spend in minor units and percent of the one person with this address."""
    (found,) = base.line.done("person", "find", email, "--json").json
    card = base.line.done("person", "show", found["id"], "--json").json
    return card["facts"][0]["net"], card["offers"][0]["percent"] // 100


def test_facts_and_tier_move_with_the_shop_after_compute(base: Base, shop: Meddled) -> None:
    programme = base.line.scratch / "tiers.toml"
    programme.write_text(TIERS, "utf-8")
    base.line.done("programme", "enable", str(programme))
    base.line.done("compute")
    assert tier_of(base, "person1@example.com") == (50_000, 0)
    billing = {"first_name": "Olena", "last_name": "Bondar", "email": "person1@example.com"}
    big = shop.shop.place_order(items=[(COFFEE, 6)], customer_id=1, billing=billing, status="completed")
    base.synced()
    base.line.done("compute")
    assert tier_of(base, "person1@example.com") == (350_000, 7)
    refund = shop.shop.refund_order(big, 150_000)
    base.synced()
    base.line.done("compute")
    assert tier_of(base, "person1@example.com") == (200_000, 5)
    shop.shop.delete_refund(refund)
    base.synced("verify")
    base.line.done("compute")
    assert tier_of(base, "person1@example.com") == (350_000, 7)
    shop.shop.delete_order(big)
    base.synced("verify")
    base.line.done("compute")
    assert tier_of(base, "person1@example.com") == (50_000, 0)
