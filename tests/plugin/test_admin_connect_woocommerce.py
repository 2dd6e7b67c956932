"""Connecting a WooCommerce shop from the admin over real HTTP: there, back, and the key past the browser."""

import http.client
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from bs4 import BeautifulSoup
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, override_settings
from django.urls import include, path
from wagtail.admin import urls as admin_urls

import regulars_store as store_of
from plugin.site_world import login
from regulars_agent import _connect_woocommerce
from regulars_sandbox import Faults, RunningServer, WooCommerceShop, serve
from regulars_sandbox._certificate import self_signed
from wagtail_regulars._workspace import workspace

ASK, BACK = "/admin/shops/woocommerce/", "/admin/shops/woocommerce/back/"
KEY, SECRET = f"ck_{'0a' * 20}", f"cs_{'1b' * 20}"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the paths hold tokens."""

    def finish(self) -> None:
        """Closes once the client has, as web servers do: sooner, a body underway cuts the answer off."""
        self.connection.settimeout(5)
        with suppress(OSError):
            while self.rfile.read(65_536):
                pass
        super().finish()


@dataclass
class Site:
    """The site as shops reach it."""

    host: str
    certificate: Path


@contextmanager
def over_https(folder: Path) -> Iterator[Site]:
    context, certificate = self_signed(folder, host="localhost")
    with make_server("localhost", 0, WSGIHandler(), handler_class=Quiet) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield Site(f"localhost:{server.server_port}", certificate)
        server.shutdown()
        thread.join(5)


@pytest.fixture
def public(site: None, place: Path, tmp_path: Path) -> Iterator[Site]:
    workspace().store.upgrade()
    with over_https(tmp_path) as made:
        yield made


@pytest.fixture
def shop(public: Site) -> WooCommerceShop:
    made = WooCommerceShop()
    made.trusts = public.certificate
    return made


@pytest.fixture
def server(shop: WooCommerceShop) -> Iterator[RunningServer]:
    with serve(shop) as running:
        yield running


def visit(url: str) -> tuple[int, str, str]:
    """A page of the shop in the owner's browser: status, page, where it is sent on to."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Location", "")


def sent_to_the_shop(owner: Client, public: Site, address: str, name: str = "Tea") -> str:
    answer = owner.post(ASK, {"name": name, "address": address}, secure=True, headers={"host": public.host})
    assert answer.status_code == 302, words(answer.content)
    return str(answer["Location"])


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', page)]


def words(page: bytes) -> str:
    main = BeautifulSoup(page, "html.parser").select_one("main") or BeautifulSoup(page, "html.parser")
    return " ".join(main.get_text(" ").split())


def back(owner: Client, public: Site, url: str) -> str:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", public.host, BACK)
    answer = owner.get(f"{parts.path}?{parts.query}", secure=True, headers={"host": public.host})
    assert "no-store" in answer["Cache-Control"]
    return words(answer.content)


def connected() -> list[str]:
    with workspace().store.read() as connection:
        return [shop.name for shop in store_of.shops(connection)]


def test_a_shop_is_connected_by_its_owners_approval(
    owner: Client, public: Site, server: RunningServer
) -> None:
    asked = sent_to_the_shop(owner, public, server.url)
    status, page, _ = visit(asked)
    assert (status, "Regulars would like" in page) == (200, True)
    approve, _ = links(page)
    status, _, onward = visit(approve)
    assert status == 302
    said = back(owner, public, onward)
    assert "The shop Tea is connected." in said
    assert "The key may write." in said
    assert "plain HTTP" in said
    assert connected() == ["Tea"]
    key = workspace().secrets.get("Tea", "consumer_key").get_secret_value()
    assert key.startswith("ck_")
    assert key not in said
    assert "is connected" in back(owner, public, onward)


def test_an_owner_who_does_not_approve_connects_nothing(
    owner: Client, public: Site, server: RunningServer
) -> None:
    _, deny = links(visit(sent_to_the_shop(owner, public, server.url))[1])
    assert "did not approve" in back(owner, public, deny)
    assert connected() == []


