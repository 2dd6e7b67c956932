"""Talking to Shopify: tokens, pacing by its own word, patience, and whole answers only."""

import json
from typing import Any

import pytest
import requests
import responses
from pydantic import SecretStr

from regulars_connectors import HttpOptions, Scan, UnansweredError, UnreachableError, WebPageError
from regulars_mapping import Kind, MisconfiguredError, PermanentError, RetryError
from regulars_shopify._client import PageSizes
from shopify.conftest import API, GRANT, TOKEN, Opener, answer, bucket, gid, listing, refused

APP = {"client_id": SecretStr("app"), "client_secret": SecretStr("app-secret")}
CUSTOMER = {"id": gid("Customer", 1), "updatedAt": "2026-03-01T12:00:00Z"}


def sent(api: responses.RequestsMock, at: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(api.calls[at].request.body or b"{}")
    return found


def first_page(opened: Opener, **options: Any) -> list[str]:
    page = opened.connector(**options).page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    return [record.external_id for record in page.records]


def test_a_given_token_goes_into_its_header_and_nowhere_else(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(API, json=answer(listing(CUSTOMER)))
    assert first_page(opened) == ["1"]
    request = api.calls[0].request
    assert request.headers["X-Shopify-Access-Token"] == TOKEN
    assert TOKEN not in str(request.url)
    assert TOKEN.encode() not in (request.body or b"")


def test_a_token_is_fetched_with_the_apps_credentials_and_kept(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(GRANT, json={"access_token": "shpat_day", "scope": "", "expires_in": 86_399})
    api.post(API, json=answer(listing(CUSTOMER)))
    connector = opened.connector(credentials=APP)
    for _ in range(2):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert [call.request.url for call in api.calls] == [GRANT, API, API]
    assert sent(api, 0) == {
        "client_id": "app",
        "client_secret": "app-secret",
        "grant_type": "client_credentials",
    }
    assert "X-Shopify-Access-Token" not in api.calls[0].request.headers
    assert api.calls[2].request.headers["X-Shopify-Access-Token"] == "shpat_day"


def test_a_token_is_fetched_anew_at_four_fifths_of_its_life(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(GRANT, json={"access_token": "shpat_day", "expires_in": 1_000})
    api.post(API, json=answer(listing(CUSTOMER)))
    connector = opened.connector(credentials=APP)
    for later in (0, 799, 1):
        opened.waits.now += later
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert [call.request.url for call in api.calls] == [GRANT, API, API, GRANT, API]


def test_a_refused_token_is_fetched_anew_once(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(GRANT, json={"access_token": "shpat_day", "expires_in": 86_399})
    api.post(API, status=401, json={"errors": "[API] Invalid API key"})
    with pytest.raises(MisconfiguredError, match="rotate"):
        first_page(opened, credentials=APP)
    assert [call.request.url for call in api.calls] == [GRANT, API, GRANT, API]


def test_an_app_that_gets_no_token_is_told_what_to_check(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(GRANT, status=400, json={"error": "invalid_client"})
    with pytest.raises(MisconfiguredError, match="client id") as raised:
        first_page(opened, credentials=APP)
    assert "app-secret" not in str(raised.value)


def test_missing_credentials_are_named(opened: Opener) -> None:
    with pytest.raises(MisconfiguredError, match="access_token"):
        opened.connector(credentials={"client_id": SecretStr("app"), "access_token": SecretStr(" ")})


def test_nothing_waits_before_the_shop_has_said_anything(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(listing(CUSTOMER), cost=bucket(500)))
    connector = opened.connector()
    for _ in range(2):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert opened.waits == []


def test_a_request_waits_until_the_bucket_holds_it(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(listing(CUSTOMER), cost=bucket(20, cost=100, rate=40)))
    connector = opened.connector()
    for _ in range(2):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert opened.waits == [2.0]


def test_a_throttled_request_waits_as_long_as_the_refill_takes(
    opened: Opener, api: responses.RequestsMock
) -> None:
    empty = {**refused("THROTTLED"), "extensions": {"cost": bucket(100, cost=600, rate=100)}}
    api.post(API, json=empty)
    api.post(API, json=answer(listing(CUSTOMER)))
    assert first_page(opened) == ["1"]
    assert sum(opened.waits) == pytest.approx(5.0)


def test_throttling_without_end_is_given_up(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("THROTTLED"))
    with pytest.raises(RetryError):
        first_page(opened)
    assert 10 < len(api.calls) < 100


def test_too_long_a_wait_is_left_to_the_caller(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, status=429, headers={"Retry-After": "600"})
    with pytest.raises(RetryError) as raised:
        first_page(opened)
    assert raised.value.retry_after == 600
    assert len(api.calls) == 1


def test_a_page_that_costs_too_much_is_halved_for_good(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("MAX_COST_EXCEEDED"))
    api.post(API, json=refused("MAX_COST_EXCEEDED"))
    api.post(API, json=answer(listing(CUSTOMER)))
    connector = opened.connector(page_size="100")
    for _ in range(2):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert [sent(api, at)["variables"]["first"] for at in range(4)] == [100, 50, 25, 25]
    assert opened.waits == []


def test_one_object_that_costs_too_much_ends_it(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("MAX_COST_EXCEEDED"))
    with pytest.raises(PermanentError):
        first_page(opened, page_size="4")
    assert len(api.calls) == 3


@pytest.mark.parametrize("failure", [{"status": 502}, {"body": requests.exceptions.ReadTimeout()}])
def test_a_page_is_halved_after_a_failure_and_grows_again(
    opened: Opener, api: responses.RequestsMock, failure: dict[str, Any]
) -> None:
    api.post(API, **failure)
    api.post(API, json=answer(listing(CUSTOMER)))
    connector = opened.connector(page_size="100")
    for _ in range(7):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    asked = [sent(api, at)["variables"]["first"] for at in range(8)]
    assert asked == [100, 50, 60, 70, 80, 90, 100, 100]
    assert len(opened.waits) == 1


def test_page_sizes_of_documents_are_their_own() -> None:
    sizes = PageSizes(100)
    sizes.failed("orders_history", 50)
    assert (sizes.of("orders_history", 50), sizes.of("customers_history")) == (25, 100)


def test_an_answer_with_errors_is_never_taken_as_whole(opened: Opener, api: responses.RequestsMock) -> None:
    partial = answer(listing(CUSTOMER)) | {"errors": [{"message": "x", "path": ["page", "nodes", 0]}]}
    api.post(API, json=partial)
    with pytest.raises(PermanentError):
        first_page(opened)


@pytest.mark.parametrize(
    "body",
    ["null", "[]", "{}", '{"data": null}', '{"data": {"page": null}}', '{"data": {"page": {"nodes": []}}}'],
)
def test_an_answer_without_data_is_asked_for_again(
    opened: Opener, api: responses.RequestsMock, body: str
) -> None:
    api.post(API, body=body)
    with pytest.raises(RetryError):
        first_page(opened, http=HttpOptions(tries=2))


def test_a_failure_inside_shopify_is_repeated_for_a_read(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("INTERNAL_SERVER_ERROR"))
    api.post(API, json=answer(listing(CUSTOMER)))
    assert first_page(opened) == ["1"]


@pytest.mark.parametrize("status", [402, 403, 423])
def test_a_shop_that_is_shut_is_a_matter_for_a_person(
    opened: Opener, api: responses.RequestsMock, status: int
) -> None:
    api.post(API, status=status, json={"errors": "Unavailable Shop"})
    with pytest.raises(MisconfiguredError):
        first_page(opened)
    assert len(api.calls) == 1


def test_a_shop_that_is_not_there_is_named(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, status=404, json={"errors": "Not Found"})
    with pytest.raises(UnreachableError, match="my-shop"):
        first_page(opened)


def test_a_web_page_is_no_answer(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, body="<!DOCTYPE html><title>Log in</title>")
    with pytest.raises(WebPageError):
        first_page(opened)


def test_a_missing_scope_is_dropped_from_what_is_asked_for(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(API, json=refused("ACCESS_DENIED", requiredAccess="`read_products` access scope."))
    scopes = [{"handle": "read_customers"}, {"handle": "read_orders"}]
    api.post(API, json=answer({"currentAppInstallation": {"accessScopes": scopes}}))
    api.post(API, json=answer(listing()))
    connector = opened.connector()
    for _ in range(2):
        connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    asked = [sent(api, at)["query"] for at in range(4)]
    assert ["product { id }" in query for query in asked] == [True, False, False, False]


def test_a_missing_scope_that_cannot_be_dropped_is_named(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("ACCESS_DENIED", requiredAccess="`read_customers` access scope."))
    api.post(API, json=answer({"currentAppInstallation": {"accessScopes": []}}))
    with pytest.raises(MisconfiguredError, match="read_customers"):
        first_page(opened)
    assert len(api.calls) == 2


def test_no_error_repeats_what_shopify_said(opened: Opener, api: responses.RequestsMock) -> None:
    errors = [{"message": "anna@example.com", "extensions": {"code": "anna@example.com"}}]
    api.post(API, json={"errors": errors})
    with pytest.raises(PermanentError) as raised:
        first_page(opened)
    assert "anna" not in str(raised.value)


def test_a_write_that_was_answered_half_is_unanswered(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=refused("ACCESS_DENIED", path=["result", "node", "discount"]))
    with pytest.raises(UnansweredError):
        opened.connector()._client.write("discount_delete", {"id": "x"})
    assert len(api.calls) == 1
