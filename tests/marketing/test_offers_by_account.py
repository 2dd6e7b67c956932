"""Whose purchases count for an account's offer, and what never reaches an account of unknown ownership."""

from collections.abc import Callable

import pytest

from purchases import NOW, World, tiers
from regulars_marketing import Proof, compute_all, next_step, sentence, verify_proof
from regulars_store import Store, tables

Buyer = Callable[..., str]


@pytest.fixture
def world(store: Store) -> World:
    """The shops tea (1), which checks no e-mails, and coffee (2), which does; three tiers."""
    made = World(store)
    made.shop(1, "tea")
    made.shop(2, "coffee", checks_emails="yes")
    made.programme()
    return made


def figures(world: World, account: str) -> tuple[str, int]:
    row = world.offers()[account]
    return row.scope, row.percent


def test_an_account_that_may_be_a_stranger_s_has_what_it_earned_itself(world: World, buyer: Buyer) -> None:
    known, strange = buyer("ann", 12_000_00, shop=2), buyer("ann", 6_000_00)
    world.compute("ann")
    assert figures(world, known) == ("person", 700)
    assert figures(world, strange) == ("account", 500)
    assert world.fact_rows() == [("ann", "UAH", 2, 18_000_00)]


def test_it_reads_of_its_own_purchases_and_of_no_others(world: World, buyer: Buyer) -> None:
    buyer("ann", 12_345_67, 90_00, shop=2)
    strange, idle = buyer("ann", 6_000_00), buyer("ann")
    world.compute("ann")
    proof = Proof.model_validate(world.offers()[strange].proof)
    assert verify_proof(proof) == []
    assert (proof.scope, [fact.net for fact in proof.facts]) == ("account", [6_000_00])
    assert sentence(proof) == "5 %, because you bought for 6,000.00\u00a0₴ with this account."
    assert next_step(proof) == "4,000.00\u00a0₴ more gives 7 %."
    proof = Proof.model_validate(world.offers()[idle].proof)
    assert sentence(proof) == "No discount yet: you have not bought anything with this account."


def test_what_others_of_the_person_do_changes_nothing_of_it(world: World, buyer: Buyer) -> None:
    strange = buyer("ann", 6_000_00)
    world.compute("ann")
    before, _ = world.offers()[strange], world.clean()
    buyer("ann", 50_000_00, shop=2)
    buyer("ann", 77_00, currency="EUR", shop=2)
    world.compute("ann")
    assert world.offers()[strange] == before
    assert world.dirty(1) == set()


def test_a_missing_rate_of_another_account_s_currency_does_not_hold_it(world: World, buyer: Buyer) -> None:
    known, strange = buyer("ann", 90_00, shop=2, currency="EUR"), buyer("ann", 6_000_00)
    assert world.compute("ann").held == 1
    assert (world.offers()[known].held is None, world.offers()[strange].held) == (False, None)
    assert "EUR" not in str(world.offers()[strange].proof)


def test_an_address_that_the_platform_verified_brings_all_of_the_person_s_purchases(
    world: World, buyer: Buyer
) -> None:
    account = buyer("ann")
    buyer("ann", 12_000_00, shop=2)
    world.compute("ann")
    world.clean()
    world.change(tables.account, account, email_verified=True)
    world.compute("ann")
    assert figures(world, account) == ("person", 700)
    assert (world.dirty(1), world.dirty(2)) == ({"ann"}, set())


def test_when_a_shop_no_longer_checks_e_mails_its_accounts_have_their_own_again(
    world: World, buyer: Buyer
) -> None:
    buyer("ann", 12_000_00)
    account = buyer("ann", 5_000_00, shop=2)
    world.compute("ann")
    assert figures(world, account) == ("person", 700)
    world.change(tables.shop, 2, options={"checks_emails": "no"})
    compute_all(world.store, now=NOW)
    assert figures(world, account) == ("account", 500)


