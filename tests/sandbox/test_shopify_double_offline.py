"""Apps that owners let into the Shopify double: codes, tokens of an hour, and what renews them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from regulars_sandbox import Request, ShopifyApp
from regulars_sandbox.shopify import SCOPES

GRAPHQL, TOKENS = "/admin/api/2026-10/graphql.json", "/admin/oauth/access_token"
BACK = "https://app.example.com/callback"
APP = ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,))
PROOF = {"client_id": "app-id", "client_secret": "app-secret"}


@pytest.fixture
def let_in(shopify: Any) -> Any:
    """A shop that knows the app."""
    shopify.shop.add_app(APP)
    return shopify


def _sent_back(client: Any, **asked: str) -> dict[str, str]:
    asked = {"client_id": "app-id", "redirect_uri": BACK, "state": "nonce", "scope": "read_orders"} | asked
    answer = client.shop.respond(Request("GET", f"/admin/oauth/authorize?{urlencode(asked)}", {}))
    if answer.status != 302:
        return {}
    place = dict(answer.headers)["Location"]
    assert place.startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(place).query))


def _tokens(client: Any, **given: str) -> Any:
    return client.post(TOKENS, PROOF | given)


def _pair(client: Any) -> Any:
    return _tokens(client, code=_sent_back(client)["code"], expiring="1").json


def _works(client: Any, pair: Any) -> bool:
    status = client.post(GRAPHQL, {"query": "{ shop { id } }"}, token=pair["access_token"]).status
    return bool(status == 200)


def _renewed(client: Any, pair: Any) -> Any:
    return _tokens(client, grant_type="refresh_token", refresh_token=pair["refresh_token"])


def test_an_owner_who_agrees_is_sent_back_with_a_code_and_the_state(let_in: Any) -> None:
    said = _sent_back(let_in)
    assert said.keys() == {"code", "hmac", "host", "shop", "state", "timestamp"}
    assert said["state"] == "nonce"


def test_an_unknown_app_and_an_unlisted_address_get_no_code(let_in: Any) -> None:
    assert _sent_back(let_in, client_id="other") == {}
    assert _sent_back(let_in, redirect_uri="https://evil.example.com/") == {}


def test_a_code_serves_once_for_ten_minutes_and_its_own_app(let_in: Any) -> None:
    code = _sent_back(let_in)["code"]
    assert _tokens(let_in, code=code).status == 200
    assert _tokens(let_in, code=code).json == {"error": "invalid_grant"}
    late = _sent_back(let_in)["code"]
    let_in.tick(600)
    assert _tokens(let_in, code=late).status == 400
    assert _tokens(let_in, code=_sent_back(let_in)["code"], client_secret="other").status == 400


def test_without_expiring_the_token_never_ends(let_in: Any) -> None:
    given = _tokens(let_in, code=_sent_back(let_in)["code"]).json
    assert given.keys() == {"access_token", "scope"}
    let_in.tick(10**8)
    assert _works(let_in, given)


def test_a_token_ends_after_an_hour_and_covers_what_was_asked_for(let_in: Any) -> None:
    pair = _pair(let_in)
    assert (pair["expires_in"], pair["refresh_token_expires_in"]) == (3_600, 7_776_000)
    assert pair["scope"] == "read_orders"
    let_in.tick(3_599)
    assert _works(let_in, pair)
    let_in.tick(1)
    assert not _works(let_in, pair)


def test_an_app_that_names_no_scopes_is_given_its_own(let_in: Any) -> None:
    given = _tokens(let_in, code=_sent_back(let_in, scope="")["code"]).json
    assert set(given["scope"].split(",")) == SCOPES


def test_a_renewal_ends_the_old_access_token_at_once_and_the_old_refresh_token_with_the_first_use(
    let_in: Any,
) -> None:
    first = _pair(let_in)
    lost = _renewed(let_in, first).json
    assert not _works(let_in, first)
    second = _renewed(let_in, first).json
    assert not _works(let_in, lost)
    assert _works(let_in, second)
    for dead in (first, lost):
        assert _renewed(let_in, dead).json == {"error": "invalid_grant"}
    assert _renewed(let_in, second).status == 200


def test_a_lost_answer_may_be_asked_for_again_for_a_month(let_in: Any) -> None:
    pair = _pair(let_in)
    for days in (0, 30):
        let_in.tick(days * 86_400)
        newer = _renewed(let_in, pair)
        assert newer.status == 200
    let_in.tick(1)
    assert _renewed(let_in, pair).status == 400
    assert _renewed(let_in, newer.json).status == 200


def test_a_refresh_token_is_dead_once_a_later_one_was_used(let_in: Any) -> None:
    first = _pair(let_in)
    second = _renewed(let_in, first).json
    assert _renewed(let_in, second).status == 200
    assert _renewed(let_in, first).status == 400


def test_a_refresh_token_ends_after_ninety_days(let_in: Any) -> None:
    pair = _pair(let_in)
    let_in.tick(7_776_000)
    assert _renewed(let_in, pair).status == 400


def test_an_app_that_owners_let_in_gets_nothing_by_client_credentials(let_in: Any) -> None:
    assert _tokens(let_in, grant_type="client_credentials").json == {"error": "invalid_client"}
