"""The Shopify double over real HTTP and HTTPS, its faults, its past, and its command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from regulars_sandbox import Faults, Noise, RateLimit, ShopifyShop, serve
from regulars_sandbox.population import Population, generate

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TAG = 'mutation { tagsAdd(id: "gid://shopify/Customer/1", tags: ["vip"]) { node { id } } }'
TAGS = '{ customer(id: "gid://shopify/Customer/1") { tags } }'
QUERIES = Path(__file__).parent / "shopify_queries"
COMMAND = [sys.executable, "-m", "regulars_sandbox", "shopify", "--customers", "20", "--orders", "40"]


@pytest.fixture
def shop() -> ShopifyShop:
    shop = ShopifyShop()
    shop.register("ann@example.com")
    shop.add_token("t")
    return shop


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Shopify-Access-Token"] = "t"
        yield session


def _post(session: requests.Session, url: str, query: str, **more: Any) -> requests.Response:
    where = f"{url}/admin/api/2026-10/graphql.json"
    return session.post(where, json={"query": query, **more.pop("body", {})}, timeout=20, **more)


def test_it_is_served_over_https_with_its_own_certificate(
    shop: ShopifyShop, session: requests.Session
) -> None:
    with serve(shop, tls=True) as server:
        answer = _post(session, server.url, TAGS, verify=str(server.certificate))
    assert answer.json()["data"] == {"customer": {"tags": []}}
    assert answer.headers["X-Shopify-API-Version"] == "2026-10"


def test_a_dropped_answer_counts_mutations_only_and_leaves_the_effect(
    shop: ShopifyShop, session: requests.Session
) -> None:
    with serve(shop, faults=Faults(drop_after_effect_every=1)) as server:
        assert _post(session, server.url, TAGS).json()["data"] == {"customer": {"tags": []}}
        with pytest.raises(requests.ConnectionError):
            _post(session, server.url, TAG)
        assert _post(session, server.url, TAGS).json()["data"] == {"customer": {"tags": ["vip"]}}


def test_it_shares_the_faults_of_the_other_doubles(shop: ShopifyShop, session: requests.Session) -> None:
    with serve(shop, faults=Faults(throttle_every=1, retry_after=2)) as server:
        throttled = _post(session, server.url, TAGS)
        assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "2")
        server.faults = Faults(crash_every=1)
        assert _post(session, server.url, TAGS).status_code == 500
        server.faults = Faults(truncate_every=1)
        with pytest.raises(requests.exceptions.RequestException):
            _post(session, server.url, TAGS)
        server.faults = Faults(noise=Noise.BOM)
        assert _post(session, server.url, TAGS).content.startswith(b"\xef\xbb\xbf")


@pytest.fixture(scope="module")
def populations() -> tuple[Population, Population]:
    first = generate(seed=1, customers=300, orders=600, now=NOW)
    return first, generate(seed=2, customers=200, orders=500, now=NOW, beside=first)


def _pulled(shop: ShopifyShop, name: str, kind: str, first: int, **variables: Any) -> list[Any]:
    shop.add_token("t")
    nodes, after = list[Any](), None
    with serve(shop) as server, requests.Session() as session:
        session.trust_env = False
        session.headers["X-Shopify-Access-Token"] = "t"
        while True:
            body = {"variables": {"first": first, "after": after, **variables}}
            answer = _post(session, server.url, (QUERIES / f"{name}.graphql").read_text(), body=body).json()
            assert "errors" not in answer
            page = answer["data"][kind]
            nodes += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return nodes
            after = page["pageInfo"]["endCursor"]


def _open_shop(population: Population) -> ShopifyShop:
    return ShopifyShop.of(population.history, rate_limit=RateLimit(1e9, 1e9), clock=lambda: NOW)


def test_a_history_is_pulled_whole_and_its_sums_agree(populations: tuple[Population, Population]) -> None:
    history = populations[1].history
    shop = _open_shop(populations[1])
    orders = _pulled(shop, "orders_page", "orders", 50)
    customers = _pulled(shop, "customers_page", "customers", 250, ns="regulars")
    products = _pulled(shop, "products_page", "products", 50)
    assert (len(orders), len(customers), len(products)) == (
        500,
        len(history.customers),
        len(history.products),
    )
    totals = {str(order.id): order.total for order in history.orders}
    for order in orders:
        amount = order["totalPriceSet"]["shopMoney"]["amount"]
        assert round(float(amount) * 100) == totals[order["legacyResourceId"]]
    owned = Counter(order["customer"]["id"] for order in orders if order["customer"])
    assert {each["id"]: each["numberOfOrders"] for each in customers} == {
        each["id"]: str(owned[each["id"]]) for each in customers
    }
    states = {order["displayFinancialStatus"] for order in orders}
    assert {"PAID", "PENDING", "VOIDED"} <= states
    assert any(order["refunds"] for order in orders)
    assert any(order["fulfillments"] for order in orders)


def test_a_family_phone_is_on_one_account_and_in_the_addresses_of_all(
    populations: tuple[Population, Population],
) -> None:
    customers = _pulled(_open_shop(populations[0]), "customers_page", "customers", 250, ns="regulars")
    phones = [each["defaultPhoneNumber"]["phoneNumber"] for each in customers if each["defaultPhoneNumber"]]
    assert len(set(phones)) == len(phones) > 0
    assert any(each["defaultPhoneNumber"] is None and each["addressesV2"]["nodes"] for each in customers)


def test_two_shops_share_people(populations: tuple[Population, Population]) -> None:
    first, second = populations
    assert {person.number for person in first.people} & {person.number for person in second.people}


@pytest.mark.slow
def test_a_thousand_customers_and_three_thousand_orders_are_pulled_within_a_demos_patience() -> None:
    population = generate(seed=1, customers=1_000, orders=3_000, now=NOW)
    shop = _open_shop(population)
    start = time.process_time()
    assert len(_pulled(shop, "customers_page", "customers", 250, ns="regulars")) > 400
    assert len(_pulled(shop, "orders_page", "orders", 50)) == 3_000
    # Processor time, client and server together: a busy machine must not fail this.
    assert time.process_time() - start < 20


def _environment(**more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_SANDBOX")}
    return inherited | more


def test_the_command_serves_a_shop_beside_another_and_ends_cleanly(
    tmp_path: Path, session: requests.Session
) -> None:
    key_file = tmp_path / "key.json"
    options = ["--key-file", str(key_file), "--tls", "--plan", "plus", "--beside-seed", "7"]
    with subprocess.Popen(
        [*COMMAND, *options, "--beside-customers", "50"],
        stdout=subprocess.PIPE,
        env=_environment(),
        text=True,
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        told, key = json.loads(line), json.loads(key_file.read_text())
        assert key["access_token"] not in line
        assert key_file.stat().st_mode & 0o777 == 0o600
        session.headers["X-Shopify-Access-Token"] = key["access_token"]
        query = "{ ordersCount { count } currentAppInstallation { id } }"
        answer = _post(session, told["url"], query, verify=told["certificate"]).json()
        assert answer["data"]["ordersCount"] == {"count": told["orders"]} == {"count": 40}
        assert answer["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 20_000.0
        granted = session.post(
            f"{told['url']}/admin/oauth/access_token",
            data={**key, "grant_type": "client_credentials"},
            verify=told["certificate"],
            timeout=10,
        )
        assert granted.json()["expires_in"] == 86_399
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_token_may_come_from_the_environment_and_a_scope_be_withheld(session: requests.Session) -> None:
    environment = _environment(REGULARS_SANDBOX_TOKEN="shpat_env")
    with subprocess.Popen(
        [*COMMAND, "--without-scope", "read_all_orders"], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        session.headers["X-Shopify-Access-Token"] = "shpat_env"
        answer = _post(session, told["url"], "{ ordersCount { count } }").json()
        assert answer["data"]["ordersCount"]["count"] < told["orders"]
        process.terminate()
        assert process.wait(10) == 0


def test_without_a_token_the_command_says_what_is_missing() -> None:
    ended = subprocess.run(
        COMMAND, capture_output=True, env=_environment(), text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert "REGULARS_SANDBOX_TOKEN" in ended.stderr


def test_importing_the_package_needs_no_graphql_library() -> None:
    code = "import sys, regulars_sandbox, regulars_sandbox._command; sys.exit('graphql' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


def test_a_shop_without_the_graphql_library_says_what_to_install() -> None:
    code = "import sys; sys.modules['graphql'] = None; import regulars_sandbox as s; s.ShopifyShop()"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert "pip install 'graphql-core" in ended.stderr
