"""What a real shop does with coupons, each of its traps a test.

Held elsewhere (test_woo_push): a coupon reads back equal to its document, an expiry can be taken away, a
taken code asks for a look, a hundred are one request, an answer that says nothing or never comes, 201 with
nothing stored, an address that the shop drops, use counted by the shop's word only; what the shop itself does
(tests/sandbox/test_woocommerce_double, the replay of recordings); twins of a race (tests/agent/test_strays).
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from command_line import with_body
from regulars_connectors import (
    AccountOffer,
    Found,
    Operation,
    Outcome,
    PushResult,
    Target,
    TargetDocument,
    Verb,
)
from regulars_mapping import Kind, Order
from regulars_sandbox import Request, Response, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._documents import found_coupon
from woocommerce.conftest import Opener, Watched, a_customer, a_product, a_shop, records_of

UNTIL = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
LONGEST_CODE = "c" * 300


def offer(number: int = 1, **changes: Any) -> AccountOffer:
    values: dict[str, Any] = {
        "account": str(number),
        "registered": True,
        "email": f"Person{number}@Example.com",
        "percent": Decimal("12.5"),
        "level": "Silver",
        "code": f"RG-{number:04d}-K7XQ",
        "sentence": "12.5 % on everything.",
        "next_step": "",
    }
    return AccountOffer(**{**values, **changes})


def coupon_of(connector: WooCommerceConnector, given: AccountOffer) -> TargetDocument:
    (mechanism,) = connector.mechanisms(frozenset())
    return next(one for one in mechanism.documents(given) if one.target.kind == "coupon")


def made(connector: WooCommerceConnector, *offers: AccountOffer) -> list[PushResult]:
    documents = [coupon_of(connector, given) for given in offers]
    return list(
        connector.push(
            [Operation(f"op-{at}", Verb.CREATE, one.target, one.document) for at, one in enumerate(documents)]
        )
    )


def read(connector: WooCommerceConnector, given: AccountOffer) -> Found:
    (found,) = connector.read_back([coupon_of(connector, given).target])
    return found


def numbered(connector: WooCommerceConnector, given: AccountOffer) -> str:
    """The coupon's number in the shop."""
    remote_id = read(connector, given).remote_id
    assert remote_id
    return remote_id


@pytest.fixture
def shop() -> WooCommerceShop:
    return a_shop(customers=(a_customer(1), a_customer(2)), products=(a_product(10),))


@pytest.fixture
def watched(shop: WooCommerceShop) -> Watched:
    return Watched(shop)


@pytest.fixture
def connector(opened: Opener, watched: Watched) -> WooCommerceConnector:
    return opened(watched)


def sent(watched: Watched) -> list[dict[str, Any]]:
    """The coupons that were sent to be created or changed."""
    batches = [json.loads(one.body) for one in watched.seen if one.method == "POST"]
    return [part for batch in batches for name in ("create", "update") for part in batch.get(name, [])]


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York"])
def test_an_expiry_is_sent_as_date_expires_and_ends_at_that_very_moment(opened: Opener, zone: str) -> None:
    watched = Watched(a_shop(zone=zone))
    connector = opened(watched)
    made(connector, offer(valid_until=UNTIL))
    (part,) = sent(watched)
    assert "date_expires_gmt" not in part, "the shop ignores it and the coupon would never end"
    item = connector._client.one("coupons", numbered(connector, offer()))
    assert item is not None
    assert item["date_expires_gmt"] == "2026-10-25T00:30:00", "in the hour that a clock shows twice, too"


