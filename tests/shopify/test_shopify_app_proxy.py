"""Who asks through a shop's app proxy, as Shopify signs it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from regulars_connectors import ForgedRequestError
from regulars_sandbox import ShopifyApp, ShopifyShop
from regulars_shopify import ProxiedShopper, verify_app_proxy

SHOP = "shop-name.myshopify.com"
SECRETS = [SecretStr("hush")]
NOW = datetime.fromtimestamp(1_317_327_555, UTC)
# The worked example of Shopify's own documentation.
PUBLISHED = (
    "extra=1&extra=2&shop=shop-name.myshopify.com&logged_in_customer_id=1&path_prefix=%2Fapps%2Fawesome_reviews"
    "&timestamp=1317327555&signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
)
OWN = st.text(max_size=20).filter(lambda key: key != "signature" and "=" not in key)


def signed(*extra: tuple[str, str], secret: str = "hush", **changes: str) -> str:
    """A query as Shopify makes it."""
    said = {
        "shop": SHOP,
        "logged_in_customer_id": "1",
        "path_prefix": "/apps/regulars",
        "timestamp": "1317327555",
    }
    pairs = [*extra, *(said | changes).items()]
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    message = "".join(sorted(f"{key}={','.join(found)}" for key, found in values.items()))
    signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode([*pairs, ("signature", signature)])


def who(query: str, *, secrets: list[SecretStr] = SECRETS, **options: Any) -> ProxiedShopper:
    return verify_app_proxy(query, secrets, **{"shop": SHOP, "now": NOW} | options)


def test_the_published_example_holds() -> None:
    assert who(PUBLISHED) == ProxiedShopper(SHOP, "1")


def test_the_test_signs_as_shopify_does() -> None:
    said = signed(("extra", "1"), ("extra", "2"), path_prefix="/apps/awesome_reviews")
    assert said.rpartition("=")[2] == PUBLISHED.rpartition("=")[2]


def test_the_double_signs_as_shopify_does() -> None:
    shop = ShopifyShop(clock=lambda: NOW)
    shop.add_app(ShopifyApp("app-id", "hush"))
    for customer in (7, None):
        query = shop.proxied("app-id", customer, page="2", q="кава & чай")
        assert who(query, shop="sandbox") == ProxiedShopper(
            "sandbox.myshopify.com", str(customer) if customer else None
        )


def test_nobody_logged_in_is_a_guest() -> None:
    assert who(signed(logged_in_customer_id="")).customer is None


def test_an_old_query_without_the_customers_field_is_a_guests() -> None:
    message = f"path_prefix=/apps/regularsshop={SHOP}timestamp=1317327555"
    signature = hmac.new(b"hush", message.encode(), hashlib.sha256).hexdigest()
    query = f"shop={SHOP}&path_prefix=%2Fapps%2Fregulars&timestamp=1317327555&signature={signature}"
    assert who(query).customer is None


def test_either_secret_holds_while_they_are_rotated() -> None:
    both = [SecretStr("new"), SecretStr("hush")]
    assert who(signed(), secrets=both).customer == "1"
    assert who(signed(secret="new"), secrets=both).customer == "1"


@pytest.mark.parametrize("secrets", [[], [SecretStr("")], [SecretStr(" ")], [SecretStr("other")]])
def test_without_our_secret_nothing_holds(secrets: list[SecretStr]) -> None:
    for query in (signed(), signed(secret=""), signed(secret=" ")):
        with pytest.raises(ForgedRequestError, match="not signed"):
            who(query, secrets=secrets)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_query_and_one_of_the_future_are_refused(minutes: int) -> None:
    with pytest.raises(ForgedRequestError, match="clock"):
        who(signed(), now=NOW + timedelta(minutes=minutes))
    assert who(signed(), now=NOW + timedelta(minutes=minutes), tolerance=timedelta(hours=1)).customer == "1"


@pytest.mark.parametrize("timestamp", ["", "-5", "1e9", "9" * 20, "٣", "1317327555.0"])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    with pytest.raises(ForgedRequestError, match="clock"):
        who(signed(timestamp=timestamp))


@pytest.mark.parametrize("shop", ["other.myshopify.com", "", "shop-name.myshopify.com.evil.example"])
def test_another_shop_is_refused(shop: str) -> None:
    with pytest.raises(ForgedRequestError, match="another shop"):
        who(signed(shop=shop))


def test_the_shop_may_be_named_as_its_owner_gave_it() -> None:
    assert who(signed(), shop="https://shop-name.myshopify.com/admin").shop == SHOP
    assert who(signed(shop=SHOP.upper())).shop == SHOP


@pytest.mark.parametrize("customer", ["x", "1,2", "-1", "gid://shopify/Customer/1", "1" * 21])
def test_a_customer_who_is_none_is_refused(customer: str) -> None:
    with pytest.raises(ForgedRequestError):
        who(signed(logged_in_customer_id=customer))


@pytest.mark.parametrize("key", ["logged_in_customer_id", "shop", "timestamp", "path_prefix"])
def test_what_shopify_says_once_may_not_be_said_twice(key: str) -> None:
    with pytest.raises(ForgedRequestError):
        who(signed((key, "7")))


def test_a_shopper_cannot_sign_as_another_through_a_field_of_their_own() -> None:
    inner = f"logged_in_customer_id=7path_prefix=/apps/regularsshop={SHOP}timestamp=1317327555zz="
    honest = signed(("a", inner))
    signature = honest.rpartition("=")[2]
    rest = f"logged_in_customer_id=1path_prefix=/apps/regularsshop={SHOP}timestamp=1317327555"
    cut = {"a": "", "logged_in_customer_id": "7", "path_prefix": "/apps/regulars", "shop": SHOP}
    forged = urlencode(cut | {"timestamp": "1317327555", "zz": rest, "signature": signature})
    for query in (honest, forged):
        with pytest.raises(ForgedRequestError, match="two ways"):
            who(query)


@pytest.mark.parametrize(
    "query", ["", "\ud800", "signature=", "&&&", "a" * 20_000, "&".join("a=1" for _ in range(300))]
)
def test_a_query_of_nothing_and_of_too_much_are_refused(query: str) -> None:
    with pytest.raises(ForgedRequestError):
        who(query)


@given(query=st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_no_query_is_anything_but_refused(query: str) -> None:
    with pytest.raises(ForgedRequestError):
        who(query)


@given(extra=st.lists(st.tuples(OWN, st.text(max_size=20)), max_size=4))
def test_whatever_else_a_shopper_asks_the_customer_stays(extra: list[tuple[str, str]]) -> None:
    assert who(signed(*extra)).customer == "1"


@given(at=st.integers(0, len(PUBLISHED) - 1), to=st.sampled_from("0123456789abcdefXYZ=&%+"))
def test_a_changed_character_never_makes_another_customer(at: int, to: str) -> None:
    try:
        said = who(PUBLISHED[:at] + to + PUBLISHED[at + 1 :])
    except ForgedRequestError:
        return
    assert said == ProxiedShopper(SHOP, "1")


def test_bytes_that_are_no_utf8_are_signed_as_they_are() -> None:
    message = b"a=\xfflogged_in_customer_id=1path_prefix=/apps/rshop=%stimestamp=1317327555" % SHOP.encode()
    signature = hmac.new(b"hush", message, hashlib.sha256).hexdigest()
    query = f"a=%FF&logged_in_customer_id=1&path_prefix=/apps/r&shop={SHOP}&timestamp=1317327555"
    assert who(f"{query}&signature={signature}").customer == "1"


def test_the_customer_is_not_in_the_repr() -> None:
    assert "'1'" not in repr(who(PUBLISHED))
