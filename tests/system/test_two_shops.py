"""Two platforms, one person: what one owner's WooCommerce and Shopify shops know together."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_world import ENVIRON, QUICK, Clock
from regulars_agent import Settings, Workspace, enable_programme, open_workspace
from regulars_connectors import Found
from regulars_store import Store
from two_shops_world import BOUTIQUE, MARKET, WELCOME, TwoShops, two_shops

ANNA = {"first_name": "Anna", "last_name": "Kovalenko", "phone": "+380501112233"}


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Iterator[Workspace]:
    settings = Settings(directory=tmp_path / "workspace", store_url=SecretStr(store.url), keyring_cost=QUICK)
    settings.directory.mkdir()
    with open_workspace(settings, clock=Clock(), environ=ENVIRON) as opened:
        opened.store = store
        yield opened


@pytest.fixture
def shops(workspace: Workspace) -> Iterator[TwoShops]:
    """Shops that both check their customers' e-mails."""
    with two_shops(workspace, checks_emails="yes") as made:
        yield made


@pytest.fixture
def unchecked(workspace: Workspace) -> Iterator[TwoShops]:
    """The same, but anybody may register in the market with any e-mail."""
    with two_shops(workspace) as made:
        yield made


def test_a_guest_in_one_shop_who_registered_in_the_other_is_one_record_with_both_histories(
    shops: TwoShops,
) -> None:
    anna = shops.boutique.register("anna@example.com", first_name="Anna", last_name="Kovalenko")
    shops.buy(BOUTIQUE, 3_000, customer=anna)
    shops.buy(MARKET, 3_000, email="ANNA@Example.com", first_name="Anna", last_name="Kovalenko")
    shops.learn()
    card = shops.card(BOUTIQUE, anna)
    assert sorted((account["shop_id"], account["registered"]) for account in card.accounts) == [
        (shops.shop(MARKET).id, False),
        (shops.shop(BOUTIQUE).id, True),
    ]
    assert {order["shop_id"] for order in card.orders} == {shops.shop(MARKET).id, shops.shop(BOUTIQUE).id}


def test_what_is_bought_in_both_shops_counts_for_the_discount_in_each(shops: TwoShops) -> None:
    one = shops.market.register("anna@example.com", billing=ANNA)
    other = shops.boutique.register("Anna@Example.com", first_name="Anna", last_name="Kovalenko")
    shops.buy(MARKET, 3_000, customer=one)
    shops.buy(BOUTIQUE, 3_000, customer=other)
    shops.learn()
    shops.push()
    for shop, number in ((MARKET, one), (BOUTIQUE, other)):
        shown = shops.shown(shop, number)
        assert (shown.percent, shown.level) == (Decimal(5), "Silver")
        assert "6,000.00" in shown.sentence
        assert shops.codes(shop)[str(number)].target.key == shown.code


def test_a_refund_in_one_shop_takes_the_tier_away_in_the_other(shops: TwoShops) -> None:
    one = shops.market.register("anna@example.com", billing=ANNA)
    other = shops.boutique.register("anna@example.com")
    shops.buy(MARKET, 3_000, customer=one)
    order = shops.boutique.place_order(items=[(90_001, 30)], customer_id=other)
    shops.learn()
    shops.push()
    assert shops.shown(MARKET, one).level == "Silver"
    shops.boutique.refund_order(order, 250_000)
    shops.learn()
    shops.push()
    assert shops.shown(MARKET, one).level == "Bronze"
    assert "3,500.00" in shops.shown(MARKET, one).sentence


def test_one_phone_and_one_name_in_two_spellings_are_one_person(shops: TwoShops) -> None:
    one = shops.market.register(
        "olena.work@example.com",
        billing={"first_name": "Олена", "last_name": "Шевченко", "phone": "(067) 123-45-67"},
    )
    other = shops.boutique.register(
        "olena@example.net", first_name="Olena", last_name="Shevchenko", phone="+380671234567"
    )
    shops.learn()
    assert shops.card(MARKET, one).person["id"] == shops.card(BOUTIQUE, other).person["id"]


