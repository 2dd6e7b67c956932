"""Asking an owner for access to their shop, and taking what they bring back."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from regulars_connectors import ForgedRequestError, HttpOptions, UnansweredError
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import ShopifyApp
from regulars_shopify import WANTED_SCOPES, Authorization, Granted, begin_authorization, finish_authorization
from regulars_shopify._check import REQUIRED
from shopify.conftest import GRANT, HOME, Opener, a_customer, a_shop

BACK = "https://app.example.com/shopify/callback"
APP = ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,))
ID, SECRET = SecretStr("app-id"), SecretStr("app-secret")
STATE = SecretStr("nonce")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def brought(secret: str = "app-secret", **changes: str) -> str:
    """What Shopify lets the owner's browser bring back."""
    said = {
        "code": "0907a61c0c8d55e99db179b68161bc00",
        "shop": "my-shop.myshopify.com",
        "state": "nonce",
        "timestamp": str(int(NOW.timestamp())),
    }
    said |= changes
    message = "&".join(f"{key}={value}" for key, value in sorted(said.items()))
    said["hmac"] = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode(said)


def finished(query: str, **options: Any) -> Granted:
    told = {"shop": HOME, "state": STATE, "client_id": ID, "client_secrets": [SECRET], "now": NOW}
    return finish_authorization(query, http=HttpOptions(tries=1), **told | options)


@dataclass
class Owner:
    """A shop of the double whose owner agrees to whatever they are asked."""

    opened: Opener
    url: str

    def asked(self) -> tuple[Authorization, str]:
        """The asking, and the query they came back with."""
        asking = begin_authorization(self.url, client_id="app-id", redirect_uri=BACK)
        answer = requests.get(asking.url, allow_redirects=False, timeout=20)
        return asking, urlsplit(answer.headers["Location"]).query

    def agreed(self, **options: Any) -> Granted:
        asking, query = self.asked()
        return finished(query, shop=asking.shop, state=asking.state, now=datetime.now(UTC), **options)


@pytest.fixture
def owner(opened: Opener) -> Owner:
    shop = a_shop(customers=(a_customer(1),))
    shop.add_app(APP)
    return Owner(opened, opened.served(shop).url)


def test_the_owner_is_asked_by_name_for_every_scope_that_is_needed() -> None:
    asking = begin_authorization("my-shop", client_id="app-id", redirect_uri=BACK)
    place, asked = urlsplit(asking.url), parse_qs(urlsplit(asking.url).query)
    assert (place.netloc, place.path) == ("my-shop.myshopify.com", "/admin/oauth/authorize")
    assert asked["redirect_uri"] == [BACK]
    assert asked["state"] == [asking.state.get_secret_value()]
    assert set(asked["scope"][0].split(",")) == set(WANTED_SCOPES) > REQUIRED.keys()
    assert "grant_options[]" not in asked


def test_no_two_askings_have_the_same_state() -> None:
    made = {begin_authorization("my-shop", client_id="a", redirect_uri=BACK).state for _ in range(20)}
    assert len({state.get_secret_value() for state in made}) == 20
    assert all(len(state.get_secret_value()) >= 40 for state in made)


@pytest.mark.parametrize(
    "shop", ["evil.example", "my-shop.myshopify.com.evil.example", "a@b.myshopify.com", ""]
)
def test_nobody_is_sent_to_a_shop_that_is_none_of_shopifys(shop: str) -> None:
    with pytest.raises(MisconfiguredError, match="address at Shopify"):
        begin_authorization(shop, client_id="a", redirect_uri=BACK)


def test_an_address_that_is_not_https_is_refused() -> None:
    with pytest.raises(MisconfiguredError, match="https"):
        begin_authorization("my-shop", client_id="a", redirect_uri="http://app.example.com/")


def test_an_owner_who_agrees_gives_a_token_that_ends_and_renews(owner: Owner) -> None:
    granted = owner.agreed()
    assert granted.credentials.keys() == {"client_id", "client_secret", "refresh_token"}
    assert granted.scopes >= {"read_customers", "write_discounts"}


