"""What the storefront shows an account, and which pages may ask."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_world import QUICK
from purchases import NOW, tiers
from regulars_agent import (
    STOREFRONT_KEY,
    Settings,
    ShownOffer,
    Storefront,
    Workspace,
    anonymous_offer,
    disconnect_shop,
    open_workspace,
    storefront_key,
)
from regulars_mapping import MisconfiguredError
from regulars_store import Store, tables
from storefront_world import ENVIRON, TEA_KEY, FixedClock, ShoppingWorld, shopping_world

SILVER = 1_000_000
MASTER = {"REGULARS_MASTER_KEY": "m4ster-key-of-the-tests-0123456789abcdef"}


@pytest.fixture
def world(store: Store) -> ShoppingWorld:
    return shopping_world(store)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def workspace(world: ShoppingWorld, clock: FixedClock, tmp_path: Path) -> Iterator[Workspace]:
    settings = Settings(directory=tmp_path, store_url=SecretStr(world.store.url), keyring_cost=QUICK)
    with open_workspace(settings, clock=clock, environ={**ENVIRON, **MASTER}) as opened:
        yield opened


@pytest.fixture
def front(workspace: Workspace) -> Storefront:
    return Storefront(workspace)


def shown(front: Storefront, account: str, *, language: str = "") -> ShownOffer:
    return front.offer(front.shops()["tea"], account, language=language)


def test_a_confirmed_discount_is_shown_whole(world: ShoppingWorld, front: Storefront) -> None:
    account = world.regular("anna", SILVER, 700)
    offer = shown(front, account)
    assert (offer.percent, offer.level, offer.code) == (Decimal(7), "Silver", f"reg-1-{account}")
    assert offer.sentence.startswith("7 %, because you bought for 10,000.00")
    assert offer.next_step.endswith("more gives 10 %.")


def test_a_discount_that_the_shop_has_not_confirmed_is_only_announced(
    world: ShoppingWorld, front: Storefront
) -> None:
    account = world.shopper("anna", SILVER)
    world.granted(account, 700, state="planned")
    assert shown(front, account) == replace(anonymous_offer(), sentence="Your discount is on its way.")


def test_until_a_better_one_is_confirmed_the_old_one_is_shown(
    world: ShoppingWorld, front: Storefront
) -> None:
    account = world.shopper("anna", SILVER)
    code = world.granted(account, 500)
    said = replace(anonymous_offer(), percent=Decimal(5), sentence="Your discount is 5 %.", code=code)
    assert shown(front, account) == said


def test_a_discount_that_is_being_taken_away_is_not_shown(world: ShoppingWorld, front: Storefront) -> None:
    account = world.shopper("anna", 100)
    world.granted(account, 500)
    offer = shown(front, account)
    assert (offer.percent, offer.code) == (Decimal(0), "")
    assert offer.sentence.startswith("No discount yet")
    assert offer.next_step


def test_an_offer_that_has_ended_is_none(world: ShoppingWorld, front: Storefront, clock: FixedClock) -> None:
    world.programme(tiers(valid_until=NOW + timedelta(days=1)))
    account = world.regular("anna", SILVER, 700)
    assert shown(front, account).valid_until == NOW + timedelta(days=1)
    clock.forward(days=1)
    assert shown(front, account) == anonymous_offer()


@pytest.mark.parametrize("language", ["en", "uk", "ru", "de"])
def test_unknown_accounts_read_what_everybody_reads(front: Storefront, language: str) -> None:
    assert shown(front, "4711", language=language) == anonymous_offer(language=language)


def test_the_four_invitations_differ() -> None:
    assert len({anonymous_offer(language=each).sentence for each in ("en", "uk", "ru", "de")}) == 4


def test_without_a_wish_the_shop_s_language_is_spoken(world: ShoppingWorld, front: Storefront) -> None:
    world.set_options(1, language="uk")
    account = world.regular("anna", SILVER, 700)
    assert shown(front, account).language == "uk"
    assert shown(front, account, language="de-AT").language == "de"


def test_a_shop_s_pages_are_its_own_and_those_the_owner_names(
    world: ShoppingWorld, front: Storefront
) -> None:
    named = "https://www.Example.net/shop, http://localhost:8000 https://tea.example.org:443"
    world.set_options(1, storefront_origins=f"{named} * https://*.example.net javascript:alert(1) null")
    assert front.shops()["tea"].origins == {
        "https://tea.example.com",
        "https://www.example.net",
        "http://localhost:8000",
        "https://tea.example.org",
    }


def test_what_an_owner_changes_counts_within_half_a_minute(
    world: ShoppingWorld, front: Storefront, clock: FixedClock
) -> None:
    assert front.shops()["tea"].language == "en"
    world.set_options(1, language="de")
    clock.forward(seconds=29)
    assert front.shops()["tea"].language == "en"
    clock.forward(seconds=1)
    assert front.shops()["tea"].language == "de"


def test_one_shop_s_short_key_closes_only_its_own_pages(
    world: ShoppingWorld, clock: FixedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(directory=tmp_path, store_url=SecretStr(world.store.url), keyring_cost=QUICK)
    environ = {**ENVIRON, **MASTER, "REGULARS_SECRET_CAKE_STOREFRONT_KEY": "too-short"}
    with open_workspace(settings, clock=clock, environ=environ) as opened:
        shops = Storefront(opened).shops()
    assert shops["tea"].key == TEA_KEY
    assert shops["cake"].key is None
    assert "cake" in caplog.text
    assert "too-short" not in caplog.text


def test_a_key_is_made_once_and_kept(world: ShoppingWorld, clock: FixedClock, tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, store_url=SecretStr(world.store.url), keyring_cost=QUICK)
    with open_workspace(settings, clock=clock, environ=MASTER) as opened:
        key = storefront_key(opened, "tea")
        assert storefront_key(opened, "tea") == key != storefront_key(opened, "cake")
        assert Storefront(opened).shops()["tea"].key == key
        with pytest.raises(MisconfiguredError, match="no shop named coffee"):
            storefront_key(opened, "coffee")


def test_a_disconnected_shop_s_key_is_forgotten(
    world: ShoppingWorld, clock: FixedClock, tmp_path: Path
) -> None:
    settings = Settings(directory=tmp_path, store_url=SecretStr(world.store.url), keyring_cost=QUICK)
    with open_workspace(settings, clock=clock, environ=MASTER) as opened:
        storefront_key(opened, "tea")
        disconnect_shop(opened, "tea")
        assert "tea" not in Storefront(opened).shops()
        assert opened.secrets.find("tea", STOREFRONT_KEY) is None


def test_no_key_is_in_a_representation(front: Storefront) -> None:
    assert TEA_KEY.get_secret_value() not in repr(front.shops())


def test_an_account_that_is_gone_is_shown_what_everybody_is(world: ShoppingWorld, front: Storefront) -> None:
    account = world.regular("anna", SILVER, 700)
    world.change(tables.account, f"1:{account}", gone=True)
    assert shown(front, account) == anonymous_offer()
