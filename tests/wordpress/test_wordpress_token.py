"""The token that the plugin signs is the one that the storefront verifies."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from regulars_agent import StorefrontShop
from wagtail_regulars._tokens import shopper_of
from wordpress.conftest import Play

KEY = "aZ09_-" * 8
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
STAMP = int(NOW.timestamp())


def shops(name: str = "tea", key: str = KEY) -> dict[str, StorefrontShop]:
    return {name: StorefrontShop(1, name, "en", frozenset(), SecretStr(key))}


@pytest.mark.parametrize("name", ["tea", "Чай та кава", 'odd"\\name'])
def test_the_verifier_reads_the_account_out_of_it(play: Play, name: str) -> None:
    (token,) = play(("regulars_token", 5, name, KEY, STAMP)).answers
    shopper = shopper_of(token, shops(name), now=NOW)
    assert shopper is not None
    assert (shopper.account, shopper.shop.name) == ("5", name)
    assert shopper_of(token, shops(name), now=NOW + timedelta(minutes=6)) is None


def test_another_key_and_another_shop_refuse_it(play: Play) -> None:
    (token,) = play(("regulars_token", 5, "tea", KEY, STAMP)).answers
    assert shopper_of(token, shops(key="x" * 48), now=NOW) is None
    assert shopper_of(token, shops("cake"), now=NOW) is None


@pytest.mark.parametrize(
    ("user", "shop", "key"),
    [(0, "tea", KEY), (-1, "tea", KEY), (5, "", KEY), (5, "tea", "k" * 31), (5, "tea", "")],
)
def test_a_guest_and_a_shop_that_is_not_set_up_get_an_empty_one(
    play: Play, user: int, shop: str, key: str
) -> None:
    assert play(("regulars_token", user, shop, key, STAMP)).answers == [""]


def test_the_route_speaks_to_each_of_themselves_and_is_kept_by_nobody(play: Play) -> None:
    options = {"regulars_settings": {"shop": "tea"}, "regulars_storefront_key": KEY}
    (answer,) = play(("regulars_current_token",), options=options).answers
    shopper = shopper_of(answer["data"]["token"], shops(), now=datetime.now(UTC))
    assert shopper is not None and shopper.account == "5"
    assert answer["headers"] == {"Cache-Control": "private, no-store", "Vary": "Cookie"}
    (answer,) = play(("regulars_current_token",), options=options, user=0).answers
    assert answer["data"] == {"token": ""}


def test_the_status_tells_version_and_keys_and_no_secret(play: Play) -> None:
    options = {"regulars_settings": {"shop": "tea"}, "regulars_storefront_key": KEY}
    (answer,) = play(("regulars_status",), options=options).answers
    assert sorted(answer["data"]) == ["labels", "version"]
    assert "regulars_discount" in answer["data"]["labels"]


def test_the_constant_of_wp_config_wins_over_the_option(play: Play) -> None:
    played = play(
        ("regulars_storefront_key",),
        ("define_key", "c" * 40),
        ("regulars_storefront_key",),
        options={"regulars_storefront_key": KEY},
    )
    assert [played.answers[0], played.answers[2]] == [KEY, "c" * 40]