def test_a_token_that_never_ends_opens_the_shop_at_once(owner: Owner) -> None:
    granted = owner.agreed(expiring=False)
    assert granted.credentials.keys() == {"access_token", "client_secret"}
    connector = owner.opened.connector(owner.url, credentials=granted.credentials)
    assert list(connector.list_ids(Kind.CUSTOMER)) == [["1"]]


def test_a_code_is_taken_once(owner: Owner) -> None:
    asking, query = owner.asked()
    told = {"shop": asking.shop, "state": asking.state, "now": datetime.now(UTC)}
    assert finished(query, **told).credentials
    with pytest.raises(MisconfiguredError, match="begin again"):
        finished(query, **told)


def test_both_secrets_hold_while_they_are_rotated(api: responses.RequestsMock) -> None:
    api.post(GRANT, json={"access_token": "shpat_x"})
    finished(brought(), client_secrets=[SecretStr("new"), SECRET])
    assert b'"client_secret":"new"' in (api.calls[0].request.body or b"")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (brought("other-secret"), "not signed"),
        (brought().replace("0907", "0908"), "not signed"),
        (brought(shop="other.myshopify.com"), "another shop"),
        (brought(state="other"), "not sent there from here"),
        (brought(state=""), "not sent there from here"),
        (brought(timestamp=str(int(NOW.timestamp()) - 301)), "clock"),
        (brought(code=""), "without a code"),
        (brought(code="é"), "without a code"),
        (brought() + "&state=nonce", "more than once"),
        (brought(extra="1&state=x"), "two ways"),
        ("", "not signed"),
        ("\ud800", "nobody would sign"),
    ],
)
def test_what_is_no_answer_to_this_asking_never_reaches_the_shop(
    query: str, said: str, api: responses.RequestsMock
) -> None:
    with pytest.raises(ForgedRequestError, match=said):
        finished(query)
    assert len(api.calls) == 0


def test_an_empty_state_is_none(api: responses.RequestsMock) -> None:
    with pytest.raises(ForgedRequestError, match="not sent there from here"):
        finished(brought(state=""), state=SecretStr(""))


@given(host=st.text("abcdefXYZ0123456789=+/-_ é%", max_size=30))
def test_fields_that_shopify_adds_are_signed_as_they_read_or_as_they_stand_in_the_address(host: str) -> None:
    with responses.RequestsMock() as api:
        api.post(GRANT, json={"access_token": "shpat_x"})
        assert finished(brought(host=host)).credentials
        said = dict(parse_qs(brought(host=host), keep_blank_values=True))
        pairs = sorted((key, value[0]) for key, value in said.items() if key != "hmac")
        signature = hmac.new(b"app-secret", urlencode(pairs).encode(), hashlib.sha256).hexdigest()
        assert finished(urlencode([*pairs, ("hmac", signature)])).credentials


def test_a_lost_answer_is_not_asked_for_again(api: responses.RequestsMock) -> None:
    api.post(GRANT, body=requests.ReadTimeout())
    with pytest.raises(UnansweredError):
        finished(brought())
    assert len(api.calls) == 1


def test_no_secret_is_in_any_repr_or_error(api: responses.RequestsMock) -> None:
    asking = begin_authorization("my-shop", client_id="app-id", redirect_uri=BACK)
    assert asking.state.get_secret_value() not in repr(asking)
    api.post(GRANT, json={"access_token": "shpat_x", "refresh_token": "shprt_x", "expires_in": 3600})
    granted = finished(brought())
    assert not [secret for secret in ("shpat_x", "shprt_x", "app-secret") if secret in repr(granted)]
    api.replace(responses.POST, GRANT, status=400, json={"error": "invalid_request"})
    with pytest.raises(MisconfiguredError) as raised:
        finished(brought())
    assert "app-secret" not in str(raised.value)
    assert "0907a61c" not in str(raised.value)


def test_the_clock_may_be_five_minutes_off(api: responses.RequestsMock) -> None:
    api.post(GRANT, json={"access_token": "shpat_x"})
    for off in (-5, 5):
        assert finished(brought(), now=NOW + timedelta(minutes=off)).credentials