def test_a_held_account_whose_ownership_is_doubted_keeps_nothing_that_others_earned(
    world: World, buyer: Buyer
) -> None:
    buyer("ann", 12_000_00)
    account = buyer("ann", shop=2)
    world.compute("ann")
    assert figures(world, account) == ("person", 700)
    world.order(account, 90_00, currency="EUR")
    world.change(tables.shop, 2, options={})
    world.compute("ann")
    offer = world.offers()[account]
    assert (offer.scope, offer.percent, offer.held is None) == ("account", 0, False)
    assert [each["currency"] for each in offer.proof["facts"]] == ["EUR"]


def test_a_held_account_that_was_split_off_keeps_nothing_of_the_person_it_left(
    world: World, buyer: Buyer
) -> None:
    buyer("ann", 12_000_00)
    account = buyer("ann", shop=2)
    world.compute("ann")
    assert figures(world, account) == ("person", 700)
    world.order(account, 90_00, currency="EUR")
    world.change(tables.account, account, person_id="eve")
    world.compute("ann", "eve")
    assert figures(world, account) == ("person", 0)


@pytest.mark.parametrize("first", ["ann", "bob"])
def test_a_held_account_keeps_what_it_earned_itself_whoever_it_is_linked_to(
    world: World, buyer: Buyer, first: str
) -> None:
    account = buyer("bob", 6_000_00)
    world.compute("bob")
    world.order(account, 90_00, currency="EUR")
    buyer("ann", 1_00, shop=2)
    world.change(tables.account, account, person_id="ann")
    for person in sorted(("ann", "bob"), key=lambda name: name != first):
        world.compute(person)
    offer = world.offers()[account]
    assert (offer.person_id, offer.percent, offer.held is None) == ("ann", 500, False)


def test_a_held_account_that_becomes_known_keeps_its_own_with_its_own_proof(
    world: World, buyer: Buyer
) -> None:
    account = buyer("ann", 6_000_00)
    buyer("ann", 90_00, shop=2, currency="EUR")
    world.compute("ann")
    world.change(tables.account, account, email_verified=True)
    world.compute("ann")
    offer = world.offers()[account]
    assert (offer.percent, offer.scope, offer.proof["scope"]) == (500, "account", "account")
    assert offer.held is not None


def test_each_registered_account_has_an_offer_of_its_own(world: World, buyer: Buyer) -> None:
    one, other = buyer("ann", 5_000_00), buyer("ann", 10_000_00)
    world.account("ann", registered=False)
    world.compute("ann")
    assert set(world.offers()) == {one, other}
    assert (figures(world, one)[1], figures(world, other)[1]) == (500, 700)


def test_who_was_a_guest_only_has_one_offer_in_the_shop_for_the_owner_to_see(world: World) -> None:
    guests = [world.account("ann", registered=False) for _ in range(11)]
    world.order(guests[0], 6_000_00)
    gone = world.account("ann")
    world.change(tables.account, gone, gone=True)
    world.compute("ann")
    assert {key: row.percent for key, row in world.offers().items()} == {min(guests): 500}


def test_a_guest_who_registers_leaves_the_guest_s_offer_behind(world: World) -> None:
    guest = world.account("ann", registered=False)
    world.compute("ann")
    account = world.account("ann")
    world.compute("ann")
    assert (list(world.offers()), guest) == ([account], "1:1")


def test_persons_without_accounts_are_found_by_the_offers_they_left(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 6_000_00)
    world.compute("ann")
    world.change(tables.account, account, person_id=None)
    compute_all(world.store, now=NOW)
    assert world.offers() == {}
    assert world.dirty() == {"ann"}


def test_a_programme_of_one_shop_counts_an_unknown_account_s_own_orders(world: World, buyer: Buyer) -> None:
    world.programme(tiers(shops=["tea"]))
    known, strange = buyer("ann", 12_000_00, shop=2), buyer("ann", 1_00)
    world.compute("ann")
    assert known not in world.offers()
    assert figures(world, strange) == ("account", 0)
