"""Writing offers to a shop: batches with a result each, nothing written twice, reading back as written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import responses

from regulars_connectors import (
    AccountOffer,
    ConnectorConfig,
    HttpOptions,
    Operation,
    Outcome,
    PushResult,
    Target,
    TargetDocument,
    Verb,
)
from regulars_mapping import MisconfiguredError, PermanentError, RetryError
from regulars_sandbox import ApiKey, Faults, RunningServer
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._documents import coupon_body, found_coupon
from woocommerce.conftest import Opener, Waits, a_customer, a_shop, credentials

URL = "https://shop.example.com"
COUPONS = f"{URL}/wp-json/wc/v3/coupons/batch"
UNTIL = datetime(2027, 1, 31, 21, 59, 59, tzinfo=UTC)


def offer(number: int = 1, **changes: Any) -> AccountOffer:
    values: dict[str, Any] = {
        "account": str(number),
        "registered": True,
        "email": f"Person{number}@Example.com",
        "percent": Decimal(7),
        "level": "Silver",
        "code": f"RG-{number:04d}-K7XQ",
        "sentence": "7 % on everything, because you bought for 5 000 ₴.",
        "next_step": "660 ₴ more for 10 %",
    }
    return AccountOffer(**{**values, **changes})


def documents(*offers: AccountOffer, kind: str) -> list[TargetDocument]:
    (mechanism,) = mocked().mechanisms(frozenset())
    return [one for given in offers for one in mechanism.documents(given) if one.target.kind == kind]


def operations(found: Sequence[TargetDocument], verb: Verb = Verb.CREATE) -> list[Operation]:
    return [Operation(f"op-{at}", verb, one.target, one.document) for at, one in enumerate(found)]


@pytest.fixture
def server(opened: Opener) -> RunningServer:
    return opened.served(a_shop(customers=tuple(a_customer(number) for number in range(1, 131))))


@pytest.fixture
def connector(opened: Opener, server: RunningServer) -> WooCommerceConnector:
    return opened.connector(server)


def outcomes(results: Sequence[PushResult]) -> list[Outcome]:
    return [result.outcome for result in results]


def created(connector: WooCommerceConnector, *offers: AccountOffer) -> list[PushResult]:
    results = list(connector.push(operations(documents(*offers, kind="coupon"))))
    assert set(outcomes(results)) == {Outcome.DONE}
    return results


@pytest.mark.parametrize("until", [None, UNTIL])
def test_a_coupon_reads_back_equal_to_its_document(
    connector: WooCommerceConnector, until: datetime | None
) -> None:
    (wanted,) = documents(offer(valid_until=until), kind="coupon")
    (result,) = created(connector, offer(valid_until=until))
    (found,) = connector.read_back([wanted.target])
    assert found.document == wanted.document
    assert (found.remote_id, found.ours) == (result.remote_id, True)


def test_a_coupon_for_one_order_is_limited_in_all_and_a_shopper() -> None:
    limits = [
        (one.document["usage_limit"], one.document["usage_limit_per_user"])
        for one in documents(offer(1, orders=1), offer(2), kind="coupon")
    ]
    assert limits == [(1, 1), (0, 0)]


@pytest.mark.parametrize("removed", [{"usage_limit": 0}, {"usage_limit_per_user": 0}, {"usage_limit": 5}])
def test_a_limit_that_somebody_took_off_reads_as_a_difference(
    connector: WooCommerceConnector, removed: dict[str, int]
) -> None:
    (wanted,) = documents(offer(orders=1), kind="coupon")
    (result,) = created(connector, offer(orders=1))
    connector._client.write("PUT", f"coupons/{result.remote_id}", removed)
    (found,) = connector.read_back([wanted.target])
    assert found.document == {**wanted.document, **removed}
    assert found.ours
    connector.push(operations([wanted], Verb.UPDATE))
    assert connector.read_back([wanted.target])[0].document == wanted.document


@pytest.mark.parametrize(
    ("said", "limit"),
    [(None, 0), (0, 0), ("", 0), (1, 1), ("1", 1), (True, 0), ([], 0), ("-1", 0), ("9" * 400, int("9" * 18))],
)
def test_no_limit_is_none_however_the_shop_says_it(said: Any, limit: int) -> None:
    found = found_coupon({"id": 5, "code": "x", "usage_limit": said})
    assert found.document is not None
    assert (found.document["usage_limit"], found.document["usage_limit_per_user"]) == (limit, 0)


def test_labels_read_back_equal_to_their_document(connector: WooCommerceConnector) -> None:
    wanted = documents(offer(1), offer(2, next_step=""), kind="label")
    assert set(outcomes(connector.push(operations(wanted)))) == {Outcome.DONE}
    found = connector.read_back([one.target for one in wanted])
    assert [one.document for one in found] == [one.document for one in wanted]
    assert all(one.ours for one in found)


def test_a_changed_label_forgets_what_it_no_longer_says(connector: WooCommerceConnector) -> None:
    connector.push(operations(documents(offer(1), kind="label")))
    (wanted,) = documents(offer(1, next_step="", percent=Decimal(10)), kind="label")
    connector.push(operations([wanted], Verb.UPDATE))
    assert connector.read_back([wanted.target])[0].document == wanted.document


def test_a_deleted_label_leaves_a_customer_without_one(connector: WooCommerceConnector) -> None:
    (wanted,) = documents(offer(1), kind="label")
    connector.push(operations([wanted]))
    (result,) = connector.push([Operation("op", Verb.DELETE, wanted.target, None)])
    assert result.outcome is Outcome.DONE
    (found,) = connector.read_back([wanted.target])
    assert (found.document, found.ours) == (None, False)


def test_a_hundred_coupons_are_one_request(connector: WooCommerceConnector, server: RunningServer) -> None:
    before = server.requests_seen
    created(connector, *(offer(number) for number in range(1, 101)))
    assert server.requests_seen - before == 1


def test_updates_and_deletions_need_no_remembered_id(connector: WooCommerceConnector) -> None:
    created(connector, offer(1), offer(2))
    first, second = documents(offer(1, percent=Decimal("12.5")), offer(2), kind="coupon")
    results = connector.push(
        [
            Operation("delete", Verb.DELETE, second.target, None),
            Operation("update", Verb.UPDATE, first.target, first.document),
        ]
    )
    assert [result.operation_id for result in results] == ["delete", "update"]
    assert set(outcomes(results)) == {Outcome.DONE}
    found = connector.read_back([first.target, second.target])
    assert [one.document for one in found] == [first.document, None]


def test_an_expiry_can_be_taken_away_again(connector: WooCommerceConnector) -> None:
    (result,) = created(connector, offer(valid_until=UNTIL))
    (wanted,) = documents(offer(), kind="coupon")
    operation = Operation("op", Verb.UPDATE, wanted.target, wanted.document, result.remote_id)
    assert connector.push([operation])[0].outcome is Outcome.DONE
    assert connector.read_back([wanted.target])[0].document == wanted.document


def test_a_taken_code_asks_for_a_look(connector: WooCommerceConnector) -> None:
    created(connector, offer(1))
    results = connector.push(operations(documents(offer(1), offer(2), kind="coupon")))
    assert outcomes(results) == [Outcome.EXISTS, Outcome.DONE]


def test_a_strangers_coupon_is_not_ours_and_not_deleted(connector: WooCommerceConnector) -> None:
    connector._client.write("POST", "coupons", {"code": "welcome10", "amount": "10"})
    target = Target("coupon", "welcome10")
    assert connector.read_back([target])[0].ours is False
    (result,) = connector.push([Operation("op", Verb.DELETE, target, None)])
    assert result.outcome is Outcome.REFUSED
    assert connector.read_back([target])[0].document is not None


def test_deleting_what_is_gone_is_done(connector: WooCommerceConnector) -> None:
    gone = Operation("a", Verb.DELETE, Target("coupon", "never-was"), None)
    known = Operation("b", Verb.DELETE, Target("coupon", "once-was"), None, "999999")
    assert outcomes(connector.push([gone, known])) == [Outcome.DONE, Outcome.DONE]


def test_updating_what_is_gone_is_refused(connector: WooCommerceConnector) -> None:
    (wanted,) = documents(offer(1), kind="coupon")
    unknown = Operation("a", Verb.UPDATE, wanted.target, wanted.document)
    (result,) = connector.push([unknown])
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "the coupon does not exist any more")
    (result,) = connector.push([replace(unknown, remote_id="999999")])
    assert result.outcome is Outcome.REFUSED


def test_a_label_for_nobody_is_refused_and_the_others_go_in(connector: WooCommerceConnector) -> None:
    wanted = documents(offer(1), offer(999), offer(2, account="guest-1"), kind="label")
    results = connector.push(operations(wanted))
    assert outcomes(results) == [Outcome.DONE, Outcome.REFUSED, Outcome.REFUSED]
    assert all(result.reason for result in results[1:])


def test_a_lost_answer_leaves_everything_unknown_and_is_not_sent_again(
    opened: Opener, server: RunningServer
) -> None:
    server.faults = Faults(drop_after_effect_every=1)
    connector = opened.connector(server)
    wanted = documents(offer(1), offer(2), kind="coupon")
    before = server.requests_seen
    results = connector.push(operations(wanted))
    assert set(outcomes(results)) == {Outcome.UNKNOWN}
    assert server.requests_seen - before == 1
    server.faults = Faults()
    assert all(found.document for found in connector.read_back([one.target for one in wanted]))


@pytest.mark.parametrize(
    "faults", [Faults(crash_every=1), Faults(truncate_every=1), Faults(challenge_every=1)]
)
def test_an_answer_that_says_nothing_leaves_everything_unknown(
    connector: WooCommerceConnector, server: RunningServer, faults: Faults
) -> None:
    server.faults = faults
    results = connector.push(operations(documents(offer(1), kind="coupon")))
    assert outcomes(results) == [Outcome.UNKNOWN]


def test_a_shop_that_is_down_raises_before_anything_is_sent(opened: Opener) -> None:
    server = opened.served(a_shop(), tls=False)
    connector = opened.connector(server)
    server.close()
    with pytest.raises(RetryError, match="nothing answers"):
        connector.push(operations(documents(offer(1), kind="coupon")))


def test_a_key_that_may_only_read_raises(opened: Opener) -> None:
    shop = a_shop()
    key = shop.add_key(ApiKey("ck_read", "cs_read", permissions="read"))
    connector = opened.connector(opened.served(shop), key=key)
    with pytest.raises(MisconfiguredError, match="may only read"):
        connector.push(operations(documents(offer(1), kind="coupon")))


def test_a_batch_holds_one_kind_and_a_hundred_at_most(connector: WooCommerceConnector) -> None:
    mixed = operations([*documents(offer(1), kind="coupon"), *documents(offer(1), kind="label")])
    with pytest.raises(PermanentError, match="one kind"):
        connector.push(mixed)
    many = operations(documents(*(offer(number) for number in range(1, 102)), kind="coupon"))
    with pytest.raises(PermanentError, match="100 writes a batch"):
        connector.push(many)
    assert connector.push([]) == []


def test_a_label_of_nobody_reads_back_as_none(connector: WooCommerceConnector) -> None:
    targets = [Target("label", "guest-1"), Target("label", "999999"), Target("label", "1")]
    assert [found.document for found in connector.read_back(targets)] == [None, None, None]


def test_many_coupons_are_read_back_through_the_list(
    connector: WooCommerceConnector, server: RunningServer
) -> None:
    wanted = documents(*(offer(number) for number in range(1, 101)), kind="coupon")
    connector.push(operations(wanted))
    before = server.requests_seen
    found = connector.read_back([one.target for one in wanted])
    assert [one.document for one in found] == [one.document for one in wanted]
    assert server.requests_seen - before <= 2


def test_once_the_list_was_read_a_hundred_codes_are_one_look_and_what_changed_is_still_seen(
    connector: WooCommerceConnector, server: RunningServer
) -> None:
    wanted = documents(*(offer(number) for number in range(1, 121)), kind="coupon")
    connector.push(operations(wanted[:100]))
    connector.push(operations(wanted[100:]))
    targets = [one.target for one in wanted]
    found = list(connector.read_back(targets[20:]))
    edited, gone, twin = found[0], found[1], found[2]
    connector._client.write("PUT", f"coupons/{edited.remote_id}", {"amount": "50"})
    connector._client.write("DELETE", f"coupons/{gone.remote_id}", None, {"force": "true"})
    connector._client.write("PUT", f"coupons/{twin.remote_id}", {"code": "renamed"})
    again = connector._client.write("POST", "coupons", coupon_body(twin.document or {}))
    before = server.requests_seen
    read = connector.read_back(targets[20:])
    # The two that are not there under their code any more are looked for by it.
    assert server.requests_seen - before == 1 + 2
    assert [one.target for one in read] == targets[20:]
    assert (read[0].document or {})["amount"] == "50.00"
    assert read[1].document is None
    assert (read[2].document, read[2].remote_id) == (twin.document, str(again["id"]))
    assert read[3:] == found[3:]


def test_everything_with_our_mark_is_found_and_nothing_else(connector: WooCommerceConnector) -> None:
    connector._client.write("POST", "coupons", {"code": "welcome10", "amount": "10"})
    created(connector, *(offer(number) for number in range(1, 101)))
    connector.push(operations(documents(offer(5), kind="label")))
    coupons = [found.target.key for batch in connector.marked("coupon") for found in batch]
    assert len(coupons) == 100
    assert "welcome10" not in coupons
    assert [found.target.key for batch in connector.marked("label") for found in batch] == ["5"]


def mocked() -> WooCommerceConnector:
    return WooCommerceConnector.open(ConnectorConfig(URL, credentials(), HttpOptions()), sleep=Waits())


@responses.activate
def test_a_coupon_that_lost_its_address_is_taken_back_at_once() -> None:
    (wanted,) = documents(offer(1), kind="coupon")
    stored = {"id": 7, **wanted.document, "amount": "7.00", "email_restrictions": []}
    responses.post(COUPONS, json={"create": [stored]})
    responses.post(COUPONS, json={"delete": [{"id": 7}]})
    (result,) = mocked().push(operations([wanted]))
    assert result.outcome is Outcome.REFUSED
    assert "email_restrictions" in result.reason
    assert "it was taken back" in result.reason
    assert responses.calls[1].request.body == b'{"delete":[7]}'


@responses.activate
def test_an_answer_that_leaves_one_out_makes_it_unknown() -> None:
    responses.post(COUPONS, json={"create": []})
    results = mocked().push(operations(documents(offer(1), kind="coupon")))
    assert outcomes(results) == [Outcome.UNKNOWN]


@responses.activate
def test_success_with_nothing_stored_is_refused() -> None:
    responses.post(COUPONS, json={"create": [{"id": 0, "code": ""}]})
    (result,) = mocked().push(operations(documents(offer(1), kind="coupon")))
    assert (result.outcome, result.reason) == (
        Outcome.REFUSED,
        "the shop answered success and stored nothing",
    )


@responses.activate
def test_too_many_requests_is_a_definite_no() -> None:
    responses.post(COUPONS, status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryError) as caught:
        mocked().push(operations(documents(offer(1), kind="coupon")))
    assert caught.value.retry_after == 7


def test_mechanisms_serve_those_they_can_and_cost_their_batches() -> None:
    coupons = mocked().mechanisms(frozenset())
    assert [one.name for one in coupons] == ["coupons"]
    both = mocked().mechanisms(frozenset({"companion-plugin"}))
    assert [one.name for one in both] == ["companion", "coupons"]
    assert both[0].calls({"label": 101}) == 2
    assert [both[1].calls({"coupon": at, "label": at}) for at in (0, 100, 101)] == [0, 2, 4]
    assert both[1].calls({"coupon": 3, "label": 205}) == 4
    assert not both[1].serves(offer(percent=Decimal(0)))
    assert not both[1].serves(offer(registered=False))
    assert not both[0].serves(offer(registered=False))
    assert both[0].serves(offer(email=""))
    assert [one.serves(offer(orders=1)) for one in both] == [False, True]
    assert [one.target.kind for one in both[0].documents(offer())] == ["label"]


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "олена@example.com", "a b@example.com", "*@example.com", "a@-x.com"]
)
def test_an_address_the_shop_would_drop_gets_no_coupon(email: str) -> None:
    (coupons,) = mocked().mechanisms(frozenset())
    assert not coupons.serves(offer(email=email))
    assert coupons.serves(offer())


def test_a_coupon_is_read_by_its_number_only_where_it_has_that_code(connector: WooCommerceConnector) -> None:
    first, second = created(connector, offer(1), offer(2))
    one, other = (found.target for found in documents(offer(1), offer(2), kind="coupon"))
    targets = [
        replace(one, remote_id=str(first.remote_id)),
        replace(one, remote_id=str(second.remote_id)),
        replace(other, remote_id="999999"),
        replace(other, remote_id="not-a-number"),
        other,
    ]
    found = connector.read_back(targets)
    assert [each.target for each in found] == targets
    assert [each.remote_id for each in found] == [first.remote_id, None, None, None, second.remote_id]
    assert [each.document is None for each in found] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ({"usage_count": 0, "used_by": []}, False),
        ({"usage_count": "0"}, False),
        ({"usage_count": 1}, True),
        ({"usage_count": 0, "used_by": ["7"]}, True),
        ({"usage_count": None}, True),
        ({"usage_count": False}, True),
        ({}, True),
    ],
)
def test_a_coupon_is_unused_only_where_the_shop_says_so(said: dict[str, Any], *, used: bool) -> None:
    assert found_coupon({"id": 5, "code": "x", **said}).used is used