def test_an_expiry_is_cleared_by_an_empty_text_since_null_would_leave_it(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    made(connector, offer(valid_until=UNTIL))
    endless = coupon_of(connector, offer())
    connector.push(
        [Operation("op", Verb.UPDATE, endless.target, endless.document, numbered(connector, offer()))]
    )
    assert sent(watched)[-1]["date_expires"] == ""
    assert read(connector, offer()).document == endless.document


@pytest.mark.parametrize("percent", ["12.5", "7", "0.05", "100"])
def test_an_amount_goes_out_with_a_dot_and_two_decimals_and_comes_back_so(
    connector: WooCommerceConnector, watched: Watched, percent: str
) -> None:
    made(connector, offer(percent=Decimal(percent)))
    amount = f"{Decimal(percent):.2f}"
    assert sent(watched)[0]["amount"] == amount, "of 12,5 the shop makes 125"
    document = read(connector, offer()).document
    assert document is not None
    assert document["amount"] == amount


def test_a_value_that_the_shop_stored_otherwise_is_no_success(opened: Opener, shop: WooCommerceShop) -> None:
    def rounded(request: Request, response: Response) -> Response:
        if request.method != "POST":
            return response
        return with_body(response, response.body.replace(b'"12.50"', b'"125.00"'))

    (result,) = made(opened(Watched(shop, rounded)), offer())
    assert result.outcome is Outcome.REFUSED
    assert "amount" in result.reason


def test_addresses_and_codes_come_back_small_and_are_compared_so(connector: WooCommerceConnector) -> None:
    (result,) = made(connector, offer())
    assert result.outcome is Outcome.DONE
    document = read(connector, offer()).document
    assert document is not None
    assert (document["code"], document["email_restrictions"]) == ("rg-0001-k7xq", ["person1@example.com"])


def test_a_list_of_addresses_from_which_the_shop_dropped_one_is_an_object_and_read_all_the_same(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    body = {"code": "vip", "amount": "5", "email_restrictions": ["nobody", "ann@example.com"]}
    item = connector._client.write("POST", "coupons", body)
    assert item["email_restrictions"] == {"1": "ann@example.com"}
    document = found_coupon(item).document
    assert document is not None
    assert document["email_restrictions"] == ["ann@example.com"]


def test_a_coupon_that_somebody_made_a_draft_is_not_there_for_a_shopper_nor_for_us(
    connector: WooCommerceConnector,
) -> None:
    made(connector, offer())
    connector._client.write("PUT", f"coupons/{numbered(connector, offer())}", {"status": "draft"})
    assert read(connector, offer()).document is None
    assert list(connector.marked("coupon")) == []
    assert [one.outcome for one in made(connector, offer())] == [Outcome.DONE], "its code is free again"


def test_a_coupon_edited_by_hand_is_seen_though_its_date_does_not_move(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    made(connector, offer())
    number = numbered(connector, offer())
    before = connector._client.one("coupons", number)
    changes = {"amount": "50", "email_restrictions": ["friend@example.com"], "usage_limit": 3}
    after = connector._client.write("PUT", f"coupons/{number}", changes)
    assert before is not None
    assert after["date_modified_gmt"] == before["date_modified_gmt"]
    document = read(connector, offer()).document
    assert document is not None
    assert (document["amount"], document["usage_limit"]) == ("50.00", 3)
    assert document["email_restrictions"] == ["friend@example.com"]
    assert not [one for one in watched.asked("coupons") if "modified_after" in one]


def test_one_code_a_look_since_a_list_of_codes_finds_none(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    made(connector, offer(1), offer(2))
    targets = [coupon_of(connector, offer(number)).target for number in (1, 2)]
    assert [found.document is not None for found in connector.read_back(targets)] == [True, True]
    assert connector._client.listing("coupons", {"code": ",".join(one.key for one in targets)}).items == []
    asked = [one["code"] for one in watched.asked("coupons") if "code" in one]
    assert not [code for code in asked[:-1] if "," in code]


def test_what_fits_no_batch_is_refused_before_it_is_sent(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    one = coupon_of(connector, offer())
    with pytest.raises(Exception, match="100 writes a batch"):
        connector.push([Operation(f"op-{n}", Verb.CREATE, one.target, one.document) for n in range(101)])
    assert not [request for request in watched.seen if request.method == "POST"], "a 413 for all of them"


def test_errors_of_a_batch_stand_where_their_elements_stood_under_a_200(
    connector: WooCommerceConnector,
) -> None:
    made(connector, offer(2))
    results = made(connector, offer(1), offer(2), offer(3, email="person3@example.com"))
    assert [result.outcome for result in results] == [Outcome.DONE, Outcome.EXISTS, Outcome.DONE]


def test_after_a_lost_answer_every_code_is_taken_and_a_look_finds_ours(
    connector: WooCommerceConnector,
) -> None:
    made(connector, offer(1), offer(2))
    again = made(connector, offer(1), offer(2))
    assert [result.outcome for result in again] == [Outcome.EXISTS, Outcome.EXISTS]
    assert [read(connector, offer(number)).ours for number in (1, 2)] == [True, True]


def test_an_update_of_a_coupon_that_went_meanwhile_is_refused_and_not_made_anew(
    connector: WooCommerceConnector,
) -> None:
    made(connector, offer())
    number = numbered(connector, offer())
    connector._client.write("DELETE", f"coupons/{number}", None, {"force": "true"})
    changed = coupon_of(connector, replace(offer(), percent=Decimal(5)))
    (result,) = connector.push([Operation("op", Verb.UPDATE, changed.target, changed.document, number)])
    assert result.outcome is Outcome.REFUSED
    assert read(connector, offer()).document is None


def test_the_code_in_an_order_is_the_one_that_was_given(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    made(connector, offer())
    number = shop.place_order(
        items=[(10, 1)], customer_id=1, billing={"email": "PERSON1@example.com"}, coupon_codes=[offer().code]
    )
    order = connector.translate(records_of(connector, Kind.ORDER, number)[0])
    assert isinstance(order, Order)
    assert order.coupon_codes == (coupon_of(connector, offer()).target.key,)
    assert order.discount == 125
    found = read(connector, offer())
    assert found.used is True


def test_a_code_of_three_hundred_letters_costs_the_shop_no_order(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    connector._client.write("POST", "coupons", {"code": LONGEST_CODE, "amount": "1"})
    number = shop.place_order(items=[(10, 1)], coupon_codes=[LONGEST_CODE])
    order = connector.translate(records_of(connector, Kind.ORDER, number)[0])
    assert isinstance(order, Order)
    assert order.coupon_codes == (LONGEST_CODE,)


def test_an_entity_in_a_code_is_resolved(connector: WooCommerceConnector, shop: WooCommerceShop) -> None:
    connector._client.write("POST", "coupons", {"code": "Tea & Coffee", "amount": "1"})
    number = shop.place_order(items=[(10, 1)], coupon_codes=["tea &amp; coffee"])
    order = connector.translate(records_of(connector, Kind.ORDER, number)[0])
    assert isinstance(order, Order)
    assert order.coupon_codes == ("tea & coffee",)


def test_a_coupon_of_a_stranger_with_our_code_is_not_ours(connector: WooCommerceConnector) -> None:
    connector._client.write("POST", "coupons", {"code": offer().code, "amount": "50"})
    assert read(connector, offer()).ours is False
    target = Target("coupon", offer().code.lower())
    (result,) = connector.push([Operation("op", Verb.DELETE, target, None)])
    assert result.outcome is Outcome.REFUSED
