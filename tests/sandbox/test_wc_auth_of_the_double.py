"""The page where a shop's owner grants a key, as WooCommerce's own code behaves."""

from __future__ import annotations

import html
import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from regulars_sandbox import Request, Response, RunningServer, WooCommerceShop, serve


class Site:
    """Receives keys over HTTPS."""

    home = ""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[Request] = []

    def respond(self, request: Request) -> Response:
        self.got.append(request)
        return Response(self.status, (("Content-Type", "text/plain"),), b"ok")


Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def receiver(site: Site) -> Iterator[RunningServer]:
    with serve(site, tls=True) as server:
        yield server


@pytest.fixture
def shop(receiver: RunningServer) -> WooCommerceShop:
    shop = WooCommerceShop()
    shop.trusts = receiver.certificate
    return shop


@pytest.fixture
def ask(shop: WooCommerceShop) -> Iterator[Ask]:
    """The owner's browser: status, page, where it is sent on to."""
    with serve(shop) as server:

        def get(target: str) -> tuple[int, str, str]:
            parts = urlsplit(target)
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
                connection.request("GET", f"{parts.path}?{parts.query}")
                answer = connection.getresponse()
                return answer.status, answer.read().decode(), answer.getheader("Location", "")

        yield get


def authorize(receiver: RunningServer, **changes: str) -> str:
    given = {
        "app_name": "Regulars <b>",
        "scope": "read_write",
        "user_id": "request-1",
        "return_url": "https://site.example.com/back/?a=1",
        "callback_url": f"{receiver.url}/key/?t=1",
    }
    return "/wc-auth/v1/authorize?" + urlencode({**given, **changes})


def links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]*)"', page)]


def test_the_owner_who_approves_is_sent_back_when_the_key_has_arrived(
    ask: Ask, receiver: RunningServer, site: Site, shop: WooCommerceShop
) -> None:
    status, page, _ = ask(authorize(receiver))
    assert (status, "Regulars &lt;b&gt; would like" in page) == (200, True)
    approve, deny = links(page)
    assert deny == "https://site.example.com/back/?a=1&success=0&user_id=request-1"
    assert ask(approve)[::2] == (302, "https://site.example.com/back/?a=1&success=1&user_id=request-1")
    (got,) = site.got
    assert (got.method, got.target) == ("POST", "/key/?t=1")
    told = json.loads(got.body)
    assert list(told) == ["key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"]
    assert (told["user_id"], told["key_permissions"]) == ("request-1", "read_write")
    assert _knows(shop, told)


def test_a_key_that_does_not_arrive_is_taken_back(
    ask: Ask, receiver: RunningServer, site: Site, shop: WooCommerceShop
) -> None:
    site.status = 201
    approve, _ = links(ask(authorize(receiver))[1])
    assert ask(approve)[0] == 401
    assert not _knows(shop, json.loads(site.got[0].body))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"callback_url": "http://site.example.com/"}, "needs to be over SSL"),
        ({"scope": "all"}, "Invalid scope all"),
        ({"user_id": ""}, "Missing parameter user_id"),
        ({"return_url": "nowhere"}, "is not a valid URL"),
    ],
)
def test_what_cannot_be_granted_is_refused(
    ask: Ask, receiver: RunningServer, changes: dict[str, str], words: str
) -> None:
    status, page, _ = ask(authorize(receiver, **changes))
    assert (status, words in page) == (401, True)


def test_nobody_approves_without_the_page(ask: Ask, receiver: RunningServer, site: Site) -> None:
    target = authorize(receiver).replace("authorize", "access_granted")
    assert "Invalid nonce" in ask(target)[1]
    assert site.got == []


def test_a_key_is_sent_to_this_machine_only(ask: Ask, receiver: RunningServer) -> None:
    approve, _ = links(ask(authorize(receiver, callback_url="https://192.0.2.1/key/"))[1])
    assert ask(approve)[0] == 401


def _knows(shop: WooCommerceShop, told: dict[str, str]) -> bool:
    import base64

    token = base64.b64encode(f"{told['consumer_key']}:{told['consumer_secret']}".encode()).decode()
    request = Request("GET", "/wp-json/wc/v3/orders", {"authorization": f"Basic {token}"}, secure=True)
    return shop.respond(request).status == 200
