"""Connecting from a page that somebody waits for: bounded in time, and by the way that works."""

import json
import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

import regulars_store as store
from regulars_agent import Workspace, _connect_woocommerce, backfill
from regulars_agent._connect_woocommerce import Connecting, ask_for_key, finish_connecting, take_key
from regulars_connectors import Severity
from regulars_sandbox import ApiKey, Faults, RunningServer, WooCommerceShop, serve

KEY, SECRET = f"ck_{'0a' * 20}", f"cs_{'1b' * 20}"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    shop = WooCommerceShop()
    shop.add_key(ApiKey(KEY, SECRET))
    with serve(shop) as running:
        yield running


@pytest.fixture
def request_id(empty_workspace: Workspace, server: RunningServer) -> str:
    """A request whose key has come."""
    tokens: list[str] = []

    def callback_url(request: str, token: str) -> str:
        tokens.append(token)
        return f"https://site.example.com/{request}/{token}/"

    approval = ask_for_key(
        empty_workspace,
        name="tea",
        url=server.url,
        who="7",
        app_name="The site",
        return_url="https://site.example.com/back/",
        callback_url=callback_url,
    )
    told = {"key_id": 1, "user_id": approval.request, "consumer_key": KEY, "consumer_secret": SECRET}
    body = json.dumps({**told, "key_permissions": "read_write"}).encode()
    take_key(empty_workspace, approval.request, tokens[0], body)
    return approval.request


def finished(workspace: Workspace, request: str) -> tuple[Connecting, dict[str, str]]:
    """What came of it, and what is wrong by subject."""
    found = finish_connecting(workspace, request, who="7")
    assert found.report is not None
    wrong = [each for each in found.report.findings if each.severity is not Severity.OK]
    return found, {each.subject: f"{each.message} {each.remedy}" for each in wrong}


def options(workspace: Workspace) -> dict[str, str]:
    with workspace.store.read() as connection:
        return dict(store.shop_named(connection, "tea").options)


@pytest.mark.parametrize(
    "faults",
    [Faults(latency=30), Faults(maintenance=True, latency=0.2), Faults(throttle_every=1, retry_after=50)],
)
def test_it_ends_in_time_and_says_what_to_do(
    empty_workspace: Workspace,
    server: RunningServer,
    request_id: str,
    faults: Faults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_connect_woocommerce, "CONNECTING_SECONDS", 1.0)
    server.faults = faults
    began = time.monotonic()
    found, wrong = finished(empty_workspace, request_id)
    assert time.monotonic() - began < 3
    assert not found.connected
    if faults.latency > 1:
        assert "Load this page again" in wrong["slow"]
    server.faults = Faults()
    monkeypatch.undo()
    assert finished(empty_workspace, request_id)[0].connected


def test_a_shop_that_is_added_already_is_checked_as_soon(
    empty_workspace: Workspace, server: RunningServer, request_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finished(empty_workspace, request_id)[0].connected
    monkeypatch.setattr(_connect_woocommerce, "CONNECTING_SECONDS", 1.0)
    server.faults = Faults(latency=30)
    began = time.monotonic()
    _, wrong = finished(empty_workspace, request_id)
    assert time.monotonic() - began < 3
    assert "Load this page again" in wrong["slow"]


def test_the_time_is_said_in_one_place_and_is_short() -> None:
    assert 5 <= _connect_woocommerce.CONNECTING_SECONDS <= 15


def test_a_dropped_header_is_got_past_by_itself_and_said(
    empty_workspace: Workspace, server: RunningServer, request_id: str
) -> None:
    server.faults = Faults(strip_authorization=True)
    found, wrong = finished(empty_workspace, request_id)
    assert found.connected
    assert "does not reach the shop" in wrong["Authorization header"]
    assert "signed in its address instead" in wrong["Authorization header"]
    assert "auth=query" in wrong["Authorization header"]
    assert options(empty_workspace) == {"auth": "query"}
    assert backfill(empty_workspace, "tea").complete


def test_nothing_is_switched_where_the_header_arrives(
    empty_workspace: Workspace, server: RunningServer, request_id: str
) -> None:
    assert server.requests_seen == 0
    assert finished(empty_workspace, request_id)[0].connected
    assert options(empty_workspace) == {}


def test_a_shop_that_the_other_way_does_not_open_either_is_not_added(
    empty_workspace: Workspace, server: RunningServer, request_id: str
) -> None:
    server.faults = Faults(strip_authorization=True, noise_every=1)
    shop = server.requests_seen
    empty_workspace.secrets.set("tea", "consumer_secret", SecretStr("cs_wrong"))
    found, wrong = finished(empty_workspace, request_id)
    assert not found.connected
    assert wrong
    assert server.requests_seen > shop
    with empty_workspace.store.read() as connection:
        assert store.shops(connection) == []
