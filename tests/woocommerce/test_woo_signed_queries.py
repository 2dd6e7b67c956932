"""Hosts that drop the Authorization header: signed in the query, everything works and nothing shows."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from regulars_connectors import (
    CheckReport,
    Infrastructure,
    Operation,
    Outcome,
    Scan,
    Severity,
    Target,
    Verb,
)
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import ApiKey, Faults, RunningServer, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import (
    KEY,
    START,
    Opener,
    Watched,
    a_customer,
    a_product,
    a_shop,
    an_order,
    records_of,
)
from woocommerce.ill_shops import problem

STRIPPED = Faults(strip_authorization=True)
HOOKS = Infrastructure("https://crm.example.com/regulars/webhooks/tea", SecretStr("hook-secret"))
COUPON: dict[str, Any] = {
    "code": "олена-7",
    "discount_type": "percent",
    "amount": "5.00",
    "email_restrictions": ["person1@example.com"],
    "individual_use": True,
    "date_expires": "",
    "description": "Personal discount, kept by Regulars",
    "usage_limit": 0,
    "usage_limit_per_user": 0,
    "mark": "1",
}


@pytest.fixture
def watched() -> Watched:
    orders = tuple(an_order(number, START) for number in range(1, 121))
    people = tuple(a_customer(number) for number in range(1, 121))
    return Watched(a_shop(orders=orders, customers=people, products=(a_product(300),)))


@pytest.fixture(params=[True, False], ids=["https", "http"])
def server(request: pytest.FixtureRequest, opened: Opener, watched: Watched) -> RunningServer:
    return opened.served(watched, tls=request.param, faults=STRIPPED)


@pytest.fixture
def connector(opened: Opener, server: RunningServer) -> WooCommerceConnector:
    return opened.connector(server, auth="query")


def said(report: CheckReport, subject: str) -> list[str]:
    return [
        f"{one.severity}: {one.message} {one.remedy}" for one in report.findings if one.subject == subject
    ]


def test_a_dropped_header_names_the_options_that_get_past_it(opened: Opener, server: RunningServer) -> None:
    report = opened.connector(server).check()
    assert problem(report).subject == "Authorization header"
    assert report.options == {"auth": "query"}
    assert opened.connector(server, **report.options).check().usable


def test_the_mode_is_named_and_the_shop_is_usable(connector: WooCommerceConnector) -> None:
    report = connector.check()
    assert report.usable
    assert report.options == {}
    assert "option auth=query" in said(report, "Authorization header")[0]


def test_everything_is_read(connector: WooCommerceConnector) -> None:
    for kind, count in ((Kind.ORDER, 120), (Kind.CUSTOMER, 120), (Kind.PRODUCT, 1), (Kind.REVIEW, 0)):
        pages = list(connector.pages(kind, Scan.HISTORY))
        assert len({record.external_id for page in pages for record in page.records}) == count
        assert sum(len(batch) for batch in connector.list_ids(kind)) == count
        assert connector.count(kind) == count
        assert list(connector.pages(kind, Scan.CHANGES, cursor=connector.changes_cursor(kind, START)))
    assert len(records_of(connector, Kind.CUSTOMER, *range(1, 101))) == 100


def test_everything_is_written(connector: WooCommerceConnector) -> None:
    target = Target("coupon", COUPON["code"])
    (made,) = connector.push([Operation("one", Verb.CREATE, target, COUPON)])
    assert made.outcome is Outcome.DONE, made.reason
    (found,) = connector.read_back([target])
    assert found.document == COUPON
    label = Operation("two", Verb.CREATE, Target("label", "1"), {"regulars_level": "Срібло & більше"})
    (labelled,) = connector.push([label])
    assert labelled.outcome is Outcome.DONE, labelled.reason
    assert [[one.target for one in batch] for batch in connector.marked("coupon")] == [[target]]


def test_webhooks_are_made_seen_and_taken_away(connector: WooCommerceConnector) -> None:
    made = connector.ensure(HOOKS, dry_run=False)
    assert connector.ensure(HOOKS, dry_run=False) == []
    seen = connector.webhooks(HOOKS)
    assert seen is not None
    assert (len(seen.seen), seen.total, list(seen.needed)) == (len(made), len(made), [])
    assert all(each.active and each.ours and each.failures is None for each in seen.seen)
    assert len(connector.remove_webhooks(HOOKS.webhook_url, dry_run=False)) == len(made)


def test_the_secret_is_in_no_request_and_each_signature_counts_once(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    connector.check()
    list(connector.pages(Kind.ORDER, Scan.HISTORY))
    connector.ensure(HOOKS, dry_run=False)
    signatures = []
    for request in watched.seen:
        assert KEY.consumer_secret not in request.target
        assert KEY.consumer_secret not in str(request.headers)
        assert "authorization" not in {name.lower() for name in request.headers}
        signatures += parse_qs(urlsplit(request.target).query).get("oauth_signature", [])
    assert len(signatures) == len(set(signatures)) > 10


def test_a_repeated_request_is_signed_anew(opened: Opener, watched: Watched) -> None:
    server = opened.served(watched, faults=Faults(strip_authorization=True, crash_every=2))
    connector = opened.connector(server, auth="query")
    assert len(list(connector.pages(Kind.CUSTOMER, Scan.HISTORY))) == 2
    assert opened.waits


def test_a_proxy_that_hides_https_is_got_past_by_the_address_that_the_shop_believes(opened: Opener) -> None:
    server = opened.served(Watched(a_shop()), faults=Faults(hide_https=True))
    report = opened.connector(server).check()
    assert problem(report).subject == "HTTPS"
    assert report.options == {"auth": "query", "home_url": server.url.replace("https", "http")}
    healed = opened.connector(server, **report.options).check()
    assert healed.usable
    assert said(healed, "address") == ["ok: WooCommerce answers at this address. "]


def test_in_that_mode_hidden_https_is_still_told_from_a_wrong_secret(opened: Opener) -> None:
    server = opened.served(Watched(a_shop()), faults=Faults(hide_https=True))
    assert problem(opened.connector(server, auth="query").check()).subject == "HTTPS"
    wrong = ApiKey(KEY.consumer_key, "cs_wrong")
    found = problem(opened.connector(server, key=wrong, auth="query").check())
    assert (found.subject, "secret is wrong" in found.message) == ("key", True)


def test_an_address_the_shop_gives_itself_is_among_the_options(opened: Opener) -> None:
    shop = a_shop()
    shop.home = "https://tea.example.com"
    report = opened.connector(opened.served(shop, faults=STRIPPED)).check()
    assert report.options == {"auth": "query", "home_url": "https://tea.example.com"}


def test_a_key_that_is_wrong_too_names_no_options(opened: Opener) -> None:
    server = opened.served(a_shop(), faults=STRIPPED)
    assert opened.connector(server, key=ApiKey("ck_test", "cs_wrong")).check().options == {}


def test_another_word_than_header_or_query_is_refused(opened: Opener) -> None:
    server = opened.served(a_shop())
    with pytest.raises(MisconfiguredError, match="header or"):
        opened.connector(server, auth="cookie")
    assert opened.connector(server, auth="header").check().usable
    assert opened.connector(server, auth="").check().usable


@pytest.mark.parametrize("odd", ["ключ", "a b", "%zz", "a\x00b", "\ud800"])
def test_a_key_that_was_pasted_wrongly_is_named_and_no_crash(opened: Opener, odd: str) -> None:
    server = opened.served(a_shop(), faults=STRIPPED)
    for key in (ApiKey(odd, "cs_test"), ApiKey("ck_test", odd)):
        for options in ({"auth": "query"}, {}):
            report = opened.connector(server, key=key, **options).check()
            assert not report.usable
            assert odd not in str(report)


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        for name in ("urllib3", "requests", "oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield caplog
        for name in ("urllib3", "requests", "oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def test_neither_logs_nor_links_nor_payloads_show_the_proof(
    connector: WooCommerceConnector, loud: pytest.LogCaptureFixture
) -> None:
    connector.check()
    pages = list(connector.pages(Kind.ORDER, Scan.HISTORY))
    answer = connector._client.ask("GET", "orders", params={"per_page": 1})
    assert "Link" in answer.headers
    shown = [str(dict(answer.headers)), repr(connector._client._session.auth), str(pages)]
    logged = loud.text + "".join(str(vars(record)) for record in loud.records)
    for secret in (KEY.consumer_key, KEY.consumer_secret, "oauth_signature"):
        assert all(secret not in words for words in (*shown, logged))


def test_the_clock_is_named_in_that_mode_too(opened: Opener) -> None:
    shop = WooCommerceShop(clock=lambda: datetime.now(UTC) + timedelta(minutes=20))
    server = opened.served(shop, faults=Faults(strip_authorization=True, clock_skew=1200))
    assert "15 minutes" in problem(opened.connector(server, auth="query").check()).message


def test_severities_are_those_of_a_good_shop(opened: Opener, watched: Watched) -> None:
    report = opened.connector(opened.served(watched, faults=STRIPPED), auth="query").check()
    assert {one.severity for one in report.findings} == {Severity.OK}
