"""What Shopify declares of a customer: the total, the orders, the tags; and that it hides older orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from regulars_mapping import MOST_ORDERS, RECENT_ORDERS, Customer, DeclaredTotal, Kind
from regulars_sandbox import serve
from regulars_shopify import ShopifyConnector
from shopify.conftest import START, Opener, a_customer, a_shop, an_order, gid, raw


def customer(**told: Any) -> Customer:
    found = ShopifyConnector.translate(None, raw(Kind.CUSTOMER, {"id": gid("Customer", 7), **told}))  # type: ignore[arg-type]
    assert isinstance(found, Customer)
    return found


def money(amount: Any, currency: Any = "UAH") -> Any:
    return {"amount": amount, "currencyCode": currency}


def test_the_total_of_a_customer_is_in_minor_units_of_the_shop_s_currency() -> None:
    found = customer(numberOfOrders="12", amountSpent=money("1234.5"))
    assert found.declared == DeclaredTotal(spent=1234_50, orders=12, currency="UAH")
    yen = customer(numberOfOrders=3, amountSpent=money("500.0", "JPY")).declared
    assert yen == DeclaredTotal(spent=500, orders=3, currency="JPY")
    # More was given back than paid; more orders than anybody has.
    odd = customer(numberOfOrders="9" * 20, amountSpent=money("-3.00")).declared
    assert odd == DeclaredTotal(spent=0, orders=MOST_ORDERS, currency="UAH")


@pytest.mark.parametrize(
    "amount", ["", "x", "NaN", "1e99", "Infinity", "1" * 50, 12.5, None, [], "-1e999999"]
)
def test_a_total_that_is_none_keeps_nobody_out(amount: Any) -> None:
    found = customer(numberOfOrders="1", amountSpent=money(amount)).declared
    assert found is None or found.spent == 0
    assert customer(numberOfOrders="1", amountSpent=amount).declared is None
    assert customer(numberOfOrders=amount, amountSpent=money("1.00")).declared is None
    for currency in ("", "XXXX", "uah", "???", None, 5):
        assert customer(numberOfOrders="1", amountSpent=money("1.00", currency)).declared is None


def test_tags_are_kept_as_they_are_written_each_once() -> None:
    assert customer(tags=["VIP", " coffee ", "VIP", "Кава"]).tags == ("VIP", "coffee", "Кава")
    odd = customer(tags=["", " ", "a\0b", "\ud800", 5, None, "t" * 300, *map(str, range(500))]).tags
    assert odd[0] == "t" * 249 + "…"
    assert odd[1:3] == ("0", "1") and len(odd) < 250
    assert customer(tags="VIP").tags == customer(tags=None).tags == customer().tags == ()


def test_without_the_scope_for_all_orders_the_shop_is_known_to_hide_some(opened: Opener) -> None:
    recent = datetime.now(UTC) - timedelta(days=1)
    shop = a_shop(customers=(a_customer(1),), orders=(an_order(2, recent), an_order(3, START)))
    every = frozenset(
        {"read_customers", "read_orders", "read_products", "write_customers", "write_discounts"}
    )
    shop.add_token("shpat_recent", scopes=every)
    shop.add_token("shpat_all", scopes=every | {"read_all_orders"})
    with serve(shop) as server:
        seen = {
            name: opened.connector(server.url, credentials={"access_token": SecretStr(name)}).check()
            for name in ("shpat_recent", "shpat_all")
        }
    assert seen["shpat_recent"].usable and seen["shpat_all"].usable
    assert seen["shpat_recent"].capabilities == {RECENT_ORDERS}
    assert seen["shpat_all"].capabilities == frozenset()
