"""What the site's own pages hold, and the token for who is logged in there."""

import json
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from plugin.storefront_site import TOKEN, ask, opened
from regulars_store import Store
from storefront_world import ShoppingWorld
from wagtail_regulars._api_login import token
from wagtail_regulars.blocks import OfferBlock

ELEMENT = (
    '<regulars-offer endpoint="/regulars/api/offer" token-endpoint="/regulars/token"></regulars-offer>'
    '<script type="module" src="/static/wagtail_regulars/storefront.js"></script>'
)
SILVER = 1_000_000


def account_of(user: Any) -> tuple[str, str] | None:
    """As a site would map its users: their names are the tea shop's accounts."""
    return None if user.username == "editor" else ("tea", user.username)


def nowhere(_user: Any) -> tuple[str, str]:
    return "nowhere", "7"


@pytest.fixture
def world(place: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> ShoppingWorld:
    return opened(store, monkeypatch)


def logged_in(user: Any, place: Any, mapping: str | None = "account_of") -> HttpResponse:
    """The token endpoint's answer to a browser of this user."""
    given: dict[str, Any] = {"directory": place}
    given |= {"account_of": f"{__name__}.{mapping}"} if mapping else {}
    request = RequestFactory().get(TOKEN)
    request.user = user
    with override_settings(REGULARS=given):
        return token(request)


def test_the_tag_renders_only_the_element_without_a_request() -> None:
    assert Template("{% load regulars %}{% regulars_offer %}").render(Context()) == ELEMENT


def test_the_page_is_the_same_in_every_language_and_for_everybody() -> None:
    page = Template("{% load regulars %}{% regulars_offer %}")
    request = RequestFactory().get("/")
    request.user = User(username="7")
    with translation.override("uk"):
        assert page.render(Context({"request": request, "user": request.user})) == ELEMENT


def test_a_language_of_the_page_s_own_is_an_attribute_and_escaped() -> None:
    page = Template("{% load regulars %}{% regulars_offer language=given %}")
    assert ' lang="uk">' in page.render(Context({"given": "uk"}))
    assert "<script>alert" not in page.render(Context({"given": '"><script>alert(1)</script>'}))


def test_the_block_renders_heading_and_element_without_a_request() -> None:
    block = OfferBlock()
    html = block.render(block.to_python({"heading": "<b>Yours</b>"}))
    assert "<h2>&lt;b&gt;Yours&lt;/b&gt;</h2>" in html
    assert ELEMENT in html
    assert "<h2>" not in block.render(block.to_python({}))


def test_a_headless_page_learns_where_to_ask() -> None:
    block = OfferBlock()
    assert block.get_api_representation(block.to_python({"heading": "Yours"})) == {
        "heading": "Yours",
        "endpoint": "/regulars/api/offer",
        "token-endpoint": "/regulars/token",
    }


def test_the_block_s_preview_asks_for_nobody_s_offer() -> None:
    block = OfferBlock()
    value = block.get_preview_value()
    html = Template("{% include name %}").render(
        Context({"name": block.get_preview_template(value), "value": value})
    )
    assert "Your discount" in html
    assert "<script" not in html
    assert "<regulars-offer" not in html


def test_who_is_logged_in_gets_a_token_for_the_own_account_alone(world: ShoppingWorld, place: Any) -> None:
    anna, bella = world.regular("anna", SILVER, 700), world.regular("bella", SILVER, 700)
    for account in (anna, bella):
        given = json.loads(logged_in(User(username=account), place).content)
        assert given["expires_in"] == 300
        assert json.loads(ask(given["token"]).content)["code"] == f"reg-1-{account}"


def test_the_token_names_the_account_and_nothing_personal(world: ShoppingWorld, place: Any) -> None:
    user = User(username="7", email="anna@example.com", first_name="Anna")
    given = json.loads(logged_in(user, place).content)["token"]
    claims = jwt.decode(given, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("regulars-storefront", "tea", "7")
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize(
    ("user", "mapping"),
    [
        (AnonymousUser(), "account_of"),
        (None, "account_of"),
        (User(username="editor"), "account_of"),
        (User(username="7"), None),
        (User(username="7"), "nowhere"),
    ],
)
def test_whoever_is_no_shopper_gets_an_empty_token(
    world: ShoppingWorld, place: Any, user: Any, mapping: str | None
) -> None:
    answer = logged_in(user, place, mapping)
    assert (answer.status_code, json.loads(answer.content)) == (200, {"token": "", "expires_in": 0})


def test_a_store_that_is_away_leaves_the_page_working(
    place: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REGULARS_STORE_URL", f"sqlite:///{place}/nowhere/store.sqlite3")
    assert json.loads(logged_in(User(username="7"), place).content)["token"] == ""
    assert "no token for shop tea" in caplog.text


def test_no_cache_and_no_other_site_gets_a_token(world: ShoppingWorld, place: Any) -> None:
    answer = logged_in(User(username="7"), place)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer["Vary"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_the_token_s_address_answers_a_browser(site: None, world: ShoppingWorld) -> None:
    assert json.loads(Client().get(TOKEN).content) == {"token": "", "expires_in": 0}
    assert Client().post(TOKEN).status_code == 405
