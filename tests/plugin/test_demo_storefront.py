"""The storefront of the demo: it is there in demo mode alone, and logs in nobody but its own people."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings

from agent_world import COFFEE, KEY, START
from plugin.site_world import Reading
from plugin.storefront_site import TOKEN, ask, opened
from regulars_agent import write_default_settings
from regulars_mapping import MisconfiguredError
from regulars_sandbox import RunningServer, ShopHistory, ShopProduct, WooCommerceShop, serve
from regulars_store import Store, tables
from storefront_world import ShoppingWorld
from wagtail_regulars.site._demo_people import FILE, account_of, demo_shoppers, prepare_shoppers

ACCOUNT_OF = "wagtail_regulars.site._demo_people.account_of"
PEOPLE = [
    {"key": "anna", "name": "Anna", "shop": "tea", "account": "1"},
    {"key": "bella", "name": "Bella", "shop": "cake", "account": "1"},
]
RESOLVE = """
import json, os, sys
# What takes long and asks for no settings, once for all; each start then has a process of its own.
import django, django.db.backends.sqlite3.base, django.forms, django.template.loader, django.urls
import regulars_agent

def start(environ):
    os.environ.update(environ)
    django.setup()
    for place in ("/shop/", "/shop/login", "/shop/logout", "/shop/buy"):
        try:
            print(django.urls.resolve(place).url_name)
        except django.urls.Resolver404:
            print(404)
    from django.conf import settings
    print(settings.REGULARS.get("account_of"), flush=True)

assert "DJANGO_SETTINGS_MODULE" not in os.environ and "wagtail_regulars.site" not in sys.modules
for number, environ in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if child == 0:
        start(environ)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, environ
