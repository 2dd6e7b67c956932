"""An expression in Shopify's own language means the same persons there, as the sandbox reads it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars_mapping import fold_text
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_fields import STANDARD_FIELDS, Field, FieldType
from regulars_marketing._segment_predicate import segment_predicate
from regulars_marketing._segment_shopify import shopify_segment
from regulars_marketing._segment_tree import Node, Value
from regulars_sandbox import ShopifyShop
from segment_world import KYIV, leaves_of, offsets, trees

# The end of a month, after the night in which the clocks went forward.
TODAY = date(2027, 3, 31)
EVALUATION = Evaluation(TODAY, KYIV, "UAH")
DAYS = (-400, -90, -59, -31, -28, -4, -3, -1, 0)
AMOUNTS = ("0", "1", "2", "2.5", "99.99", "100", "200", "300.001")
STATES = ("subscribed", "unsubscribed", "not_subscribed")
WORDS: Mapping[str, Sequence[str]] = {
    "customer_tags": ("VIP", "it's", "київ", "a\\b", "tea cup"),
    "customer_countries": ("UA", "de"),
    "customer_language": ("uk", "en"),
}
Person = tuple[int, dict[str, Any]]


def _values(of: Field) -> st.SearchStrategy[Value]:
    if of.type is FieldType.MOMENT:
        return st.sampled_from([TODAY + timedelta(days=days) for days in DAYS]) | offsets()
    if of.type in {FieldType.MONEY, FieldType.NUMBER}:
        return st.sampled_from([Decimal(text) for text in AMOUNTS])
    return st.sampled_from(of.choices or WORDS[of.name])


def _is_known(node: Node) -> bool:
    return shopify_segment(node, currency="UAH", shop_currency="UAH").query is not None


_FIELDS = [field for field in STANDARD_FIELDS if field.shopify]
TREES = trees(st.sampled_from(_FIELDS).flatmap(lambda of: leaves_of(of, _values(of))).filter(_is_known))


@pytest.fixture(scope="module")
def world() -> tuple[ShopifyShop, list[Person]]:
    """A shop with customers, each with the profile that Regulars would have of them."""
    shop = ShopifyShop(clock=lambda: datetime.combine(TODAY, time(15), tzinfo=KYIV))
    random = Random(7)
    tea = shop.add_product("Tea", 10_000)
    return shop, [_person(shop, tea, at, random) for at in range(25)]


def _person(shop: ShopifyShop, tea: int, at: int, random: Random) -> Person:
    country = random.choice(("UA", "DE", ""))
    address = {"country": country} if country else None
    number = shop.register(f"p{at}@example.com", phone=f"+3806712300{at:02}", address=address)
    state = random.choice(STATES)
    if state != "not_subscribed":
        shop.subscribe(number, subscribed=state == "subscribed")
    row = shop._core.customers.get(number)
    assert row is not None
    row.tags = random.sample(WORDS["customer_tags"], random.randrange(3))
    bought = [_moment(random) for _ in range(random.randrange(4))]
    for moment in bought:
        shop.place_order(items=[(tea, 1)], customer_id=number, processed=moment)
    return number, {
        "spent": 10_000 * len(bought),
        "orders": len(bought),
        "last_order_at": max(bought, default=None),
        "labels": [fold_text(tag) for tag in row.tags] or None,
        "country": fold_text(country) or None,
        "language": "uk",
        "email_subscription": state,
        "sms_subscription": "not_subscribed",
    }


def _moment(random: Random) -> datetime:
    midnight = datetime.combine(TODAY + timedelta(days=random.choice(DAYS)), time(), tzinfo=KYIV)
    return (midnight + random.choice((timedelta(0), timedelta(hours=13)))).astimezone(UTC)


@settings(max_examples=40)
@given(node=TREES)
def test_a_translated_expression_means_the_same_persons(
    node: Node, world: tuple[ShopifyShop, list[Person]]
) -> None:
    shop, people = world
    said = shopify_segment(node, currency="UAH", shop_currency="UAH")
    if (query := said.query) is None:
        assert "at most 10" in said.reasons[0]
        return
    predicate = segment_predicate(node, EVALUATION)
    segment = shop.add_segment("x", query)
    try:
        members = set(shop._segments.members(segment))
    finally:
        shop.delete_segment(segment)
    assert members == {number for number, profile in people if predicate(profile)}, query
