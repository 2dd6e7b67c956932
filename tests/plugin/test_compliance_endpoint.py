"""What the law has Shopify demand, at its address: signed or 401, and kept for the shop that it means."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pydantic import SecretStr
from sqlalchemy import select

from regulars_agent import disconnect_shop
from regulars_store import Store, add_shop, tables
from wagtail_regulars._workspace import close_workspace, workspace

APP, OTHER_APP = "shpss_app", "shpss_other"
BOTH_NOW_AND_THEN = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
SHOPS = {"tea": APP, "coffee": APP, "cups": OTHER_APP}


@pytest.fixture
def asked(site: None, place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A site with three shops: two have one app, the third has its own."""
    monkeypatch.setenv("REGULARS_STORE_URL", store.url)
    close_workspace()
    with store.write() as connection:
        for name in SHOPS:
            given: dict[str, Any] = {"platform": "shopify", "options": {}, "now": datetime.now(UTC)}
            add_shop(connection, name=name, url=f"https://{name}.myshopify.com", **given)
    for name, secret in SHOPS.items():
        workspace().secrets.set(name, "client_id", SecretStr("id"))
        workspace().secrets.set(name, "client_secret", SecretStr(secret))
    yield store


def deliver(topic: str, said: Any, *, shop: str = "tea", secret: str = APP, number: str = "w-1") -> int:
    body = json.dumps(said).encode()
    mac = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": mac, "X-Shopify-Webhook-Id": number}
    client = Client(enforce_csrf_checks=True)
    at = f"/regulars/webhooks/{shop}"
    return client.post(at, body, content_type="application/json", headers=headers).status_code


def redact(customer: int, domain: str) -> dict[str, Any]:
    who = {"id": customer, "email": "anna@example.com", "phone": "+380671112233"}
    return {"shop_id": 1, "shop_domain": f"{domain}.myshopify.com", "customer": who, "orders_to_redact": [5]}


def kept(store: Store) -> list[tuple[Any, ...]]:
    row = tables.demand.c
    with store.read() as connection:
        query = select(row.shop_id, row.what, row.account_id, row.orders, row.state).order_by(row.id)
        return [tuple(each) for each in connection.execute(query)]


def test_a_demand_is_kept_once_with_ids_only_and_its_term(asked: Store) -> None:
    assert {deliver("customers/redact", redact(7, "tea")) for _ in range(3)} == {200}
    assert kept(asked) == [(1, "customer_erasure", "1:7", ["5"], "due")]
    row = tables.demand
    with asked.read() as connection:
        found = connection.execute(select(row)).mappings().one()
    assert found["term_at"] - found["at"] == timedelta(days=30)
    assert "example.com" not in str(dict(found)) and "38067" not in str(dict(found))


@BOTH_NOW_AND_THEN
@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_a_wrong_signature_is_answered_401_and_nothing_is_kept(asked: Store, topic: str) -> None:
    assert deliver(topic, redact(7, "tea"), secret="guessed") == 401
    assert deliver(topic, {"id": 7, "customer": {"id": 7}, "shop_domain": "tea.myshopify.com"}) == 401
    assert kept(asked) == []


@BOTH_NOW_AND_THEN
def test_a_demand_is_for_the_shop_that_it_names_whichever_shop_s_address_the_app_has(asked: Store) -> None:
    assert deliver("customers/redact", redact(7, "coffee")) == 200
    assert deliver("customers/redact", redact(7, "cups")) == 200, "of another app: not signed for it"
    assert deliver("customers/redact", redact(7, "nowhere")) == 200
    assert [(shop, account) for shop, _, account, _, _ in kept(asked)] == [(2, "2:7")]
    disconnect_shop(workspace(), "coffee")
    said = {"shop_id": 2, "shop_domain": "coffee.myshopify.com"}
    assert deliver("shop/redact", said, number="w-2") == 200
    assert [(shop, what) for shop, what, *_ in kept(asked)][1:] == [(2, "shop_erasure")]