"""


@pytest.fixture
def demo(site: None, place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShoppingWorld]:
    """The small site in demo mode, its people prepared, over the tea and the cake shop."""
    (place / FILE).write_text(json.dumps(PEOPLE), "utf-8")
    world = opened(store, monkeypatch)
    given = {"directory": place, "account_of": ACCOUNT_OF}
    with override_settings(ROOT_URLCONF="plugin.demo_urls", REGULARS=given), Reading(store.url):
        prepare_shoppers()
        yield world


@pytest.fixture
def till(demo: ShoppingWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[WooCommerceShop]:
    """The tea shop itself, in which Anna has an account."""
    goods = (ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, START, START),)
    shop = WooCommerceShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", products=goods))
    shop.add_key(KEY)
    assert shop.register("anna@example.com") == 1
    with serve(shop, tls=True) as server:
        _open_till(demo, server, monkeypatch)
        yield shop


def _open_till(demo: ShoppingWorld, server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"URL": server.url, "CERTIFICATE": str(server.certificate)}
    given |= {"KEY": KEY.consumer_key, "SECRET": KEY.consumer_secret}
    for name, value in given.items():
        monkeypatch.setenv(f"REGULARS_DEMO_SHOP_{name}", value)
    demo.change(tables.shop, 1, url=server.url)


def entered(key: str) -> Client:
    """The browser of somebody who has logged in on the storefront."""
    client = Client()
    assert client.post("/shop/login", {"shopper": key}).status_code == 302
    return client


def orders(shop: WooCommerceShop) -> list[Any]:
    """What the tea shop has sold."""
    return list(shop._core.orders)


def said(client: Client, amount: str) -> str:
    """What the page says after buying for the amount."""
    client.post("/shop/buy", {"amount": amount})
    return client.get("/shop/").content.decode().replace("\u00a0", " ")


STARTS: list[tuple[dict[str, str], bool, list[str]]] = [
    ({}, True, ["404", "404", "404", "404", "None"]),
    ({"REGULARS_DEMO": "1"}, False, ["404", "404", "404", "404", "None"]),
    ({"REGULARS_DEMO": "0"}, True, ["404", "404", "404", "404", "None"]),
    (
        {"REGULARS_DEMO": "1"},
        True,
        [
            "regulars_demo",
            "regulars_demo_login",
            "regulars_demo_logout",
            "regulars_demo_buy",
            ACCOUNT_OF,
        ],
    ),
]


def a_place(directory: Path, *, people: bool) -> str:
    write_default_settings(directory)
    if people:
        (directory / FILE).write_text(json.dumps(PEOPLE), "utf-8")
    return str(directory)


def test_the_bundled_site_has_it_in_demo_mode_alone(tmp_path: Path) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("REGULARS_") and name != "DJANGO_SETTINGS_MODULE"
    }
    given = {"DJANGO_SETTINGS_MODULE": "wagtail_regulars.site.settings", "REGULARS_SITE_KEY": "k" * 50}
    starts = [
        {**given, "REGULARS_DIRECTORY": a_place(tmp_path / f"shops{number}", people=people), **environ}
        for number, (environ, people, _) in enumerate(STARTS)
    ]
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE],
        input=json.dumps(starts),
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.split()
    assert [said[5 * number : 5 * number + 5] for number in range(len(said) // 5)] == [
        wanted for _, _, wanted in STARTS
    ]


def test_each_of_its_people_asks_for_the_own_account(demo: ShoppingWorld) -> None:
    account = demo.regular("anna", 1_000_000, 700)
    assert account == "1"
    token = entered("anna").get(TOKEN).json()["token"]
    assert json.loads(ask(token).content)["code"] == "reg-1-1"
    assert account_of(User.objects.get(username="demo-bella")) == ("cake", "1")


def test_a_guest_has_no_token_and_is_invited_to_log_in(demo: ShoppingWorld) -> None:
    client = Client()
    page = client.get("/shop/").content.decode()
    assert "<regulars-offer " in page
    assert "Anna" in page
    assert client.get(TOKEN).json()["token"] == ""


def test_log_out_ends_the_token(demo: ShoppingWorld) -> None:
    demo.regular("anna", 1_000_000, 700)
    client = entered("anna")
    client.post("/shop/logout")
    assert client.get(TOKEN).json()["token"] == ""


def test_its_people_are_users_without_any_right(demo: ShoppingWorld) -> None:
    prepare_shoppers()
    users = User.objects.filter(username__startswith="demo-")
    assert sorted(user.username for user in users) == ["demo-anna", "demo-bella"]
    for user in users:
        assert not user.has_usable_password()
        assert user.email == ""
        assert not user.get_all_permissions()
        assert not (user.is_staff or user.is_superuser)
    assert "/admin/login/" in entered("anna").get("/admin/")["Location"]


@pytest.mark.parametrize("key", ["owner", "", "demo-anna", "Anna", "nobody", "anna\x00", "x" * 5_000])
def test_nobody_else_can_be_logged_in_by_it(demo: ShoppingWorld, key: str) -> None:
    User.objects.create_superuser("owner", "", "a-long-passphrase")
    client = Client()
    assert client.post("/shop/login", {"shopper": key}).status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("right", ["is_superuser", "is_staff", "password", "group", "inactive"])
def test_a_real_user_of_such_a_name_is_not_logged_in_by_it(demo: ShoppingWorld, right: str) -> None:
    user = User.objects.get(username="demo-anna")
    if right == "password":
        user.set_password("a-long-passphrase")
    elif right == "group":
        user.groups.add(Group.objects.create(name="staff"))
    elif right == "inactive":
        user.is_active = False
    else:
        setattr(user, right, True)
    user.save()
    assert Client().post("/shop/login", {"shopper": "anna"}).status_code == 404
    assert account_of(user) is None


def test_the_owner_stays_logged_in_when_a_shopper_s_log_out_is_sent(
    demo: ShoppingWorld, owner: Client
) -> None:
    owner.post("/shop/logout")
    assert "_auth_user_id" in owner.session


@pytest.mark.parametrize("deed", ["login", "logout", "buy"])
def test_it_acts_only_on_a_form_of_its_own(demo: ShoppingWorld, deed: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/shop/{deed}", {"shopper": "anna", "amount": "1"}).status_code == 403
    assert client.get(f"/shop/{deed}").status_code == 405


def test_no_cache_keeps_its_pages(demo: ShoppingWorld) -> None:
    assert "no-store" in entered("anna").get("/shop/")["Cache-Control"]


def test_the_languages_are_those_of_the_offer_and_it_says_so(demo: ShoppingWorld) -> None:
    page = BeautifulSoup(Client().get("/shop/").content, "html.parser")
    (links,) = page.select("section.offer nav")
    assert " ".join(links.get_text(" ").split()).startswith("The offer in: ")


@pytest.mark.parametrize("language", ["xx", '"><script>alert(1)</script>', "../en"])
def test_a_language_that_is_not_spoken_is_english(demo: ShoppingWorld, language: str) -> None:
    page = Client().get("/shop/", {"language": language}).content.decode()
    assert ' lang="en">' in page
    assert "alert(1)" not in page


@pytest.mark.parametrize(
    "text", ["", "[]x", "{}", '[{"key": "a"}]', json.dumps([{**PEOPLE[0], "key": "../x"}]), "[" * 70_000]
)
def test_a_list_of_people_that_is_none_is_named(demo: ShoppingWorld, place: Path, text: str) -> None:
    (place / FILE).write_text(text, "utf-8")
    with pytest.raises(MisconfiguredError, match=FILE):
        demo_shoppers()


def test_an_order_is_placed_for_the_account_and_paid(till: WooCommerceShop) -> None:
    page = said(entered("anna"), "900")
    assert "900.00 ₴" in page
    assert "agent&#x27;s next round" in page
    assert "data-follow" in page
    (order,) = orders(till)
    assert (order.owner, order.status, order.record["total"]) == (1, "processing", "900.00")


def test_what_no_price_makes_is_bought_for_as_little_above_it_as_there_is(till: WooCommerceShop) -> None:
    assert "1,000.00 ₴" in said(entered("anna"), "900,50")


@pytest.mark.parametrize(
    "amount", ["", "0", "0.00", "-1", "100000.01", "1e5", "NaN", "1.234", "١٢", "x" * 4_000, "1\n2"]
)
def test_an_amount_that_is_none_or_too_much_buys_nothing(till: WooCommerceShop, amount: str) -> None:
    page = said(entered("anna"), amount)
    assert "Buy for more than nothing" in page
    assert "data-follow" not in page
    assert orders(till) == []


def test_a_guest_and_a_shopper_of_another_shop_buy_nothing(till: WooCommerceShop) -> None:
    for client in (Client(), entered("bella")):
        assert "Log in as somebody of the sandbox shop" in said(client, "900")
    assert orders(till) == []


def test_a_shop_that_is_away_is_said_plainly(
    till: WooCommerceShop, monkeypatch: pytest.MonkeyPatch, demo: ShoppingWorld
) -> None:
    monkeypatch.setenv("REGULARS_DEMO_SHOP_URL", "https://127.0.0.1:9")
    demo.change(tables.shop, 1, url="https://127.0.0.1:9")
    page = said(entered("anna"), "900")
    assert "Nothing was bought. The sandbox shop does not answer" in page
    assert "data-follow" not in page


def test_a_shop_that_refuses_is_said_plainly_and_its_keys_are_not(
    till: WooCommerceShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REGULARS_DEMO_SHOP_SECRET", "cs_another")
    page = said(entered("anna"), "900")
    assert "with status 401" in page
    assert "cs_another" not in page + caplog.text


def test_without_a_till_nothing_is_sold(demo: ShoppingWorld) -> None:
    client = entered("anna")
    assert '<button type="submit" name="amount"' not in client.get("/shop/").content.decode()
    assert "Log in as somebody of the sandbox shop" in said(client, "900")
