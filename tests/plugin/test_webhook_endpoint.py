"""The address that shops deliver to: noted and answered at once, refused without a word of why."""

import base64
import hashlib
import hmac
import io
import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client, override_settings
from pydantic import SecretStr
from sqlalchemy import select

from regulars_agent import LARGEST_DELIVERY
from regulars_store import Store, add_shop, tables
from wagtail_regulars._workspace import close_workspace, workspace

SECRET = "s3cret of the tests, ключ & <more>"
AT = "/regulars/webhooks/tea"


@pytest.fixture
def hooked(site: None, place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A site with a shop that tells of its changes, once on each database."""
    monkeypatch.setenv("REGULARS_STORE_URL", store.url)
    close_workspace()
    with store.write() as connection:
        for name in ("tea", "Чай & co"):
            url = f"https://shop{len(name)}.example.com"
            given: dict[str, Any] = {"platform": "woocommerce", "options": {}, "now": datetime.now(UTC)}
            add_shop(connection, name=name, url=url, **given)
    for name in ("tea", "Чай & co"):
        for key in ("consumer_key", "consumer_secret"):
            workspace().secrets.set(name, key, SecretStr(f"{key}_{len(name)}"))
        workspace().secrets.set(name, "webhook_secret", SecretStr(SECRET))
    yield store


def headers(body: bytes, topic: str = "customer.updated", secret: str = SECRET) -> dict[str, str]:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": base64.b64encode(mac).decode()}


def deliver(payload: Any, *, at: str = AT, **signing: str) -> HttpResponse:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(at, body, content_type="application/json", headers=headers(body, **signing))


def waiting(store: Store) -> list[tuple[int, str, str]]:
    columns = (tables.notice.c.shop_id, tables.notice.c.kind, tables.notice.c.external_id)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]


def test_a_delivery_is_noted_and_answered(hooked: Store) -> None:
    answer = deliver({"id": 7})
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert "no-store" in answer["Cache-Control"]
    assert waiting(hooked) == [(1, "customer", "7")]


def test_a_shop_s_name_may_be_of_any_script(hooked: Store) -> None:
    assert deliver({"id": 7}, at="/regulars/webhooks/%D0%A7%D0%B0%D0%B9%20%26%20co").status_code == 200
    assert waiting(hooked) == [(2, "customer", "7")]


def test_a_forgery_and_an_unknown_shop_get_one_answer(hooked: Store) -> None:
    forged = deliver({"id": 7}, secret="x")
    unknown = deliver({"id": 7}, at="/regulars/webhooks/coffee")
    nothing = deliver(b"")
    assert [each.status_code for each in (forged, unknown, nothing)][:2] == [401, 401]
    assert forged.content == unknown.content
    assert waiting(hooked) in ([], [(1, "customer", "")])


def test_a_ping_is_answered_whatever_the_shop(hooked: Store) -> None:
    for at in (AT, "/regulars/webhooks/coffee"):
        form = "application/x-www-form-urlencoded"
        assert Client().post(at, b"webhook_id=3", content_type=form).status_code == 200
    assert waiting(hooked) == []


@pytest.mark.parametrize("method", ["get", "put", "delete", "options"])
def test_nothing_but_a_post_is_taken(hooked: Store, method: str) -> None:
    assert getattr(Client(), method)(AT).status_code == 405


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("length", [str(LARGEST_DELIVERY + 1), "9" * 4_000, "9" * 40])
def test_what_is_too_large_is_refused_unread(hooked: Store, length: str) -> None:
    started: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": AT,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_LENGTH": length,
        "wsgi.input": Unread(),
        "wsgi.url_scheme": "https",
        "wsgi.errors": io.StringIO(),
    }
    WSGIHandler()(environ, lambda status, _headers: started.append(status))
    assert started[0].startswith("413")


def test_a_large_body_within_the_bound_is_taken_past_the_site_s_own_for_forms(hooked: Store) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1_000):
        assert deliver({"id": 7, "note": "x" * 3_000_000}).status_code == 200
    assert waiting(hooked) == [(1, "customer", "7")]


def test_a_store_that_is_away_is_said_so_and_nothing_more(hooked: Store, tmp_path: Path) -> None:
    with override_settings(REGULARS={"directory": tmp_path / "nowhere"}):
        answer = deliver({"id": 7})
    assert (answer.status_code, answer.content) == (503, b"This cannot be noted at the moment.")


def test_a_burst_from_several_threads_is_a_row_an_object_and_answered_at_once(hooked: Store) -> None:
    def one(number: int) -> tuple[int, float]:
        began = time.perf_counter()
        status = deliver({"id": 1 + number % 20}).status_code
        return status, time.perf_counter() - began

    deliver({"id": 1})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, range(200)))
    assert {status for status, _ in answers} == {200}
    assert len(waiting(hooked)) == 20
    assert statistics.median(seconds for _, seconds in answers) < 0.05
