"""``check`` tells apart what can be wrong with a shop, in words that say what to do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import responses

from regulars_connectors import CheckReport, ConnectorConfig, Finding, HttpOptions, Severity
from regulars_mapping import MisconfiguredError
from regulars_sandbox import ApiKey, Faults, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import Opener, Waits, a_shop, credentials

URL = "https://shop.example.com"
INDEX = {"home": URL, "timezone_string": "Europe/Kyiv", "namespaces": ["wc/v3", "wp/v2"]}
CART = {"totals": {"currency_code": "UAH"}, "shipping_address": {"country": "UA"}}


def problems(report: CheckReport) -> list[Finding]:
    return [finding for finding in report.findings if finding.severity is Severity.PROBLEM]


def only_problem(report: CheckReport) -> str:
    (problem,) = problems(report)
    assert not report.usable
    return f"{problem.message} {problem.remedy}"


def mocked(url: str = URL, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> CheckReport:
    config = ConnectorConfig(url, credentials(), HttpOptions(tries=2))
    with WooCommerceConnector.open(config, sleep=Waits(), now=now) as connector:
        return connector.check()


def answer_the_rest() -> None:
    api = f"{URL}/wp-json/wc/v3"
    orders = [{"id": 9, "version": "10.5.0", "currency": "EUR"}]
    responses.get(f"{api}/orders", json=orders)
    responses.get(f"{api}/customers", json=[])
    responses.get(f"{api}/products/reviews", json=[])
    missing = {"code": "rest_missing_callback_param", "message": "Missing parameter(s): code"}
    responses.post(f"{api}/coupons", json=missing, status=400)
    responses.get(f"{URL}/wp-json/wc/store/v1/cart", json=CART)


def test_a_good_shop_is_usable_and_tells_about_itself(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    report = opened(recorded_shop).check()
    assert {finding.severity for finding in report.findings} == {Severity.OK}
    assert (report.zone, report.version) == ("Europe/Kyiv", "10.5.0")
    assert (report.currency, report.country) == ("UAH", "UA")


def test_a_shop_without_orders_tells_its_currency_and_country_all_the_same(opened: Opener) -> None:
    report = opened(WooCommerceShop(currency="JPY", digits=0, country="JP", zone="Asia/Tokyo")).check()
    assert {finding.severity for finding in report.findings} == {Severity.OK}
    assert (report.currency, report.country, report.version) == ("JPY", "JP", None)


@responses.activate
def test_currency_and_country_are_those_of_the_storefront() -> None:
    responses.get(f"{URL}/wp-json/", json=INDEX)
    answer_the_rest()
    report = mocked()
    assert report.usable
    assert (report.currency, report.country, report.capabilities) == ("UAH", "UA", frozenset())


@responses.activate
def test_our_companion_plugin_is_a_capability() -> None:
    responses.get(f"{URL}/wp-json/", json={**INDEX, "namespaces": ["wc/v3", "regulars/v1"]})
    answer_the_rest()
    assert mocked().capabilities == {"companion-plugin"}


def test_checking_writes_nothing(opened: Opener) -> None:
    connector = opened(a_shop())
    connector.check()
    assert connector._client.listing("coupons", {}).total == 0


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (ApiKey("ck_test", "cs_wrong"), "consumer secret is wrong"),
        (ApiKey("ck_unknown", "cs_test"), "does not know the key"),
        (ApiKey("ck_none", "cs_none", role="customer"), "administrator or shop manager"),
        (ApiKey("ck_write", "cs_write", permissions="write"), "may only write"),
        (ApiKey("ck_read", "cs_read", permissions="read"), "may only read"),
    ],
)
def test_what_is_wrong_with_a_key_is_named(opened: Opener, key: ApiKey, words: str) -> None:
    shop = a_shop()
    if key.consumer_key in {"ck_none", "ck_write", "ck_read"}:
        shop.add_key(key)
    assert words in only_problem(opened.connector(opened.served(shop), key=key).check())


def test_plain_http_is_warned_of(opened: Opener) -> None:
    report = opened.connector(opened.served(a_shop(), tls=False)).check()
    assert report.usable
    assert "plain HTTP" in next(one.message for one in report.findings if one.subject == "HTTPS")


def test_a_certificate_nobody_signed_is_named(opened: Opener) -> None:
    server = opened.served(a_shop())
    other = opened.served(a_shop()).certificate
    config = ConnectorConfig(server.url, credentials(), HttpOptions(verify=str(other)))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        assert "certificate cannot be trusted" in only_problem(connector.check())


def test_a_certificate_bundle_that_is_not_there_is_named(opened: Opener) -> None:
    server = opened.served(a_shop())
    config = ConnectorConfig(server.url, credentials(), HttpOptions(verify="/nowhere/bundle.pem"))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        assert "certificate bundle" in only_problem(connector.check())


def test_an_unreachable_host_is_named(opened: Opener) -> None:
    server = opened.served(a_shop(), tls=False)
    connector = opened.connector(server)
    server.close()
    assert "nothing answers" in only_problem(connector.check())


def test_a_web_page_before_the_api_is_named(opened: Opener) -> None:
    connector = opened.connector(opened.served(a_shop(), faults=Faults(challenge_every=1)))
    assert "web page instead of data" in only_problem(connector.check())


@responses.activate
def test_a_site_that_is_no_wordpress_is_named() -> None:
    responses.get(f"{URL}/wp-json/", body="<html>Not found</html>", status=404)
    assert "permalinks" in only_problem(mocked())


@responses.activate
def test_json_that_is_no_wordpress_is_named() -> None:
    responses.get(f"{URL}/wp-json/", json={"hello": "world"})
    assert "is not WordPress" in only_problem(mocked())


@responses.activate
def test_a_wordpress_without_woocommerce_is_named() -> None:
    responses.get(f"{URL}/wp-json/", json={**INDEX, "namespaces": ["wp/v2"]})
    assert "no WooCommerce API" in only_problem(mocked())


@responses.activate
def test_a_redirect_is_named_with_its_target_host_only() -> None:
    target = "https://www.shop.example.com/wp-json/?consumer_secret=cs_leaked"
    responses.get(f"{URL}/wp-json/", status=301, headers={"Location": target})
    words = only_problem(mocked())
    assert "https://www.shop.example.com" in words
    assert "leaked" not in words


@responses.activate
def test_a_shop_with_another_address_of_its_own_is_warned_of() -> None:
    responses.get(f"{URL}/wp-json/", json={**INDEX, "home": "http://10.0.0.5"})
    answer_the_rest()
    said = next(one for one in mocked().findings if one.severity is Severity.WARNING)
    assert "calls itself http://10.0.0.5," in said.message
    assert "--option home_url=https://10.0.0.5" in said.remedy


@responses.activate
def test_a_shop_with_a_bare_offset_has_no_known_zone() -> None:
    responses.get(f"{URL}/wp-json/", json={**INDEX, "timezone_string": "", "gmt_offset": 2})
    answer_the_rest()
    report = mocked()
    assert report.zone is None
    assert "Choose a city" in next(one.remedy for one in report.findings if one.subject == "time zone")


@responses.activate
def test_clocks_apart_are_warned_of() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    responses.get(f"{URL}/wp-json/", json=INDEX, headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"})
    answer_the_rest()
    report = mocked(now=lambda: moment + timedelta(minutes=20))
    assert "20 minutes apart" in next(one.message for one in report.findings if one.subject == "clock")


@responses.activate
def test_a_closed_storefront_leaves_the_country_open() -> None:
    responses.get(f"{URL}/wp-json/", json=INDEX)
    answer_the_rest()
    responses.replace(responses.GET, f"{URL}/wp-json/wc/store/v1/cart", json={"code": "no"}, status=404)
    report = mocked()
    assert report.usable
    assert (report.currency, report.country) == ("EUR", None)
    (warning,) = [one for one in report.findings if one.severity is Severity.WARNING]
    assert "storefront API is closed" in warning.message


@pytest.mark.parametrize(
    "url",
    [
        "shop.example.com",
        "ftp://shop.example.com",
        "https://",
        "https://a:b@shop.example.com",
        "https://[",
        "https://shop.example.com/?x=1",
    ],
)
def test_an_impossible_address_is_refused(url: str) -> None:
    with pytest.raises(MisconfiguredError, match="plain address"):
        WooCommerceConnector.open(ConnectorConfig(url, credentials(), HttpOptions()))


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(MisconfiguredError, match="consumer_key is missing"):
        WooCommerceConnector.open(ConnectorConfig(URL, {}, HttpOptions()))


@responses.activate
def test_the_address_of_the_api_itself_is_understood() -> None:
    responses.get(f"{URL}/shop/wp-json/wc/v3/orders", json=[], headers={"X-WP-Total": "0"})
    config = ConnectorConfig(f"{URL}/shop/wp-json/", credentials(), HttpOptions())
    with WooCommerceConnector.open(config) as connector:
        connector._client.listing("orders", {})
    assert responses.calls[0].request.headers["Accept"] == "application/json"
    assert "consumer" not in str(responses.calls[0].request.url)
