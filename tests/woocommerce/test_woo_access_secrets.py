"""Nothing secret in logs, errors, reports, reprs and kept headers, whatever goes wrong."""

import base64
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from regulars_connectors import Answer, HttpOptions, HttpSession
from regulars_mapping import RegularsError
from regulars_sandbox import ApiKey, Faults, RunningServer
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._auth import BasicAuth, SignedAuth
from woocommerce.conftest import KEY, START, Opener, a_shop, an_order
from woocommerce.ill_shops import ILLS, Ill, ill_shop

E_MAIL = "olena.koval@example.com"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is said besides the log, which is listened to whole."""
    with caplog.at_level(logging.DEBUG):
        for name in ("urllib3", "requests", "oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        words: list[str] = []
        yield words
        for name in ("urllib3", "requests", "oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def secrets_of(key: ApiKey) -> tuple[str, ...]:
    basic = base64.b64encode(f"{key.consumer_key}:{key.consumer_secret}".encode()).decode()
    return key.consumer_key, key.consumer_secret, basic, "oauth_signature=", "oauth_signature%3D", E_MAIL


def everything_of(error: BaseException) -> list[str]:
    """An error as logs and reports of crashes show it: with its chain, and with its frames' variables."""
    whole = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # What was asked for stands in the variables; that is the asker's to know.
    return [str(error), repr(error), "".join(traceback.format_exception(error)), whole.replace(E_MAIL, "")]


def try_all(connector: WooCommerceConnector) -> Iterator[str]:
    """What is said by reading and writing."""
    asked: list[tuple[str, dict[str, Any]]] = [("GET", {}), ("POST", {"json": {"email": E_MAIL}})]
    for method, given in asked:
        try:
            answer = connector._client.ask(method, "customers", params={"email": E_MAIL}, **given)
        except RegularsError as error:
            yield from everything_of(error)
        else:
            yield from (repr(answer), str(dict(answer.headers)))


def opened_ill(opened: Opener, ill: Ill) -> tuple[WooCommerceConnector, RunningServer]:
    server = opened.served(ill_shop(ill), tls=ill.tls, faults=ill.faults)
    return opened.connector(server, key=ill.key, **ill.options), server


@pytest.mark.parametrize("name", ILLS)
def test_no_failure_says_a_secret(
    opened: Opener, said: list[str], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    ill = ILLS[name]
    connector, server = opened_ill(opened, ill)
    said.append(str(connector.check()))
    said += try_all(connector)
    server.close()
    said += [*try_all(connector), repr(connector), repr(vars(connector)), repr(connector._client)]
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "urllib3" in logged
    for secret in secrets_of(ill.key):
        assert secret not in logged
        assert all(secret not in words for words in said)


def test_a_good_shop_logs_no_secret_either(
    opened: Opener, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    well = replace(ILLS["maintenance"], faults=Faults())
    for tls in (True, False):
        connector, _ = opened_ill(opened, replace(well, tls=tls))
        assert connector.check().usable
        said += try_all(connector)
    for secret in secrets_of(KEY):
        assert secret not in caplog.text
        assert all(secret not in words for words in said)


def test_links_that_repeat_a_query_are_kept_without_it(opened: Opener) -> None:
    shop = a_shop(orders=(an_order(1, START), an_order(2, START)))
    server = opened.served(shop, faults=Faults(strip_authorization=True))
    session = HttpSession(HttpOptions(verify=str(server.certificate)))
    query = {"consumer_key": KEY.consumer_key, "consumer_secret": KEY.consumer_secret, "per_page": 1}
    orders = session.request("GET", f"{server.url}/wp-json/wc/v3/orders", params=query)
    session.close()
    assert orders.status == 200
    assert orders.headers["Link"] == f'<{server.url}/wp-json/wc/v3/orders>; rel="next"'
    assert all(secret not in str(orders.headers) for secret in secrets_of(KEY))


def test_proofs_and_answers_show_nothing() -> None:
    signed = SignedAuth("ck_test", "cs_test", called="http://a.example", home="http://b.example")
    for shown in (BasicAuth("ck_test", "cs_test"), signed, Answer(200, {"Link": "x"}, {"email": E_MAIL})):
        assert not any(secret in repr(shown) for secret in secrets_of(KEY))
