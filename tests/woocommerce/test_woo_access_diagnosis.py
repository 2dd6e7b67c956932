"""``check`` of shops that are set up wrong, or stand behind something that is: it names what, and soon."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from regulars_connectors import CheckReport, ConnectorConfig, HttpOptions, Severity
from regulars_sandbox import Faults, Noise, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import START, Opener, Waits, Watched, a_shop, an_order, credentials
from woocommerce.ill_shops import ILLS, ill_shop, problem

HANDFUL = 8


def warnings(report: CheckReport) -> dict[str, str]:
    found = [one for one in report.findings if one.severity is Severity.WARNING]
    return {one.subject: f"{one.message} {one.remedy}" for one in found}


@pytest.mark.parametrize("name", ILLS)
def test_what_is_wrong_is_named_with_a_remedy_in_a_handful_of_requests(opened: Opener, name: str) -> None:
    ill = ILLS[name]
    shop = ill_shop(ill)
    server = opened.served(shop, tls=ill.tls, faults=ill.faults)
    report = opened.connector(server, key=ill.key, **ill.options).check()
    found = problem(report)
    assert found.subject == ill.subject
    assert ill.words in found.message
    assert ill.remedy in f"{found.message} {found.remedy}"
    assert server.requests_seen <= HANDFUL


def test_a_good_shop_is_asked_six_times(opened: Opener) -> None:
    server = opened.served(a_shop())
    assert opened.connector(server).check().usable
    assert server.requests_seen == 6


@pytest.mark.parametrize(
    ("noise", "words"),
    [(Noise.NOTICE, "PHP's warnings"), (Noise.BOM, "byte order mark"), (Noise.TAIL, "cache's comment")],
)
def test_what_stands_around_the_data_is_read_past_and_named(opened: Opener, noise: Noise, words: str) -> None:
    server = opened.served(a_shop(orders=(an_order(1, START),)), faults=Faults(noise=noise))
    report = opened.connector(server).check()
    assert report.usable
    assert words in warnings(report)["noise"]
    assert "Undefined variable" not in str(report)


def test_blank_lines_before_the_data_are_no_finding(opened: Opener) -> None:
    server = opened.served(a_shop(), faults=Faults(noise=Noise.BLANK))
    assert warnings(opened.connector(server).check()) == {}


def test_a_shop_whose_clock_is_wrong_is_warned_of(opened: Opener) -> None:
    server = opened.served(a_shop(), faults=Faults(clock_skew=-1200))
    assert "20 minutes apart" in warnings(opened.connector(server).check())["clock"]


def test_a_signature_too_old_for_the_shop_is_the_fault_of_the_clock(opened: Opener) -> None:
    shop = WooCommerceShop(clock=lambda: datetime.now(UTC) + timedelta(minutes=20))
    server = opened.served(shop, tls=False, faults=Faults(clock_skew=1200))
    report = opened.connector(server).check()
    assert "more than 15 minutes apart" in problem(report).message
    assert "clock" in warnings(report)


@pytest.mark.parametrize("tls", [True, False])
def test_nobody_is_followed_to_another_address(opened: Opener, tls: bool) -> None:
    aim = opened.served(a_shop())
    server = opened.served(a_shop(), tls=tls, faults=Faults(redirect=aim.url))
    found = problem(opened.connector(server).check())
    assert (found.subject, aim.url in found.message) == ("address", True)
    assert (server.requests_seen, aim.requests_seen) == (1, 0)


def test_a_redirect_of_a_request_with_the_key_is_not_followed_either(opened: Opener) -> None:
    aim = opened.served(a_shop())
    server = opened.served(a_shop())
    connector = opened.connector(server)
    server.faults = Faults(redirect=aim.url)
    with pytest.raises(Exception, match="final address"):
        connector._client.listing("orders", {})
    assert aim.requests_seen == 0


def test_an_index_that_is_closed_to_visitors_keeps_nobody_with_a_key_out(opened: Opener) -> None:
    shop = a_shop()
    shop.site.open_index = False
    report = opened(shop).check()
    assert report.usable
    assert report.zone is None
    assert "closed to visitors" in warnings(report)["address"]


def test_an_address_that_the_shop_gives_itself_is_what_a_dropped_header_is_looked_for_with(
    opened: Opener,
) -> None:
    shop = a_shop()
    shop.home = "https://tea.example.com"
    server = opened.served(shop, faults=Faults(strip_authorization=True))
    assert problem(opened.connector(server).check()).subject == "Authorization header"


# What a shop answers in its own language.

URL = "https://shop.example.com"
REFUSAL = {"code": "woocommerce_rest_authentication_error", "data": {"status": 401}}
NO_CODE = {"code": "rest_missing_callback_param", "message": "Відсутній параметр", "data": {"status": 400}}
STRANGER = {"code": "woocommerce_rest_cannot_view", "message": "Вибачте", "data": {"status": 401}}


def told(*, orders: tuple[int, Any], coupons: tuple[int, Any]) -> CheckReport:
    index = {"home": URL, "timezone_string": "Europe/Kyiv", "namespaces": ["wc/v3"]}
    responses.get(f"{URL}/wp-json/", json=index)
    for path, (status, answer) in {"orders": orders, "customers": orders, "products/reviews": orders}.items():
        responses.get(f"{URL}/wp-json/wc/v3/{path}", status=status, json=answer)
    responses.post(f"{URL}/wp-json/wc/v3/coupons", status=coupons[0], json=coupons[1])
    responses.get(f"{URL}/wp-json/wc/store/v1/cart", json={"totals": {"currency_code": "UAH"}})
    config = ConnectorConfig(URL, credentials(), HttpOptions(tries=2))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        return connector.check()


@responses.activate
@pytest.mark.parametrize(
    ("orders", "coupons", "words"),
    [
        ((200, []), (401, REFUSAL | {"message": "Ключ не має права запису."}), "may only read"),
        ((401, REFUSAL | {"message": "Ключ не має права читання."}), (400, NO_CODE), "may only write"),
        ((401, REFUSAL | {"message": "Хибний секрет."}), (401, REFUSAL), "key or its secret is wrong"),
        ((401, STRANGER), (401, STRANGER), "does not know the key"),
    ],
)
def test_a_shop_that_speaks_another_language_is_understood(
    orders: tuple[int, Any], coupons: tuple[int, Any], words: str
) -> None:
    assert words in problem(told(orders=orders, coupons=coupons)).message


@responses.activate
@pytest.mark.parametrize(
    ("body", "status", "subject", "words"),
    [
        ('{"namespaces":["wc/v3"]}', 200, "permalinks", "are plain"),
        ("<html>Welcome</html>", 200, "firewall", "web page"),
        ('{"hello":"world"}', 200, "firewall", "web page"),
    ],
)
def test_a_first_page_in_the_place_of_the_api_is_looked_behind(
    body: str, status: int, subject: str, words: str
) -> None:
    responses.get(f"{URL}/wp-json/", body="<!DOCTYPE html><html>Welcome to our shop</html>")
    responses.get(f"{URL}/", body=body, status=status)
    config = ConnectorConfig(URL, credentials(), HttpOptions(tries=2))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        found = problem(connector.check())
    assert found.subject == subject
    assert words in found.message


@responses.activate
def test_a_path_that_is_kept_from_wordpress_is_named() -> None:
    responses.get(f"{URL}/wp-json/", body="<html>404</html>", status=404)
    link = {"Link": f'<{URL}/wp-json/>; rel="https://api.w.org/"'}
    responses.get(f"{URL}/", json={"namespaces": ["wc/v3"]}, headers=link)
    config = ConnectorConfig(URL, credentials(), HttpOptions(tries=2))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        assert "not under /wp-json/" in problem(connector.check()).message


@responses.activate
@pytest.mark.parametrize("status", [401, 403, 406])
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_firewall_that_refuses_is_no_fault_of_the_key(status: int, everywhere: bool) -> None:
    page = {"status": status, "body": "<html>Blocked</html>"}
    index = {"json": {"home": URL, "timezone_string": "Europe/Kyiv", "namespaces": ["wc/v3"]}}
    responses.get(f"{URL}/wp-json/", **(page if everywhere else index))
    responses.get(f"{URL}/wp-json/wc/v3/orders", **page)
    config = ConnectorConfig(URL, credentials(), HttpOptions(tries=2))
    with WooCommerceConnector.open(config, sleep=Waits()) as connector:
        found = problem(connector.check())
    assert found.subject == "firewall"
    assert "/wp-json/" in found.message


@pytest.mark.parametrize(
    "given", [{}, {"home_url": "https://shop.example.com"}, {"home_url": "http://x.example"}]
)
def test_a_shop_called_over_http_that_calls_itself_https_names_the_option_that_works(
    opened: Opener, given: dict[str, str]
) -> None:
    shop = a_shop(orders=(an_order(1, START),))
    shop.home = "https://shop.example.com"
    server = opened.served(shop, tls=False)
    report = opened.connector(server, **given).check()
    found = problem(report)
    assert report.options == {"home_url": "http://shop.example.com"}
    assert "home_url=http://shop.example.com" in found.remedy
    assert server.requests_seen <= HANDFUL
    followed = opened.connector(server, **report.options).check()
    assert followed.usable
    assert "address" not in warnings(followed)


@pytest.mark.parametrize("every", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("fault", ["throttle_every", "challenge_every"])
def test_one_refusal_on_the_way_is_asked_past_wherever_it_comes(
    opened: Opener, fault: str, every: int
) -> None:
    chosen: dict[str, Any] = {fault: every, "retry_after": None}
    server = opened.served(a_shop(), faults=Faults(**chosen))
    assert opened.connector(server).check().usable
    assert server.requests_seen <= 12


def test_a_shop_that_goes_on_refusing_promises_nothing(opened: Opener) -> None:
    server = opened.served(a_shop(), faults=Faults(throttle_every=1, retry_after=None))
    found = problem(opened.connector(server).check())
    assert "Try again in a minute" in found.message
    assert "will be asked" not in found.message


def test_a_browser_check_before_writing_is_the_firewalls(opened: Opener) -> None:
    def before(request: Any, response: Any) -> Any:
        if request.method != "POST":
            return response
        page = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"
        return type(response)(200, (("Content-Type", "text/html"),), page)

    server = opened.served(Watched(a_shop(), before))
    assert problem(opened.connector(server).check()).subject == "firewall"
