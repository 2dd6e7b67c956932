"""What stands before a shop and gets in the way: the shop then answers as recordings show."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from regulars_sandbox import ApiKey, Faults, RunningServer, WooCommerceShop, serve
from sandbox.conftest import load_recording

BASIC = {"Authorization": "Basic " + base64.b64encode(b"ck_admin:cs_admin").decode()}
CUSTOMERS = "/wp-json/wc/v3/customers?per_page=1&_fields=id,email"
Start = Callable[..., RunningServer]


@pytest.fixture
def shop() -> WooCommerceShop:
    shop = WooCommerceShop()
    shop.add_key(ApiKey("ck_admin", "cs_admin"))
    return shop


@pytest.fixture
def start(shop: WooCommerceShop) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **faults: stack.enter_context(serve(shop, tls=True, faults=Faults(**faults)))


def ask(server: RunningServer, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], Any]:
    context = ssl.create_default_context(cafile=str(server.certificate))
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=10)
    with closing(connection):
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, json.loads(body) if "json" in told.get("content-type", "") else body


def recorded(note: str) -> tuple[int, Any]:
    (found,) = [one for one in load_recording("exchanges")["auth_matrix"] if one["note"] == note]
    return found["status"], found["json"]


def test_a_dropped_header_makes_a_right_key_anonymous(start: Start) -> None:
    status, _, told = ask(start(strip_authorization=True), CUSTOMERS, BASIC)
    assert (status, told) == recorded("HTTPS no auth")


def test_hidden_https_makes_a_right_key_anonymous_as_plain_http_does(start: Start) -> None:
    status, _, told = ask(start(hide_https=True), CUSTOMERS, BASIC)
    assert (status, told) == recorded("HTTP + Basic, good key (no OAuth)")


def test_everybody_is_sent_on_to_the_same_path(start: Start) -> None:
    server = start(redirect="https://www.example.com")
    status, headers, _ = ask(server, CUSTOMERS, BASIC)
    assert (status, headers["location"]) == (301, f"https://www.example.com{CUSTOMERS}")


def test_a_wrong_clock_is_seen_in_the_date(start: Start) -> None:
    right, wrong = (ask(start(clock_skew=ahead), "/wp-json/", {})[1]["date"] for ahead in (0.0, 3_600.0))
    apart = parsedate_to_datetime(wrong) - parsedate_to_datetime(right)
    assert 3_590 < apart.total_seconds() < 3_610


def test_plain_permalinks_have_no_path_and_name_their_query(start: Start, shop: WooCommerceShop) -> None:
    shop.site.plain_permalinks = True
    server = start()
    assert ask(server, "/wp-json/", {})[0] == 404
    status, headers, told = ask(server, "/?rest_route=/&_fields=namespaces", {})
    assert (status, "wc/v3" in told["namespaces"]) == (200, True)
    assert "/index.php?rest_route=/>" in headers["link"]
    assert ask(server, "/?rest_route=/wc/v3/customers", BASIC)[0] == 401


def test_a_site_without_the_plugin_has_none_of_its_routes(start: Start, shop: WooCommerceShop) -> None:
    shop.site.woocommerce = False
    server = start()
    told = ask(server, "/wp-json/", {})[2]
    assert not [name for name in told["namespaces"] if name.startswith("wc")]
    assert ask(server, CUSTOMERS, BASIC)[0] == 404
