"""What is told of an order beside the canonical model: what it lacks as yet, and what its buyer saw."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import Kind
from regulars_shopify import ShopifyConnector
from shopify.conftest import START, Opener, bag
from shopify.shopify_payloads import an_order

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def test_an_order_owes_its_visits_until_they_are_attributed(opened: Opener) -> None:
    connector = opened.connector()
    owing = an_order(customerJourneySummary={"ready": False}, createdAt="2026-03-01T12:00:00Z")
    assert connector.incomplete_since(Kind.ORDER, owing) == START
    assert connector.incomplete_since(Kind.ORDER, {**owing, "createdAt": None}) is None
    for journey in (None, {"ready": True}, {}, {"ready": "false"}, []):
        assert connector.incomplete_since(Kind.ORDER, {**owing, "customerJourneySummary": journey}) is None
    assert connector.incomplete_since(Kind.PRODUCT, owing) is None


def test_what_the_buyer_saw_is_told_where_it_is_another_currency() -> None:
    order = an_order(totalPriceSet=bag("12.50"))
    assert ShopifyConnector.paid_in(order) == (25_00, "USD")
    own = {"shopMoney": bag("1")["shopMoney"], "presentmentMoney": bag("1")["shopMoney"]}
    assert ShopifyConnector.paid_in({**order, "totalPriceSet": own}) is None


@pytest.mark.parametrize("amount", ["NaN", "9" * 41, "1e30", 12, None])
def test_an_amount_that_is_none_is_not_told(amount: Any) -> None:
    total = bag("1")
    total["presentmentMoney"]["amount"] = amount
    assert ShopifyConnector.paid_in({"totalPriceSet": total}) is None


@given(junk=JUNK, place=st.sampled_from(["totalPriceSet", "customerJourneySummary", "createdAt"]))
def test_whatever_stands_there_an_amount_and_a_moment_are_told_or_nothing_is(junk: Any, place: str) -> None:
    payload = {"totalPriceSet": bag("1"), "customerJourneySummary": {"ready": False}, place: junk}
    paid = ShopifyConnector.paid_in(payload)
    assert paid is None or (isinstance(paid[0], int), len(paid[1])) == (True, 3)
    with Opener.within() as opened:
        since = opened.connector().incomplete_since(Kind.ORDER, payload)
    assert since is None or since.tzinfo is not None
