"""Segments of the Shopify double: a language that is read or refused, members that lag, unique names."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars_sandbox import Message, SegmentConduct

ANN = "gid://shopify/Customer/1"
DEFINITION = {"ownerType": "CUSTOMER", "namespace": "regulars", "key": "level", "name": "Level"}


@pytest.fixture
def people(shopify: Any) -> dict[str, int]:
    """Ann bought for 300 until ten days ago, bo once today, cy never; ann is a VIP, bo said no to letters."""
    shop, at = shopify.shop, shopify.clock.now
    bo = shop.register("bo@example.com", phone="+380671112233", address={"country": "DE"})
    cy = shop.register("cy@example.com", accepts_marketing=True)
    shop.edit_customer(1, address={"country": "UA"})
    shop.add_address(1, {"country": "PL"})
    shop.place_order(items=[(2, 1)], customer_id=1, processed=at - timedelta(days=40))
    shop.place_order(items=[(2, 2)], customer_id=1, processed=at - timedelta(days=10))
    shop.place_order(items=[(2, 1)], customer_id=bo)
    shop.subscribe(bo, subscribed=False)
    shopify.data("tags_add", id=ANN, tags=["VIP", "it's"])
    return {"ann": 1, "bo": bo, "cy": cy}


def _meant(shopify: Any, people: dict[str, int], query: str, **more: Any) -> str:
    """The first letters of who is meant by a query."""
    told = shopify.data("segment_members_by_query", query=query, first=1_000, **more)
    found = told["customerSegmentMembers"]
    ids = [edge["node"]["id"] for edge in found["edges"]]
    assert found["totalCount"] == len(ids)
    names = {f"gid://shopify/CustomerSegmentMember/{number}": name for name, number in people.items()}
    return "".join(names[each][0] for each in ids)


def _segment(shopify: Any, query: str, name: str = "x") -> str:
    made = shopify.data("segment_create", name=name, query=query)["segmentCreate"]
    assert made["userErrors"] == []
    return str(made["segment"]["id"])


def _members(shopify: Any, segment: str) -> list[str]:
    told = shopify.data("segment_members", segmentId=segment)["customerSegmentMembers"]
    return [edge["node"]["defaultEmailAddress"]["emailAddress"] for edge in told["edges"]]


def _is_member(shopify: Any, segment: str, customer: str = ANN) -> bool:
    told = shopify.data("segment_membership", customerId=customer, segmentIds=[segment])
    (membership,) = told["customerSegmentMembership"]["memberships"]
    assert membership["segmentId"] == segment
    return bool(membership["isMember"])


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("customer_tags CONTAINS 'vip'", "a"),
        ("customer_tags CONTAINS 'it\\'s'", "a"),
        ("customer_tags NOT CONTAINS 'Vip'", "bc"),
        ("customer_tags IS NULL", "bc"),
        ("email_subscription_status = 'SUBSCRIBED'", "c"),
        ("email_subscription_status != 'SUBSCRIBED'", "ab"),
        ("amount_spent >= 300", "a"),
        ("amount_spent = 100.00", "b"),
        ("amount_spent BETWEEN 0 AND 100", "bc"),
        ("number_of_orders > 0", "ab"),
        ("last_order_date < -9d", "a"),
        ("last_order_date < -10d", ""),
        ("last_order_date = today", "b"),
        ("last_order_date >= 7_days_ago", "b"),
        ("last_order_date != today", "ac"),
        ("last_order_date IS NOT NULL", "ab"),
        ("last_order_date BETWEEN 2026-11-01 AND yesterday", "a"),
        ("first_order_date <= -1m", "a"),
        ("customer_countries CONTAINS 'PL'", "a"),
        ("customer_countries IS NULL", "c"),
        ("customer_language = 'uk'", "abc"),
        ("customer_language = 'UK'", ""),
        ("number_of_orders = 0 OR number_of_orders = 1 AND amount_spent > 500", "c"),
        ("(number_of_orders = 0 OR number_of_orders = 1) AND amount_spent < 500", "bc"),
        ("number_of_orders = 0 or ((customer_tags contains 'VIP'))", "ac"),
    ],
)
def test_a_query_means_whom_its_words_say(shopify: Any, people: dict[str, int], query: str, who: str) -> None:
    assert _meant(shopify, people, query) == who


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (" ", "blank"),
        ("x" * 5_001, "too long"),
        ("everybody", "'everybody' filter cannot be found"),
        ("shoe_size = 41", "'shoe_size' filter cannot be found"),
        ("number_of_orders", "Expected an operator"),
        ("number_of_orders CONTAINS 3", "can't be compared by CONTAINS"),
        ("number_of_orders > 'many'", "'many' is no value"),
        ("number_of_orders > 1 AND", "Expected an attribute"),
        ("number_of_orders > 1 number_of_orders < 5", "Unexpected 'number_of_orders'"),
        ("NOT number_of_orders > 1", "before 'NOT'"),
        ("(number_of_orders > 1", "Expected )"),
        ("(" * 60 + "number_of_orders > 1" + ")" * 60, "Too many parentheses"),
        ("last_order_date > 2026-13-01", "is no value"),
        ("last_order_date > 20261101", "is no value"),
        ("last_order_date IS MISSING", "Expected NULL"),
        ("customer_tags CONTAINS vip", "'vip' is no value"),
        ("customer_tags CONTAINS 'vip", "Unexpected ''vip'"),
        ("customer_tags ~ 'vip'", "Unexpected '~ 'vip''"),
        ("email_subscription_status = 'subscribed'", "'subscribed' is no value"),
        ("customer_countries CONTAINS 'ua'", "'ua' is no value"),
        ("number_of_orders > 2.5", "'2.5' is no value"),
        ("number_of_orders < 9223372036854775808", "is no value"),
        ("last_order_date > 8_days_ago", "'8_days_ago' is no value"),
        (" OR ".join(["number_of_orders = 1"] * 11), "Too many clauses"),
        ("number_of_orders BETWEEN 1 OR 5", "Expected AND before 'OR'"),
        ("metafields.regulars.level = 'Gold'", "'metafields.regulars.level' filter cannot be found"),
    ],
)
def test_a_query_that_cannot_be_read_makes_no_segment_and_means_nobody(
    shopify: Any, query: str, reason: str
) -> None:
    made = shopify.data("segment_create", name="x", query=query)["segmentCreate"]
    assert made["segment"] is None
    assert (made["userErrors"][0]["field"], reason in made["userErrors"][0]["message"]) == (["query"], True)
    answer = shopify("segment_members_by_query", query=query, first=10)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert shopify.data("segments_list")["segments"]["nodes"] == []


_WORDS = (
    *("number_of_orders", "amount_spent", "last_order_date", "customer_tags", "rfm_group", "metafields.a.b"),
    *("=", "!=", ">=", "<", "(", ")", ",", "AND", "OR", "NOT", "CONTAINS", "BETWEEN", "IS", "NULL", "IN"),
    *("1", "-1", "2.5", "٣", "'x'", "'", "\\", "-90d", "+9999y", "-9999m", "today", "2026-02-30", "20261101"),
    *("\0", "\ud800", "1e9", "--", "true", "'gid://shopify/Customer/1'"),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join) | st.text(max_size=40))
def test_whatever_is_written_is_read_refused_or_not_modelled(shopify: Any, query: str) -> None:
    answer = shopify("segment_create", name="x", query=query)
    if "errors" in answer:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]
        return
    made = answer["data"]["segmentCreate"]
    if made["userErrors"]:
        assert (made["segment"], made["userErrors"][0]["field"]) == (None, ["query"])
        return
    assert _is_member(shopify, made["segment"]["id"]) in {True, False}
    shopify.data("segment_delete", id=made["segment"]["id"])


def test_what_the_language_has_and_the_double_does_not_is_said(shopify: Any) -> None:
    for query in (
        "rfm_group = 'LOYAL'",
        "shopify_email.opened MATCHES ()",
        "last_order_date > 2026-11-01T16:00:00",
    ):
        answer = shopify("segment_create", name="x", query=query)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_MODELLED"


@pytest.mark.parametrize(
    ("kind", "value", "query", "found"),
    [
        ("single_line_text_field", "Gold", "= 'Gold'", True),
        ("single_line_text_field", "Gold", "= 'gold'", False),
        ("single_line_text_field", "Gold", "!= 'Gold'", False),
        ("single_line_text_field", None, "!= 'Gold'", True),
        ("number_integer", "7", "BETWEEN 5 AND 10", True),
        ("number_decimal", "7.5", "> 7.5", False),
        ("number_decimal", None, "< 7.5", False),
        ("boolean", "true", "= true", True),
        ("date", "2026-11-20", "> -3d", True),
        ("date_time", "2026-11-21T23:00:00+00:00", "= today", True),
        ("date", None, "IS NULL", True),
    ],
)
def test_a_metafield_with_a_definition_is_a_filter(
    shopify: Any, kind: str, value: str | None, query: str, found: bool
) -> None:
    shopify.data("metafield_definition_create", definition=DEFINITION | {"type": kind})
    if value is not None:
        field = {"ownerId": ANN, "namespace": "regulars", "key": "level", "value": value}
        assert shopify.data("metafields_set", metafields=[field])["metafieldsSet"]["userErrors"] == []
    segment = _segment(shopify, f"metafields.regulars.level {query}")
    assert _is_member(shopify, segment) == found


def test_metafields_are_no_filter_where_the_switch_or_their_type_says_so(shopify: Any) -> None:
    shopify.data("metafield_definition_create", definition=DEFINITION | {"type": "json"})
    query = "metafields.regulars.level IS NULL"
    assert shopify.data("segment_create", name="x", query=query)["segmentCreate"]["userErrors"]
    shopify.data("metafield_definition_create", definition=DEFINITION | {"type": "boolean", "key": "plain"})
    shopify.shop.segments = SegmentConduct(metafields=False)
    query = "metafields.regulars.plain IS NULL"
    assert shopify.data("segment_create", name="x", query=query)["segmentCreate"]["userErrors"]


def test_a_day_is_one_of_the_shops_zone_and_of_the_asked_one_in_a_query(
    shopify: Any, people: dict[str, int]
) -> None:
    # 05:30 in Kyiv, 19:30 the day before in Honolulu, where bo's order is of yesterday as seen from Kyiv.
    assert _meant(shopify, people, "last_order_date = 2026-11-21", timezone="Pacific/Honolulu") == "b"
    assert _members(shopify, _segment(shopify, "last_order_date = 2026-11-22")) == ["bo@example.com"]
    wrong = shopify("segment_members_by_query", query="number_of_orders = 1", first=1, timezone="Nowhere")
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("today", "day", "query"),
    [
        ("2028-03-31", "2028-02-29", "-1m"),
        ("2027-03-31", "2027-02-28", "-1m"),
        ("2028-02-29", "2027-02-28", "12_months_ago"),
        ("2028-02-29", "2027-02-28", "-1y"),
        ("2028-02-29", "2028-01-29", "-1m"),
        ("2028-02-29", "2028-02-15", "-2w"),
    ],
)
def test_a_month_that_is_too_short_stands_with_its_last_day(
    shopify: Any, today: str, day: str, query: str
) -> None:
    shopify.clock.now = datetime.fromisoformat(f"{today}T12:00:00+00:00")
    bought = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    shopify.shop.place_order(items=[(2, 1)], customer_id=1, processed=bought)
    assert _members(shopify, _segment(shopify, f"last_order_date = {query}")) == ["ann@example.com"]


def test_names_are_unique_and_a_refused_change_changes_nothing(shopify: Any) -> None:
    first = _segment(shopify, "number_of_orders > 1", "Tea")
    _segment(shopify, "number_of_orders > 2", "Coffee")
    for name in ("TEA", " ", "x" * 256):
        made = shopify.data("segment_create", name=name, query="number_of_orders > 1")["segmentCreate"]
        assert (made["segment"], made["userErrors"][0]["field"]) == (None, ["name"])
    for change in ({"name": "coffee"}, {"name": "New", "query": "nonsense"}):
        assert shopify.data("segment_update", id=first, **change)["segmentUpdate"]["userErrors"]
    shopify.tick(60)
    changed = shopify.data("segment_update", id=first, name="tea", query="number_of_orders > 5")
    assert changed["segmentUpdate"]["segment"] == {
        "id": first,
        "name": "tea",
        "query": "number_of_orders > 5",
    }
    told = shopify.data("segment_by_id", id=first)["segment"]
    assert (told["creationDate"], told["lastEditDate"]) == ("2026-11-22T03:30:01Z", "2026-11-22T03:31:01Z")
    assert shopify.data("segment_delete", id=first)["segmentDelete"]["deletedSegmentId"] == first
    assert shopify.data("segment_delete", id=first)["segmentDelete"]["userErrors"][0]["field"] == ["id"]
    assert shopify.data("segment_by_id", id=first)["segment"] is None
    nodes = shopify.data("segments_list", query="name:coffee")["segments"]["nodes"]
    assert [node["name"] for node in nodes] == ["Coffee"]


def test_staff_may_change_and_delete_what_an_app_made(shopify: Any) -> None:
    segment = _segment(shopify, "number_of_orders > 1")
    number = int(segment.rpartition("/")[2])
    shopify.shop.edit_segment(number, name="Mine", query="number_of_orders = 0")
    assert shopify.data("segments_list")["segments"]["nodes"][0]["query"] == "number_of_orders = 0"
    assert _is_member(shopify, segment)
    shopify.shop.delete_segment(number)
    answer = shopify("segment_members", segmentId=segment)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_MODELLED"


def test_whoever_comes_to_match_joins_at_once_or_when_the_lag_is_over(shopify: Any) -> None:
    segment = _segment(shopify, "customer_tags CONTAINS 'vip'")
    assert not _is_member(shopify, segment)
    shopify.data("tags_add", id=ANN, tags=["vip"])
    assert _is_member(shopify, segment)
    shopify.shop.segments = SegmentConduct(lag_seconds=60)
    shopify.data("tags_remove", id=ANN, tags=["vip"])
    shopify.tick(59)
    assert _is_member(shopify, segment)
    shopify.tick()
    assert not _is_member(shopify, segment)
    shopify.shop.segments = SegmentConduct(lag_looks=2)
    shopify.data("tags_add", id=ANN, tags=["vip"])
    assert [_is_member(shopify, segment) for _ in range(3)] == [False, False, True]


def test_what_was_taken_back_within_the_lag_was_never_seen(shopify: Any) -> None:
    shopify.shop.segments = SegmentConduct(lag_seconds=60)
    segment = _segment(shopify, "customer_tags CONTAINS 'vip'")
    shopify.data("tags_add", id=ANN, tags=["vip"])
    shopify.tick(30)
    shopify.data("tags_remove", id=ANN, tags=["vip"])
    shopify.tick(3_600)
    assert not _is_member(shopify, segment)


def test_the_calendar_alone_moves_members(shopify: Any, people: dict[str, int]) -> None:
    segment = _segment(shopify, "last_order_date <= -1d")
    assert _members(shopify, segment) == ["ann@example.com"]
    shopify.tick(86_400)
    assert _members(shopify, segment) == ["ann@example.com", "bo@example.com"]


def test_joining_and_leaving_is_told_and_a_new_query_in_silence(shopify: Any) -> None:
    shopify.shop.add_token("signed", secret="hush")
    hook = {"uri": "https://app.example.com/hook"}
    for topic in ("CUSTOMER_JOINED_SEGMENT", "CUSTOMER_LEFT_SEGMENT", "SEGMENTS_CREATE"):
        shopify("webhook_create", token="signed", topic=topic, sub=hook)
    segment = _segment(shopify, "number_of_orders = 0")
    shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    shopify.data("tags_add", id=ANN, tags=["vip"])
    shopify.data("segment_update", id=segment, query="customer_tags CONTAINS 'vip'")
    other = shopify.shop.register("bo@example.com")
    shopify.data("tags_add", id=shopify.node("Customer", other), tags=["vip"])
    shopify.shop.delete_customer(other)
    sent = list[Message]()
    shopify.shop.deliver_webhooks(lambda message: sent.append(message) or 200)
    told = [(message.headers["X-Shopify-Topic"], json.loads(message.body)) for message in sent]
    assert [topic for topic, _ in told] == [
        "segments/create",
        "customer.left_segment",
        "customer.joined_segment",
        "customer.left_segment",
    ]
    assert told[1][1]["customerId"] == ANN
    assert told[1][1]["segmentId"] == segment


def test_a_member_is_no_customer_and_may_have_a_number_of_its_own(shopify: Any) -> None:
    segment = _segment(shopify, "number_of_orders = 0")

    def member() -> str:
        told = shopify.data("segment_members", segmentId=segment)["customerSegmentMembers"]
        return str(told["edges"][0]["node"]["id"])

    assert member() == "gid://shopify/CustomerSegmentMember/1"
    shopify.shop.segments = SegmentConduct(own_numbers=False)
    assert member() not in {ANN, "gid://shopify/CustomerSegmentMember/1"}
    assert _is_member(shopify, segment)


def test_members_come_by_pages_of_up_to_a_thousand(shopify: Any) -> None:
    for at in range(300):
        shopify.shop.register(f"p{at}@example.com")
    segment = _segment(shopify, "number_of_orders = 0")
    first = shopify.data("segment_members", segmentId=segment)["customerSegmentMembers"]
    assert (first["totalCount"], len(first["edges"])) == (301, 250)
    cursor = first["pageInfo"]["endCursor"]
    rest = shopify.data("segment_members", segmentId=segment, after=cursor)["customerSegmentMembers"]
    assert len({edge["node"]["id"] for edge in first["edges"] + rest["edges"]}) == 301
    newest = shopify.data(
        "segment_members_by_query",
        query="number_of_orders = 0",
        first=1_000,
        sortKey="created_at",
        reverse=True,
    )["customerSegmentMembers"]
    assert newest["edges"][-1]["node"]["displayName"] == "Ann Lee"
    much = shopify("segment_members_by_query", query="number_of_orders = 0", first=1_001)
    assert much["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("name", "variables", "scope"),
    [
        ("segment_create", {"name": "x", "query": "number_of_orders = 0"}, "write_customers"),
        ("segments_list", {}, "read_customers"),
        ("segment_membership", {"customerId": ANN, "segmentIds": []}, "read_customers"),
        ("segment_members_by_query", {"query": "number_of_orders = 0", "first": 1}, "read_customers"),
    ],
)
def test_each_needs_its_scope(shopify: Any, name: str, variables: dict[str, Any], scope: str) -> None:
    shopify.shop.add_token("poor", scopes=frozenset({"read_orders"}))
    error = shopify(name, token="poor", **variables)["errors"][0]
    assert (error["extensions"]["code"], scope in error["message"]) == ("ACCESS_DENIED", True)
