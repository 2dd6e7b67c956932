"""OAuth 1.0a over plain HTTP, for a shop that calls itself by another address than it is called by."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr
from requests import PreparedRequest

from connectors import test_contract_of_woocommerce as over_https
from connectors.conftest import CountedShop
from regulars_connectors import Connector, ConnectorConfig, HttpOptions, Infrastructure, connector_class
from regulars_mapping import MisconfiguredError, RegularsError, RetryError
from regulars_sandbox import ApiKey, RunningServer, WooCommerceShop, serve
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._auth import SignedAuth
from regulars_woocommerce._client import raise_for
from woocommerce.conftest import START, Opener, a_customer, a_shop, an_order

HOME = "http://tea.example.com:8088"
Sign = Callable[[str, str], PreparedRequest]


class TestSigned(over_https.TestWooCommerce):
    """The whole contract, signed."""

    @pytest.fixture
    def connector(self, counted: CountedShop) -> Iterator[Connector]:
        counted.home = HOME
        credentials = {"consumer_key": SecretStr("ck_test"), "consumer_secret": SecretStr("cs_test")}
        with serve(counted) as server:
            options = {"currency": "UAH", "home_url": HOME}
            config = ConnectorConfig(server.url, credentials, HttpOptions(), options)
            with connector_class("woocommerce").open(config) as connector:
                yield connector


@pytest.fixture
def shop() -> WooCommerceShop:
    shop = a_shop(
        customers=tuple(a_customer(number) for number in range(1, 16)),
        orders=(an_order(101, START), an_order(102, START)),
    )
    shop.home = HOME
    return shop


@pytest.fixture
def server(opened: Opener, shop: WooCommerceShop) -> RunningServer:
    return opened.served(shop, tls=False)


@pytest.fixture
def connector(opened: Opener, server: RunningServer) -> WooCommerceConnector:
    return opened.connector(server, home_url=HOME)


def asked(connector: WooCommerceConnector, path: str, **params: Any) -> list[int]:
    answer = connector._client.ask("GET", path, params=params)
    raise_for(answer, path)
    return [item["id"] for item in answer.data]


def test_numbered_lists_and_lists_with_commas_are_signed(connector: WooCommerceConnector) -> None:
    assert asked(connector, "customers", **{"include[0]": 5, "include[1]": 6, "orderby": "id"}) == [5, 6]
    assert asked(connector, "customers", include="5,6", orderby="id") == [5, 6]


@pytest.mark.parametrize("text", ["Олена Шевченко", "a+b & c=d", "50% off~!*'()", "Ґ"])
def test_any_text_is_signed_as_the_shop_reads_it(connector: WooCommerceConnector, text: str) -> None:
    assert (
        asked(connector, "customers", search=text) == (list(range(15, 0, -1)) if not text else [])
        or text == ""
    )


def test_a_body_in_json_is_not_signed_and_every_verb_is(connector: WooCommerceConnector) -> None:
    client = connector._client
    made = client.write("POST", "coupons", {"code": "Знижка", "amount": "5"})
    assert made["code"] == "знижка"
    assert client.write("PUT", f"coupons/{made['id']}", {"amount": "6"})["amount"] == "6.00"
    batch = {"create": [{"code": "other", "amount": "1"}], "delete": [made["id"]]}
    done = client.write("POST", "coupons/batch", batch)
    assert ([one["code"] for one in done["create"]], [one["id"] for one in done["delete"]]) == (
        ["other"],
        [made["id"]],
    )
    number = done["create"][0]["id"]
    assert client.write("DELETE", f"coupons/{number}", None, {"force": "true"})["id"] == number
    assert client.listing("coupons", {}).total == 0


def test_webhooks_are_made_and_changed_over_plain_http(connector: WooCommerceConnector) -> None:
    infrastructure = Infrastructure("https://hub.example.com/hook", SecretStr("s3cret"))
    assert connector.ensure(infrastructure, dry_run=False)
    assert connector.ensure(infrastructure, dry_run=False) == []


def test_the_port_counts_and_the_scheme_is_the_one_called_by(opened: Opener, server: RunningServer) -> None:
    for home in ("http://tea.example.com", "http://tea.example.com:8089", server.url):
        with pytest.raises(MisconfiguredError, match="another signature"):
            asked(opened.connector(server, home_url=home), "customers")


@pytest.fixture
def sign(server: RunningServer) -> Sign:
    auth = SignedAuth("ck_test", "cs_test", called=server.url, home=HOME)

    def signed(method: str, path: str) -> PreparedRequest:
        return requests.Request(method, f"{server.url}/wp-json/wc/v3/{path}", auth=auth).prepare()

    return signed


def sent(request: PreparedRequest) -> requests.Response:
    with requests.Session() as session:
        return session.send(request, timeout=10)


def test_a_request_that_was_overheard_opens_nothing(sign: Sign) -> None:
    request = sign("GET", "orders?per_page=1")
    assert sent(request).status_code == 200
    again = sent(request)
    assert (again.status_code, again.json()["message"]) == (
        401,
        "Invalid nonce - nonce has already been used.",
    )


def test_a_signature_holds_for_its_own_query_and_method_only(sign: Sign) -> None:
    for other in (sign("GET", "customers"), sign("POST", "orders")):
        request = sign("GET", "orders")
        request.headers["Authorization"] = other.headers["Authorization"]
        assert "signature does not match" in sent(request).json()["message"]


def test_a_request_that_is_repeated_is_signed_anew(opened: Opener, server: RunningServer, sign: Sign) -> None:
    assert sign("GET", "orders").headers["Authorization"] != sign("GET", "orders").headers["Authorization"]


def test_a_nonce_that_was_seen_is_tried_again() -> None:
    assert isinstance(_refusal("Invalid nonce - nonce has already been used."), RetryError)


def test_a_signature_in_the_query_goes_to_the_address_that_is_called(server: RunningServer) -> None:
    auth = SignedAuth("ck_test", "cs_test", called="x", home="y").in_query(called=server.url, home=HOME)
    request = requests.Request(
        "GET", f"{server.url}/wp-json/wc/v3/customers?search=Олена", auth=auth
    ).prepare()
    assert str(request.url).startswith(f"{server.url}/wp-json/wc/v3/customers?")
    assert "Authorization" not in request.headers
    query = parse_qs(urlsplit(str(request.url)).query)
    assert query["search"] == ["Олена"]
    assert "cs_test" not in str(request.url)
    assert sent(request).status_code == 200


@pytest.mark.parametrize("permissions", ["read", "write"])
def test_a_one_sided_key_is_named_over_plain_http_too(
    opened: Opener, server: RunningServer, shop: WooCommerceShop, permissions: str
) -> None:
    key = shop.add_key(ApiKey("ck_half", "cs_half", permissions=permissions))
    report = opened.connector(server, key=key, home_url=HOME).check()
    assert any(f"may only {permissions}" in one.message for one in report.findings)


def _refusal(message: str) -> RegularsError:
    from regulars_connectors import Answer
    from regulars_woocommerce._client import refusal

    body = {"code": "woocommerce_rest_authentication_error", "message": message}
    return refusal(Answer(401, {}, body), "orders")
