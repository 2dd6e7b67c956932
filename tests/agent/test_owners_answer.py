"""What the owner of somebody else's shop brings back, in whatever shape it is pasted, or does not."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import requests
from pydantic import SecretStr

from regulars_agent import Workspace, connect_shopify
from regulars_mapping import MisconfiguredError
from regulars_sandbox import ShopHistory, ShopifyApp, ShopifyShop, serve
from regulars_shopify import Authorization

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Once: nothing is asked of the store."""
BACK = connect_shopify.OWNERS_REDIRECT
APP = {"client_id": SecretStr("app-id"), "client_secret": SecretStr("app-secret")}
SHOP = "my-shop.myshopify.com"

Shape = Callable[[str], str]


def asked(workspace: Workspace, url: str = SHOP) -> Authorization:
    return connect_shopify.ask_owner(workspace, APP, name="tea", url=url, redirect=BACK)


def brought(asking: Authorization, secret: str = "app-secret", **changes: str) -> str:
    """The query with which Shopify lets the owner's browser come back."""
    said = {
        "code": "c0de",
        "shop": asking.shop.partition("://")[2],
        "state": asking.state.get_secret_value(),
        "timestamp": str(int(datetime.now(UTC).timestamp())),
    }
    said |= changes
    message = "&".join(f"{key}={value}" for key, value in sorted(said.items()))
    said["hmac"] = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode(said)


def taken(workspace: Workspace, asking: Authorization, answer: str) -> set[str]:
    given = connect_shopify.owners_answer(workspace, APP, asking, SecretStr(answer), name="tea")
    return set(given)


@pytest.mark.parametrize(
    "shape",
    [
        lambda query: f"{BACK}?{query}",
        lambda query: f" '{BACK}?{query}#top' \r\n",
        lambda query: f"?{query}",
        lambda query: query,
    ],
)
def test_an_answer_is_taken_in_whatever_shape_it_is_pasted(empty_workspace: Workspace, shape: Shape) -> None:
    shop = ShopifyShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA"))
    shop.add_app(ShopifyApp("app-id", "app-secret", redirect_uris=(BACK,)))
    with serve(shop) as server:
        asking = asked(empty_workspace, server.url)
        query = _agreed(asking)
        assert taken(empty_workspace, asking, shape(query)) == {*APP, "refresh_token"}
        with pytest.raises(MisconfiguredError, match="a code serves once, and for a short time"):
            taken(empty_workspace, asking, shape(query))


def _agreed(asking: Authorization) -> str:
    answer = requests.get(asking.url, allow_redirects=False, timeout=20)
    return answer.headers["Location"].partition("?")[2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda asking: brought(asking, "other-secret"), "not signed with this app's secret.*client secret"),
        (lambda asking: brought(asking, state="x" * 43), "not sent there from here.*Begin again"),
        (lambda asking: brought(asking, shop="other.myshopify.com"), "another shop.*Begin again"),
        (lambda asking: brought(asking, timestamp="1700000000"), "too long ago.*within five minutes"),
        (lambda asking: brought(asking, code=""), "without a code"),
        (lambda _: f"{BACK}?error=access_denied", "The owner did not agree"),
        (lambda _: BACK, "no address that Shopify sends an owner back to"),
        (lambda _: "", "no address that Shopify sends an owner back to"),
        (lambda _: "код\ud800&=?&a", "Begin again"),
        (lambda _: "&" * 10_000 + "x=1", "Begin again"),
    ],
)
def test_what_is_no_answer_is_told_in_plain_words(
    empty_workspace: Workspace, answer: Callable[[Authorization], str], said: str
) -> None:
    asking = asked(empty_workspace)
    given = answer(asking)
    with pytest.raises(MisconfiguredError, match=said) as raised:
        taken(empty_workspace, asking, given)
    assert asking.state.get_secret_value() not in str(raised.value)


def test_only_shopify_asks_owners(empty_workspace: Workspace) -> None:
    with pytest.raises(MisconfiguredError, match="woocommerce takes keys"):
        connect_shopify.app_credentials("woocommerce")
    with pytest.raises(MisconfiguredError, match="its address at Shopify"):
        asked(empty_workspace, "https://tea.example")
