"""Writing offers to a shop: exact percentages, bound to the customer, nothing written twice."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

from regulars_connectors import (
    AccountOffer,
    Operation,
    Outcome,
    PushResult,
    Target,
    TargetDocument,
    Verb,
)
from regulars_mapping import Customer, Kind, Order, PermanentError, RetryError
from regulars_sandbox import Faults
from regulars_shopify import ShopifyConnector
from regulars_shopify._documents import found_coupon
from shopify.conftest import API, Opener, a_customer, a_product, a_shop, answer, gid, listing, offer, refused

UNTIL = datetime(2027, 1, 31, 21, 59, 59, tzinfo=UTC)


def documents(
    connector: ShopifyConnector, *offers: AccountOffer, kind: str = "coupon"
) -> list[TargetDocument]:
    (mechanism,) = connector.mechanisms(frozenset())
    return [one for given in offers for one in mechanism.documents(given) if one.target.kind == kind]


def operations(found: Sequence[TargetDocument], verb: Verb = Verb.CREATE) -> list[Operation]:
    return [
        Operation(f"op-{at}", verb, one.target, None if verb is Verb.DELETE else one.document)
        for at, one in enumerate(found)
    ]


def outcomes(results: Sequence[PushResult]) -> list[Outcome]:
    return [result.outcome for result in results]


def discount(document: Mapping[str, Any], number: int = 77, **changes: Any) -> dict[str, Any]:
    """A discount of the shop that reads as ``document``."""
    kept = document["combines_with"]
    values = {
        "__typename": "DiscountCodeBasic",
        "title": document["title"],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": document["ends_at"] or None,
        "usageLimit": None,
        "appliesOncePerCustomer": False,
        "tags": ["regulars"],
        "asyncUsageCount": 0,
        "codes": {"nodes": [{"code": document["code"]}]},
        "combinesWith": {f"{name}Discounts": name in kept for name in ("order", "product", "shipping")},
        "context": {
            "__typename": "DiscountCustomers",
            "customers": [{"id": gid("Customer", int(one))} for one in document["customers"]],
        },
        "customerGets": {
            "value": {"percentage": float(Decimal(document["percent"]) / 100)},
            "items": {"allItems": True},
        },
        "minimumRequirement": None,
    }
    return {"id": gid("DiscountCodeNode", number), "discount": values | changes}


def written(node: Any = None, *errors: Mapping[str, Any]) -> dict[str, Any]:
    return answer({"result": {"node": node, "userErrors": list(errors)}})


def sent(api: responses.RequestsMock, at: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(api.calls[at].request.body or b"{}")
    return found


def test_a_code_is_for_one_customer_for_everything_and_as_often_as_they_like(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector(combines_with="shipping")
    (wanted,) = documents(connector, offer(7, valid_until=UNTIL))
    api.post(API, json=written(discount(wanted.document)))
    (result,) = connector.push(operations([wanted]))
    assert (result.outcome, result.remote_id) == (Outcome.DONE, "77")
    assert sent(api)["variables"]["input"] == {
        "title": "Personal discount, kept by Regulars",
        "code": "RG-0007-K7XQ",
        "tags": ["regulars"],
        "startsAt": "2020-01-01T00:00:00Z",
        "endsAt": "2027-01-31T21:59:59Z",
        "usageLimit": None,
        "appliesOncePerCustomer": False,
        "combinesWith": {"orderDiscounts": False, "productDiscounts": False, "shippingDiscounts": True},
        "customerGets": {"value": {"percentage": 0.0725}, "items": {"all": True}},
        "context": {"customers": {"add": [gid("Customer", 7)]}},
    }


def test_a_code_for_one_order_is_limited_in_all_and_a_customer(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer(orders=1))
    api.post(API, json=written(discount(wanted.document, usageLimit=1, appliesOncePerCustomer=True)))
    assert outcomes(connector.push(operations([wanted]))) == [Outcome.DONE]
    given = sent(api)["variables"]["input"]
    assert (given["usageLimit"], given["appliesOncePerCustomer"]) == (1, True)


@pytest.mark.parametrize(
    ("removed", "reads"),
    [
        ({"usageLimit": None}, {"usage_limit": 0}),
        ({"usageLimit": 9}, {"usage_limit": 9}),
        ({"appliesOncePerCustomer": False}, {"once_per_customer": False}),
    ],
)
def test_a_limit_that_somebody_took_off_reads_as_a_difference(
    opened: Opener, removed: dict[str, Any], reads: dict[str, Any]
) -> None:
    connector = opened(a_shop(customers=(a_customer(1),)))
    (wanted,) = documents(connector, offer(orders=1))
    (result,) = connector.push(operations([wanted]))
    number = gid("DiscountCodeNode", int(result.remote_id or 0))
    connector._client.write("discount_update", {"id": number, "input": removed})
    (found,) = connector.read_back([wanted.target])
    assert (found.document, found.ours) == ({**wanted.document, **reads}, True)
    connector.push(operations([wanted], Verb.UPDATE))
    assert connector.read_back([wanted.target])[0].document == wanted.document


def test_every_percentage_with_two_decimals_comes_back_exactly(opened: Opener) -> None:
    connector = opened.connector()
    for hundredths in range(1, 10_001):
        percent = Decimal(hundredths) / 100
        (wanted,) = documents(connector, offer(percent=percent))
        assert wanted.document["percent"] == f"{percent:.2f}"
        node = json.loads(json.dumps(discount(wanted.document)))
        assert found_coupon(node).document == wanted.document


@pytest.mark.parametrize("code", ["TAKEN", "DUPLICATE"])
def test_a_taken_code_is_to_be_looked_up(opened: Opener, api: responses.RequestsMock, code: str) -> None:
    connector = opened.connector()
    error = {"field": ["code"], "message": "Code must be unique", "code": code}
    api.post(API, json=written(None, error))
    (result,) = connector.push(operations(documents(connector, offer())))
    assert result.outcome is Outcome.EXISTS


def test_a_refusal_is_told_by_its_code_alone(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    api.post(API, json=written(None, {"message": "anna@example.com", "code": "EXCEEDED_MAX"}))
    (result,) = connector.push(operations(documents(connector, offer())))
    assert result.outcome is Outcome.REFUSED
    assert "EXCEEDED_MAX" in result.reason
    assert "anna" not in result.reason


@pytest.mark.parametrize(
    "lost",
    [
        {"body": requests.exceptions.ReadTimeout()},
        {"status": 502},
        {"body": "<html>"},
        {"json": refused("INTERNAL_SERVER_ERROR", path=["result"])},
        {"json": {"data": {"result": None}}},
        {"json": written(None)},
    ],
)
def test_an_answer_that_never_came_is_unknown_and_the_write_not_repeated(
    opened: Opener, api: responses.RequestsMock, lost: dict[str, Any]
) -> None:
    connector = opened.connector()
    wanted = documents(connector, offer(1), offer(2))
    api.post(API, **lost)
    api.post(API, json=written(discount(wanted[1].document)))
    assert outcomes(connector.push(operations(wanted))) == [Outcome.UNKNOWN, Outcome.DONE]
    assert len(api.calls) == 2


def test_a_throttled_write_was_not_carried_out_and_is_sent_again(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    api.post(API, json=refused("THROTTLED"))
    api.post(API, json=written(discount(wanted.document)))
    assert outcomes(connector.push(operations([wanted]))) == [Outcome.DONE]


def test_a_batch_raises_only_where_nothing_was_written(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    wanted = documents(connector, offer(1), offer(2), offer(3))
    api.post(API, status=429)
    with pytest.raises(RetryError):
        connector.push(operations(wanted))
    api.reset()
    api.post(API, json=written(discount(wanted[0].document)))
    api.post(API, status=402, json={})
    results = connector.push(operations(wanted))
    assert outcomes(results) == [Outcome.DONE, Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert "not sent" in results[2].reason


def test_a_value_that_was_stored_otherwise_is_refused(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    api.post(API, json=written(discount({**wanted.document, "percent": "7.00"})))
    (result,) = connector.push(operations([wanted]))
    assert (result.outcome, result.remote_id) == (Outcome.REFUSED, "77")
    assert "percent" in result.reason


def test_a_code_that_would_serve_everybody_is_taken_back(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    open_to_all = discount(wanted.document, context={"__typename": "DiscountBuyerSelectionAll"})
    api.post(API, json=written(open_to_all))
    api.post(API, json=written())
    (result,) = connector.push(operations([wanted]))
    assert result.outcome is Outcome.REFUSED
    assert "taken back" in result.reason
    assert sent(api)["variables"] == {"id": gid("DiscountCodeNode", 77)}


def test_an_update_takes_other_customers_off(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer(7))
    shared = discount({**wanted.document, "customers": ["8", "9"]})
    api.post(API, json=answer({"node": shared}))
    api.post(API, json=written(discount(wanted.document)))
    assert outcomes(connector.push(operations([wanted], Verb.UPDATE))) == [Outcome.DONE]
    changes = sent(api)["variables"]["input"]["context"]["customers"]
    assert changes == {"add": [gid("Customer", 7)], "remove": [gid("Customer", 8), gid("Customer", 9)]}


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_a_strangers_code_is_left_alone(opened: Opener, api: responses.RequestsMock, verb: Verb) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    api.post(API, json=answer({"node": discount(wanted.document, tags=["summer"])}))
    assert outcomes(connector.push(operations([wanted], verb))) == [Outcome.REFUSED]
    assert len(api.calls) == 1


@pytest.mark.parametrize(("verb", "outcome"), [(Verb.UPDATE, Outcome.REFUSED), (Verb.DELETE, Outcome.DONE)])
def test_a_code_that_is_gone_is_deleted_already(
    opened: Opener, api: responses.RequestsMock, verb: Verb, outcome: Outcome
) -> None:
    connector = opened.connector()
    api.post(API, json=answer({"node": None}))
    assert outcomes(connector.push(operations(documents(connector, offer()), verb))) == [outcome]


def test_a_stranger_who_took_the_code_reads_as_such(opened: Opener, api: responses.RequestsMock) -> None:
    strange = {"id": gid("DiscountCodeNode", 5), "discount": {"__typename": "DiscountCodeBxgy"}}
    api.post(API, json=answer({"node": strange}))
    (found,) = opened.connector().read_back([Target("coupon", "SUMMER")])
    assert (found.ours, found.remote_id) == (False, "5")
    assert found.document is not None


def test_a_target_of_an_id_means_that_discount_alone(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    api.post(API, json=answer({"node": discount(wanted.document, asyncUsageCount=3)}))
    other, mine = (replace(wanted.target, remote_id=number) for number in ("76", "77"))
    found = connector.read_back([other, mine])
    assert [(one.target, one.document) for one in found] == [(other, None), (mine, wanted.document)]
    assert found[1].used
    deletion = Operation("op-1", Verb.DELETE, other, None)
    assert outcomes(connector.push([deletion])) == [Outcome.DONE]
    assert all("DiscountDelete" not in str(call.request.body) for call in api.calls)


def test_labels_of_five_customers_go_in_one_call(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    wanted = documents(connector, *map(offer, range(1, 8)), kind="label")
    api.post(API, json=written())
    results = connector.push(operations(wanted))
    assert outcomes(results) == [Outcome.DONE] * 7
    assert [len(sent(api, at)["variables"]["metafields"]) for at in range(2)] == [25, 10]
    assert sent(api, 0)["variables"]["metafields"][1] == {
        "ownerId": gid("Customer", 1),
        "namespace": "regulars",
        "key": "discount",
        "type": "number_decimal",
        "value": "7.25",
    }
    assert len(api.calls) == 2


def test_a_label_without_a_text_takes_the_old_one_away(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    wanted = documents(connector, offer(1, next_step=" "), kind="label")
    assert "next_step" not in wanted[0].document
    api.post(API, json=written())
    connector.push(operations(wanted, Verb.UPDATE))
    (away,) = sent(api)["variables"]["metafields"]
    assert away == {"ownerId": gid("Customer", 1), "namespace": "regulars", "key": "next_step"}


def test_of_a_changed_label_only_what_differs_travels(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    before = documents(connector, *(offer(at) for at in range(1, 26)), kind="label")
    wanted = documents(connector, *(offer(at, level="Gold") for at in range(1, 26)), kind="label")
    updates = [
        replace(one, before=there.document)
        for one, there in zip(operations(wanted, Verb.UPDATE), before, strict=True)
    ]
    api.post(API, json=written())
    assert outcomes(connector.push(updates)) == [Outcome.DONE] * 25
    assert len(api.calls) == 1, "a metafield of each of 25 customers"
    entries = sent(api)["variables"]["metafields"]
    assert {(entry["key"], entry["value"]) for entry in entries} == {("level", "Gold")}


def test_of_a_label_that_loses_a_text_only_that_is_taken_away(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector()
    (before,) = documents(connector, offer(1), kind="label")
    (wanted,) = operations(documents(connector, offer(1, next_step=""), kind="label"), Verb.UPDATE)
    api.post(API, json=written())
    assert outcomes(connector.push([replace(wanted, before=before.document)])) == [Outcome.DONE]
    assert len(api.calls) == 1
    assert sent(api)["variables"]["metafields"] == [
        {"ownerId": gid("Customer", 1), "namespace": "regulars", "key": "next_step"}
    ]


def test_a_label_that_is_created_has_nothing_to_take_away(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector()
    api.post(API, json=written())
    connector.push(operations(documents(connector, offer(1, next_step=""), kind="label")))
    assert len(api.calls) == 1
    assert len(sent(api)["variables"]["metafields"]) == 4


def test_labels_are_written_without_the_one_at_fault(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    wanted = documents(connector, *map(offer, range(1, 4)), kind="label")
    api.post(API, json=written(None, {"code": "INVALID", "elementIndex": 7, "message": "x"}))
    api.post(API, json=written())
    results = connector.push(operations(wanted))
    assert outcomes(results) == [Outcome.DONE, Outcome.REFUSED, Outcome.DONE]
    owners = {entry["ownerId"] for entry in sent(api)["variables"]["metafields"]}
    assert owners == {gid("Customer", 1), gid("Customer", 3)}


def test_labels_that_were_set_and_not_cleared_are_unknown(
    opened: Opener, api: responses.RequestsMock
) -> None:
    connector = opened.connector()
    wanted = documents(connector, offer(1, next_step=""), kind="label")
    api.post(API, json=written())
    api.post(API, status=402, json={})
    assert outcomes(connector.push(operations(wanted, Verb.UPDATE))) == [Outcome.UNKNOWN]


def test_a_label_of_a_guest_is_refused_without_a_request(opened: Opener) -> None:
    operation = Operation("op-1", Verb.CREATE, Target("label", "guest-1"), {"level": "Silver"})
    assert outcomes(opened.connector().push([operation])) == [Outcome.REFUSED]


def test_labels_read_back_in_canonical_form(opened: Opener, api: responses.RequestsMock) -> None:
    metafields = [
        {"namespace": "regulars", "key": "code", "value": "RG-1"},
        {"namespace": "regulars", "key": "discount", "value": "7.0"},
        {"namespace": "others", "key": "level", "value": "Gold"},
        {"namespace": "regulars", "key": "strange", "value": "x"},
    ]
    labelled = {"id": gid("Customer", 1), "metafields": {"nodes": metafields}}
    api.post(API, json=answer({"nodes": [labelled, None]}))
    targets = [Target("label", "1"), Target("label", "guest-1"), Target("label", "2")]
    found = opened.connector().read_back(targets)
    assert [one.target for one in found] == targets
    assert [one.document for one in found] == [{"discount": "7.00", "code": "RG-1"}, None, None]
    assert [one.ours for one in found] == [True, False, False]


def test_marked_codes_are_ours_only(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector()
    (wanted,) = documents(connector, offer())
    ours, strange = discount(wanted.document), discount(wanted.document, 78, tags=[])
    automatic = {"id": gid("DiscountNode", 79), "discount": {"__typename": "DiscountAutomaticBasic"}}
    api.post(API, json=answer(listing(automatic, strange, after="c")))
    api.post(API, json=answer(listing(ours)))
    found = [one for batch in connector.marked("coupon") for one in batch]
    assert [(one.target, one.remote_id) for one in found] == [(wanted.target, "77")]
    assert sent(api)["variables"]["after"] == "c"


@pytest.mark.parametrize(
    "changes",
    [{"registered": False}, {"percent": Decimal(0)}, {"percent": Decimal(101)}, {"account": "guest-1"}],
)
def test_who_cannot_use_a_code_is_not_served(opened: Opener, changes: dict[str, Any]) -> None:
    (mechanism,) = opened.connector().mechanisms(frozenset())
    assert mechanism.serves(offer())
    assert not mechanism.serves(replace(offer(), **changes))


def test_a_code_costs_a_call_and_five_labels_cost_one(opened: Opener) -> None:
    (mechanism,) = opened.connector().mechanisms(frozenset())
    assert [mechanism.calls({"label": number}) for number in (0, 1, 5, 6, 25, 26)] == [0, 1, 1, 2, 5, 6]
    assert mechanism.calls({"coupon": 7, "label": 11}) == 10


def test_a_batch_is_of_one_kind_and_bounded(opened: Opener) -> None:
    connector = opened.connector()
    mixed = [Operation(kind, Verb.DELETE, Target(kind, "1"), None) for kind in ("coupon", "label")]
    with pytest.raises(PermanentError):
        connector.push(mixed)
    with pytest.raises(PermanentError):
        connector.push(operations(documents(connector, *map(offer, range(1, 27)))))
    assert connector.push([]) == []


def test_a_write_whose_answer_was_lost_is_found_by_looking(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(1), a_customer(2)))
    server = opened.served(shop)
    connector = opened.connector(server.url)
    wanted = documents(connector, offer(1), offer(2))
    server.faults = Faults(drop_after_effect_every=1)
    assert outcomes(connector.push(operations(wanted))) == [Outcome.UNKNOWN] * 2
    server.faults = Faults()
    found = connector.read_back([one.target for one in wanted])
    assert [(one.document, one.ours, one.used) for one in found] == [
        (one.document, True, False) for one in wanted
    ]
    assert outcomes(connector.push(operations(wanted))) == [Outcome.EXISTS] * 2


def test_a_code_serves_its_customer_alone_and_is_used_from_then_on(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(1), a_customer(2)), products=(a_product(5_001),))
    connector = opened(shop)
    (wanted,) = documents(connector, offer(1, percent=Decimal("12.5")))
    connector.push(operations([wanted]))
    with pytest.raises(ValueError, match=r"\S"):
        shop.place_order(items=[(5_001, 2)], customer_id=2, discount_codes=[wanted.target.key])
    number = shop.place_order(items=[(5_001, 2)], customer_id=1, discount_codes=[wanted.target.key])
    (order,) = connector.read(Kind.ORDER, [str(number)]).records
    model = connector.translate(order)
    assert isinstance(model, Order)
    assert (model.goods, model.discount, model.coupon_codes) == (1750, 250, (wanted.target.key,))
    assert connector.read_back([wanted.target])[0].used


def test_a_label_update_and_removal_read_back_on_the_double(opened: Opener) -> None:
    connector = opened(a_shop(customers=tuple(a_customer(number) for number in range(1, 8))))
    first = documents(connector, *map(offer, range(1, 8)), kind="label")
    later = documents(connector, *(offer(at, next_step="", level="Gold") for at in range(1, 8)), kind="label")
    targets = [one.target for one in first]
    for wanted, verb in ((first, Verb.CREATE), (later, Verb.UPDATE)):
        assert set(outcomes(connector.push(operations(wanted, verb)))) == {Outcome.DONE}
        assert [one.document for one in connector.read_back(targets)] == [one.document for one in wanted]
    (record,) = connector.read(Kind.CUSTOMER, ["1"]).records
    customer = connector.translate(record)
    assert isinstance(customer, Customer)
    assert customer.labels == later[0].document
    assert set(outcomes(connector.push(operations(later, Verb.DELETE)))) == {Outcome.DONE}
    assert [batch for batch in connector.marked("label") if batch] == []