def test_two_people_who_share_a_family_phone_are_two(shops: TwoShops) -> None:
    one = shops.market.register(
        "petro@example.com", billing={"first_name": "Petro", "last_name": "Bondar", "phone": "0671234567"}
    )
    other = shops.boutique.register(
        "oksana@example.com", first_name="Oksana", last_name="Bondar", phone="+380671234567"
    )
    shops.buy(BOUTIQUE, 12_000, customer=other)
    shops.learn()
    shops.push()
    assert shops.card(MARKET, one).person["id"] != shops.card(BOUTIQUE, other).person["id"]
    assert shops.shown(MARKET, one).percent == 0
    assert shops.shown(BOUTIQUE, other).level == "Gold"


def test_who_registers_in_both_shops_has_one_welcome(shops: TwoShops) -> None:
    enable_programme(shops.workspace, WELCOME, who="the owner")
    first = shops.boutique.register("anna@example.com")
    shops.learn()
    shops.push()
    second = shops.market.register("ANNA@example.com")
    shops.learn()
    shops.push()
    assert list(shops.codes(BOUTIQUE)) == [str(first)]
    assert list(shops.codes(MARKET)) == []
    assert [shops.shown(BOUTIQUE, first).percent, shops.shown(MARKET, second).percent] == [
        Decimal(12),
        Decimal(0),
    ]


def test_a_purchase_as_a_guest_elsewhere_ends_the_welcome(shops: TwoShops) -> None:
    enable_programme(shops.workspace, WELCOME, who="the owner")
    anna = shops.boutique.register("anna@example.com")
    shops.learn()
    shops.push()
    assert shops.shown(BOUTIQUE, anna).percent == 12
    shops.buy(MARKET, 500, email="anna@EXAMPLE.com", first_name="Anna")
    shops.learn()
    shops.push()
    assert shops.codes(BOUTIQUE) == {}
    assert shops.shown(BOUTIQUE, anna).percent == 0


def test_a_welcome_works_for_one_order_only(shops: TwoShops) -> None:
    enable_programme(shops.workspace, WELCOME, who="the owner")
    anna = shops.boutique.register("anna@example.com")
    shops.learn()
    shops.push()
    code = shops.shown(BOUTIQUE, anna).code
    shops.boutique.place_order(items=[(90_001, 1)], customer_id=anna, discount_codes=[code])
    with pytest.raises(ValueError):
        shops.boutique.place_order(items=[(90_001, 1)], customer_id=anna, discount_codes=[code])


def test_who_registers_with_a_strangers_address_learns_and_gains_nothing(unchecked: TwoShops) -> None:
    enable_programme(unchecked.workspace, WELCOME, who="the owner")
    olga = unchecked.boutique.register("olga@example.com", first_name="Olga", last_name="Melnyk")
    unchecked.buy(BOUTIQUE, 20_000, customer=olga)
    thief = {"first_name": "Mallory", "last_name": "Thief"}
    stranger = unchecked.market.register("olga@example.com", billing=thief)
    nobody = unchecked.market.register("unknown@example.com")
    unchecked.learn()
    unchecked.push()
    assert unchecked.shown(BOUTIQUE, olga).level == "Gold"
    assert unchecked.shown(MARKET, stranger) == unchecked.shown(MARKET, nobody)
    assert unchecked.codes(MARKET) == {}
    assert unchecked.card(MARKET, stranger).person["given_name"] == "Olga", "nor does he take her name"
    assert all(str(stranger) != label.target.key for label in _labels(unchecked))


def test_an_account_nobody_vouches_for_earns_by_its_own_purchases(unchecked: TwoShops) -> None:
    olga = unchecked.boutique.register("olga@example.com")
    unchecked.buy(BOUTIQUE, 20_000, customer=olga)
    same = unchecked.market.register("olga@example.com")
    unchecked.buy(MARKET, 2_000, customer=same)
    unchecked.learn()
    unchecked.push()
    shown = unchecked.shown(MARKET, same)
    assert (shown.level, shown.percent) == ("Bronze", Decimal(3))
    assert "2,000.00" in shown.sentence
    assert "22,000.00" in unchecked.shown(BOUTIQUE, olga).sentence


def _labels(shops: TwoShops) -> list[Found]:
    with shops.workspace.connector(shops.shop(MARKET)) as connector:
        return [found for batch in connector.marked("label") for found in batch]