def test_what_the_check_finds_stands_on_the_page_and_can_be_mended(
    owner: Client, public: Site, server: RunningServer
) -> None:
    approve, _ = links(visit(sent_to_the_shop(owner, public, server.url))[1])
    onward = visit(approve)[2]
    server.faults = Faults(maintenance=True)
    said = back(owner, public, onward)
    assert "is not connected yet" in said
    assert ".maintenance" in said
    assert connected() == []
    server.faults = Faults()
    assert "is connected" in back(owner, public, onward)


def test_a_shop_whose_server_drops_the_header_is_connected_by_signatures_and_the_page_says_so(
    owner: Client, public: Site, server: RunningServer
) -> None:
    approve, _ = links(visit(sent_to_the_shop(owner, public, server.url))[1])
    onward = visit(approve)[2]
    server.faults = Faults(strip_authorization=True)
    said = back(owner, public, onward)
    assert "The shop Tea is connected." in said
    assert "the Authorization header does not reach the shop" in said
    assert "signed in its address instead" in said
    assert connected() == ["Tea"]


def test_a_shop_that_is_too_slow_holds_the_page_up_for_a_moment_only(
    owner: Client, public: Site, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve, _ = links(visit(sent_to_the_shop(owner, public, server.url))[1])
    onward = visit(approve)[2]
    server.faults = Faults(latency=30)
    monkeypatch.setattr(_connect_woocommerce, "CONNECTING_SECONDS", 1.0)
    began = time.monotonic()
    said = back(owner, public, onward)
    assert time.monotonic() - began < 5
    assert "is not connected yet" in said
    assert "Load this page again" in said
    assert "Check again" in said
    server.faults = Faults()
    monkeypatch.undo()
    assert "is connected" in back(owner, public, onward)


def test_a_shop_that_cannot_reach_the_site_takes_its_key_back(
    owner: Client, public: Site, server: RunningServer, shop: WooCommerceShop
) -> None:
    shop.trusts = None
    asked = sent_to_the_shop(owner, public, server.url)
    approve, _ = links(visit(asked)[1])
    assert visit(approve)[0] == 401
    request = parse_qs(urlsplit(asked).query)["user_id"][0]
    said = back(owner, public, f"https://{public.host}{BACK}?success=1&user_id={request}")
    assert "has sent no key" in said
    assert connected() == []


def key_sent(public: Site, url: str, body: bytes, method: str = "POST") -> tuple[int, bytes]:
    """What the site answers to the server of a shop."""
    parts = urlsplit(url)
    context = ssl.create_default_context(cafile=public.certificate)
    host, port = public.host.split(":")
    with closing(http.client.HTTPSConnection(host, int(port), timeout=20, context=context)) as connection:
        connection.request(method, parts.path, body, {"Content-Type": "application/json;charset=UTF-8"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def grant(request: str) -> bytes:
    told = {"key_id": 1, "user_id": request, "consumer_key": KEY, "consumer_secret": SECRET}
    return json.dumps({**told, "key_permissions": "read_write"}).encode()


@pytest.fixture
def callback(owner: Client, public: Site, server: RunningServer) -> tuple[str, str]:
    """The address that the key is to be sent to, and the request's id."""
    query = parse_qs(urlsplit(sent_to_the_shop(owner, public, server.url)).query)
    return query["callback_url"][0], query["user_id"][0]


def test_a_key_is_taken_once_and_only_at_its_address(public: Site, callback: tuple[str, str]) -> None:
    url, request = callback
    for wrong in (
        url[:-2] + "/",
        url.replace(request, "x" * len(request)),
        f"https://{public.host}/regulars/keys/a/b/",
    ):
        assert key_sent(public, wrong, grant(request))[0] == 403
    assert key_sent(public, url, grant("x" * 40))[0] == 403
    assert key_sent(public, url, b"x" * 100_000)[0] == 403
    assert key_sent(public, url, b"", method="GET")[0] == 405
    assert key_sent(public, url, grant(request)) == (200, b"OK")
    assert key_sent(public, url, grant(request))[0] == 403
    assert workspace().secrets.get("Tea", "consumer_secret").get_secret_value() == SECRET


def test_refusals_tell_nothing_apart(public: Site, callback: tuple[str, str]) -> None:
    url, request = callback
    unknown = url.replace(request, "x" * len(request))
    assert key_sent(public, unknown, grant(request)) == key_sent(public, url, b"<html>")


def test_a_key_that_cannot_be_kept_is_not_accepted(
    public: Site, callback: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace().secrets, "_environ", {"REGULARS_SECRET_TEA_CONSUMER_KEY": "ck_given"})
    status, answer = key_sent(public, callback[0], grant(callback[1]))
    assert status == 503
    assert b"REGULARS_SECRET_TEA_CONSUMER_KEY" in answer
    assert KEY.encode() not in answer


def test_somebody_else_of_the_staff_cannot_finish_it(public: Site, callback: tuple[str, str]) -> None:
    url, request = callback
    key_sent(public, url, grant(request))
    other = login("access_admin", "connect_shops")
    said = back(other, public, f"https://{public.host}{BACK}?success=1&user_id={request}")
    assert "not known here" in said
    assert connected() == []


def test_a_site_on_plain_http_is_told_why_no_key_can_come(owner: Client, public: Site) -> None:
    assert "HTTPS addresses only" in words(owner.get(ASK).content)
    answer = owner.post(ASK, {"name": "Tea", "address": "https://tea.example.com"})
    assert answer.status_code == 200
    assert "HTTPS addresses only" in words(answer.content)
    assert "HTTPS addresses only" not in words(owner.get(ASK, secure=True).content)


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("", "https://tea.example.com", "This field is required"),
        ("Tea", "", "This field is required"),
        ("..", "https://tea.example.com", "cannot be a shop's name"),
        ("Tea", "https://a:b@tea.example.com", "plain address"),
        ("Tea", "<script>", "plain address"),
    ],
)
def test_what_is_wrong_with_the_form_stands_beside_it(
    owner: Client, public: Site, name: str, address: str, said: str
) -> None:
    answer = owner.post(ASK, {"name": name, "address": address}, secure=True)
    assert answer.status_code == 200
    assert said in words(answer.content)
    assert b"<script></" not in answer.content


@pytest.mark.parametrize("codenames", [("access_admin",), ("access_admin", "view_customers")])
def test_nobody_connects_shops_without_the_permission(public: Site, codenames: tuple[str, ...]) -> None:
    client = login(*codenames)
    for place in (ASK, BACK):
        assert client.get(place, secure=True).status_code == 302
    assert client.post(ASK, {"name": "Tea", "address": "https://tea.example.com"}).status_code == 302
    assert not (workspace().settings.directory / "connecting").exists()
    assert ASK not in client.get("/admin/").content.decode()


def test_nobody_gets_there_without_logging_in(public: Site) -> None:
    for place in (ASK, BACK):
        assert Client().get(place)["Location"].startswith("/admin/login/")


def test_the_menu_leads_there_for_those_who_may(public: Site) -> None:
    assert ASK in login("access_admin", "connect_shops").get("/admin/").content.decode()


def test_a_form_of_another_site_asks_for_nothing(owner: Client, public: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies
    assert (
        strict.post(ASK, {"name": "Tea", "address": "https://tea.example.com"}, secure=True).status_code
        == 403
    )


def test_a_site_without_the_addresses_for_shops_is_told_what_to_add(owner: Client, public: Site) -> None:
    bare = ModuleType("bare")
    bare.urlpatterns = [path("admin/", include(admin_urls))]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=bare):
        answer = owner.post(ASK, {"name": "Tea", "address": "https://tea.example.com"}, secure=True)
    assert "storefront_urls" in words(answer.content)
