"""How a real shop refuses, breaks and lies, each of its traps a test; and how it is asked.

Held elsewhere: noise around JSON, truncation, 429, maintenance, a browser check, clocks and keys
(test_woo_pull, test_woo_check, tests/connectors); the shapes of its errors (the replay of recordings in
tests/sandbox).
"""

import json
import logging
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from command_line import with_body
from regulars_connectors import Infrastructure, Operation, Outcome, Scan, Target, Verb
from regulars_mapping import Kind, MisconfiguredError, PermanentError, RegularsError, RetryError
from regulars_sandbox import Request, Response
from woocommerce.conftest import (
    KEY,
    START,
    Increments,
    Opener,
    Watched,
    a_customer,
    a_product,
    a_shop,
    an_order,
)

JSON = (("Content-Type", "application/json; charset=UTF-8"),)
HTML = (("Content-Type", "text/html; charset=UTF-8"),)
LONGEST_TARGET = 8 * 1024
SAID = "Invalid parameter(s): billing of olena@example.com &quot;x&quot;"


def refusing(status: int, body: Any, headers: tuple[tuple[str, str], ...] = JSON) -> Watched:
    """A shop whose every answer is this one."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Watched(a_shop(), lambda _request, _response: Response(status, headers, raw))


def error(code: str, status: int, data: Any = None) -> dict[str, Any]:
    return {"code": code, "message": SAID, "data": {"status": status} if data is None else data}


def busy(
    opened: Opener, change: Callable[[Request, Response], Response] | None = None
) -> tuple[Any, Watched]:
    """A connector that has asked for everything it ever asks for, and the shop that was asked."""
    shop = a_shop(
        customers=tuple(a_customer(number) for number in range(1, 131)),
        orders=tuple(an_order(number, START) for number in range(1, 131)),
        products=(a_product(500),),
    )
    watched = Watched(shop, change) if change else Watched(shop)
    connector = opened(watched)
    connector.check()
    for kind in connector.kinds:
        list(connector.pages(kind, Scan.HISTORY))
        Increments(connector, kind, START)()
        list(connector.list_ids(kind))
        connector.read(kind, [str(10**18 + number) for number in range(3)])
    connector.totals()
    connector.ensure(Infrastructure("http://127.0.0.1:9/hook", SecretStr("s3cret")), dry_run=False)
    label = Operation("op", Verb.UPDATE, Target("label", "1"), {"regulars_level": "Silver"})
    assert [result.outcome for result in connector.push([label])] == [Outcome.DONE]
    return connector, watched


def test_every_request_asks_for_json_so_that_what_breaks_says_so_in_json(opened: Opener) -> None:
    _, watched = busy(opened)
    assert {request.headers["accept"] for request in watched.seen} == {"application/json"}


def test_every_body_goes_out_as_json_since_as_text_it_would_be_passed_over(opened: Opener) -> None:
    _, watched = busy(opened)
    written = [request for request in watched.seen if request.body]
    assert {request.method for request in written} == {"POST"}
    assert {request.headers["content-type"] for request in written} == {"application/json"}
    assert all(isinstance(json.loads(request.body), dict) for request in written), "a list is passed over"


def test_over_https_the_key_goes_in_a_header_so_that_no_link_repeats_it(
    opened: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, watched = busy(opened)
    keyed = [request for request in watched.seen if "/wc/v3/" in request.target]
    assert keyed
    assert not [request for request in watched.seen if "consumer_" in request.target]
    assert not [request for request in watched.seen if KEY.consumer_secret in request.target]
    scheme, _, token = keyed[0].headers["authorization"].partition(" ")
    assert (scheme, b64decode(token).decode()) == ("Basic", f"{KEY.consumer_key}:{KEY.consumer_secret}")
    assert KEY.consumer_secret not in caplog.text


def test_no_address_is_longer_than_a_server_takes(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(10**15 + number, START) for number in range(1, 131)))
    watched = Watched(shop)
    connector = opened(watched)
    found = connector.read(Kind.ORDER, [str(10**15 + number) for number in range(1, 101)])
    assert len(found.records) == 100
    assert max(len(request.target) for request in watched.seen) < LONGEST_TARGET


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, error("rest_invalid_param", 400), PermanentError),
        (400, error("rest_missing_callback_param", 400), PermanentError),
        (400, error("rest_invalid_json", 400), PermanentError),
        (404, error("rest_no_route", 404), MisconfiguredError),
        (408, error("request_timeout", 408), RetryError),
        (410, error("woocommerce_rest_already_trashed", 410), PermanentError),
        (413, error("woocommerce_rest_request_entity_too_large", 413), PermanentError),
        (500, error("woocommerce_rest_cannot_create_order_refund", 500, data=500), RetryError),
        (500, error("internal_server_error", 500), RetryError),
        (501, error("woocommerce_rest_trash_not_supported", 501), PermanentError),
        (400, {"code": ["list"], "message": None, "data": None}, PermanentError),
        (400, [], PermanentError),
        (400, "text", PermanentError),
    ],
)
def test_a_refusal_of_any_shape_means_one_thing_and_repeats_nothing(
    opened: Opener, status: int, body: Any, meaning: type[RegularsError]
) -> None:
    connector = opened(refusing(status, body))
    with pytest.raises(meaning) as caught:
        connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    assert "olena" not in str(caught.value)
    assert "&quot;" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(413, PermanentError), (414, PermanentError), (500, RetryError), (503, RetryError)],
)
def test_a_refusal_of_what_stands_before_the_shop_is_html_and_understood(
    opened: Opener, status: int, meaning: type[RegularsError]
) -> None:
    connector = opened(refusing(status, b"<html><center><h1>nginx</h1></center></html>", HTML))
    with pytest.raises(meaning):
        connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)


def test_an_object_is_gone_only_by_the_shops_own_word_for_it(opened: Opener) -> None:
    shop = a_shop(orders=(an_order(1, START),))

    def hidden(request: Request, response: Response) -> Response:
        if "/orders/" in request.target:
            return Response(404, JSON, json.dumps(error("rest_no_route", 404)).encode())
        return with_body(response, b"[]") if "include=" in request.target else response

    with pytest.raises(MisconfiguredError, match="route"):
        opened(Watched(shop, hidden)).read(Kind.ORDER, ["1"])


def test_an_empty_answer_to_ids_makes_none_of_them_gone(opened: Opener) -> None:
    shop = a_shop(orders=(an_order(1, START), an_order(2, START)))

    def emptied(request: Request, response: Response) -> Response:
        return with_body(response, b"[]") if "include=" in request.target else response

    reading = opened(Watched(shop, emptied)).read(Kind.ORDER, ["1", "2", "3"])
    assert [record.external_id for record in reading.records] == ["1", "2"]
    assert reading.gone == {"3"}


def test_a_web_page_under_a_200_is_not_data_and_makes_nothing_gone(opened: Opener) -> None:
    shop = a_shop(orders=(an_order(1, START),))

    def challenged(request: Request, response: Response) -> Response:
        if "/orders" not in request.target:
            return response
        return Response(200, HTML, b"<!DOCTYPE html><title>One moment</title>")

    with pytest.raises(MisconfiguredError, match="web page"):
        opened(Watched(shop, challenged)).read(Kind.ORDER, ["1"])


@pytest.mark.parametrize("ending", ["", "/", "/wp-json", "/wp-json/", "/wp-json/wc/v3/"])
def test_no_path_has_a_double_slash_which_would_be_no_route(opened: Opener, ending: str) -> None:
    watched = Watched(a_shop())
    connector = opened.connector(opened.served(watched), ending=ending)
    assert [total.count for total in connector.totals()] == [0, 0, 0, 0]
    assert not [request for request in watched.seen if "//" in request.target]


def test_a_list_that_a_plugin_filtered_is_an_object_and_read_all_the_same(opened: Opener) -> None:
    shop = a_shop(customers=tuple(a_customer(number) for number in (1, 2, 3)))

    def filtered(request: Request, response: Response) -> Response:
        if "/customers" not in request.target:
            return response
        items = json.loads(response.body)
        return with_body(
            response, json.dumps({str(at): item for at, item in enumerate(items) if at}).encode()
        )

    page = opened(Watched(shop, filtered)).page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert [record.external_id for record in page.records] == ["2", "3"]


def test_a_shop_that_counts_nothing_cannot_be_balanced_and_says_why(opened: Opener) -> None:
    def uncounted(_: Request, response: Response) -> Response:
        kept = tuple(header for header in response.headers if header[0] != "X-WP-Total")
        return replace(response, headers=kept)

    shop = a_shop(orders=tuple(an_order(number, START) for number in range(1, 251)))
    connector = opened(Watched(shop, uncounted))
    with pytest.raises(PermanentError, match="X-WP-Total"):
        connector.totals()
    found = [one for page in connector.pages(Kind.ORDER, Scan.HISTORY) for one in page.records]
    assert len({record.external_id for record in found}) == 250
