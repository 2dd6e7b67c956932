"""The welcome: one a person, for who is registered and has bought nothing anywhere."""

from datetime import timedelta

import pytest

from purchases import NOW, World, fact, proof_of, stored, tiers, welcome
from regulars_marketing import Proof, decide, disable_programme, next_step, sentence, verify_proof
from regulars_store import Store, tables


@pytest.fixture
def world(store: Store) -> World:
    """The shops tea (1) and coffee (2), which check e-mails, and a welcome of 10 % in both."""
    made = World(store, checks_emails=True)
    made.shop(1, "tea")
    made.shop(2, "coffee")
    made.programme(welcome())
    return made


def registered(world: World, person: str, *, shop: int = 1, days: int | None = 9) -> str:
    """An account that was registered so many days ago."""
    since = None if days is None else NOW - timedelta(days=days)
    return world.account(person, shop=shop, registered_at=since)


def welcomed(world: World, *persons: str) -> list[str]:
    world.compute(*persons)
    return sorted(key for key, row in world.offers().items() if row.programme_key == "welcome")


def test_who_registered_and_bought_nothing_is_welcomed_for_one_order(world: World) -> None:
    account = registered(world, "ann")
    assert welcomed(world, "ann") == [account]
    row = world.offers()[account]
    proof = Proof.model_validate(row.proof)
    assert (row.percent, row.level, row.held, row.scope) == (1000, "Welcome", None, "person")
    assert (proof.programme.orders == 1, verify_proof(proof), next_step(proof)) == (True, [], "")
    assert sentence(proof) == "10 % to welcome you: it works for one order."
    assert world.dirty() == {"ann"}


def test_who_registered_in_two_shops_is_welcomed_in_the_first(world: World) -> None:
    registered(world, "ann", days=1)
    first = registered(world, "ann", shop=2, days=2)
    assert welcomed(world, "ann") == [first]
    assert list(world.offers()) == [first]


@pytest.mark.parametrize(("days", "winner"), [((None, 3), 1), ((None, None), 0), ((5, 5), 0)])
def test_an_unknown_time_comes_last_and_equals_go_by_their_anchors(
    world: World, days: tuple[int | None, int | None], winner: int
) -> None:
    accounts = [registered(world, "ann", shop=shop, days=since) for shop, since in enumerate(days, 1)]
    assert welcomed(world, "ann") == [accounts[winner]]


@pytest.mark.parametrize("state", ["planned", "given"])
def test_who_holds_it_keeps_it_when_an_earlier_registration_lands_later(world: World, state: str) -> None:
    holder = registered(world, "ann", shop=2, days=2)
    assert welcomed(world, "ann") == [holder]
    world.grant(holder, state=state)
    registered(world, "ann", days=300)
    assert welcomed(world, "ann") == [holder]


@pytest.mark.parametrize("grant", [{"state": "withdrawn"}, {"state": "replaced"}, {"programme": "regulars"}])
def test_what_is_no_active_grant_of_a_welcome_holds_nothing(world: World, grant: dict[str, str]) -> None:
    world.programme(tiers())
    world.grant(registered(world, "ann", shop=2, days=2), **grant)
    first = registered(world, "ann", days=300)
    assert welcomed(world, "ann") == [first]


def test_a_grant_of_a_welcome_that_another_succeeded_still_holds_it(world: World) -> None:
    holder = registered(world, "ann", shop=2, days=2)
    world.grant(holder)
    registered(world, "ann", days=300)
    with world.store.write() as connection:
        disable_programme(connection, "welcome", who="owner", now=NOW)
    world.programme(welcome(key="spring"))
    world.compute("ann")
    assert list(world.offers()) == [holder]


def test_of_two_persons_with_a_welcome_each_who_are_one_the_oldest_grant_stays(world: World) -> None:
    ann, bob = registered(world, "ann", days=300), registered(world, "bob", shop=2, days=2)
    assert welcomed(world, "ann", "bob") == [ann, bob]
    world.grant(ann, days=1)
    world.grant(bob, days=5)
    world.change(tables.account, bob, person_id="ann")
    world.clean()
    assert welcomed(world, "ann", "bob") == [bob]
    assert (world.dirty(1), world.dirty(2)) == ({"ann"}, {"ann", "bob"})


def test_a_welcome_of_each_shop_s_own_is_still_one_a_person(world: World) -> None:
    world.programme(welcome(shops=["tea"], percent="5"))
    world.programme(welcome(key="coffee", shops=["coffee"]))
    first = registered(world, "ann", days=9)
    registered(world, "ann", shop=2, days=2)
    world.compute("ann")
    assert {key: row.percent for key, row in world.offers().items()} == {first: 500}


@pytest.mark.parametrize("as_guest", [False, True])
def test_an_order_in_any_shop_ends_it_also_as_a_guest(world: World, as_guest: bool) -> None:
    account = registered(world, "ann")
    other = world.account("eve", shop=2, registered=not as_guest)
    world.order(other, 1_00)
    assert welcomed(world, "ann", "eve") == [account]
    world.clean()
    world.change(tables.account, other, person_id="ann")
    assert welcomed(world, "ann", "eve") == []
    assert world.offers() == {}
    assert world.dirty() == {"ann"}


def test_at_a_shop_that_checks_nothing_nobody_is_welcomed_known_or_not(world: World) -> None:
    world.change(tables.shop, 1, options={})
    known, unknown = registered(world, "ann"), registered(world, "bob")
    world.order(registered(world, "ann", shop=2), 12_000_00)
    world.programme(tiers())
    assert welcomed(world, "ann", "bob") == []
    rows = world.offers()
    assert rows[known].proof == rows[unknown].proof


def test_who_the_platform_verified_is_welcomed_where_the_shop_checks_nothing(world: World) -> None:
    world.change(tables.shop, 1, options={})
    verified = world.account("ann", registered_at=NOW, email_verified=True)
    assert welcomed(world, "ann") == [verified]


def test_what_was_bought_elsewhere_is_not_told_to_who_is_not_welcomed(world: World) -> None:
    world.change(tables.shop, 1, options={})
    world.programme(tiers())
    strange = registered(world, "ann")
    world.order(registered(world, "ann", shop=2), 12_000_00)
    assert welcomed(world, "ann") == []
    proof = Proof.model_validate(world.offers()[strange].proof)
    assert (proof.facts, proof.counted, proof.percent) == ((), 0, 0)
    assert sentence(proof) == "No discount yet: you have not bought anything with this account."


def test_an_order_that_was_cancelled_ends_nothing_and_one_given_back_does(world: World) -> None:
    ann, bob = registered(world, "ann"), registered(world, "bob")
    world.order(ann, 5_00, bought=False, status="cancelled")
    world.refund(world.order(bob, 5_00), 5_00)
    assert welcomed(world, "ann", "bob") == [ann]


def test_a_held_first_buyer_does_not_keep_the_welcome(world: World) -> None:
    world.programme(tiers())
    account = registered(world, "ann")
    assert welcomed(world, "ann") == [account]
    world.order(account, 90_00, currency="EUR")
    assert welcomed(world, "ann") == []
    row = world.offers()[account]
    assert (row.percent, row.held is None) == (0, False)


def test_guests_gone_accounts_and_removed_shops_are_not_welcomed(world: World) -> None:
    world.account("ann", registered=False)
    world.change(tables.account, registered(world, "bob"), gone=True)
    registered(world, "cleo", shop=2)
    world.change(tables.shop, 2, removed_at=NOW)
    assert welcomed(world, "ann", "bob", "cleo") == []
    assert world.offers() == {}


def test_where_the_welcome_does_not_stand_nobody_takes_it_from_another_shop(world: World) -> None:
    world.programme(welcome(shops=["coffee"]))
    registered(world, "ann", days=300)
    second = registered(world, "ann", shop=2, days=2)
    assert welcomed(world, "ann") == [second]


def test_a_disabled_welcome_is_given_to_nobody_and_taken_from_who_had_it(world: World) -> None:
    account = registered(world, "ann")
    assert welcomed(world, "ann") == [account]
    world.clean()
    with world.store.write() as connection:
        disable_programme(connection, "welcome", who="owner", now=NOW)
    assert welcomed(world, "ann") == []
    assert (world.offers(), world.dirty()) == ({}, {"ann"})


def test_a_welcome_and_tiers_give_the_better_one_and_the_others_have_the_tiers(world: World) -> None:
    world.programme(tiers())
    first, second = registered(world, "ann"), registered(world, "ann", shop=2, days=1)
    assert welcomed(world, "ann") == [first]
    assert (world.offers()[second].programme_key, world.offers()[second].percent) == ("regulars", 0)


def test_a_welcome_applies_only_to_whom_it_is_given_and_who_has_bought_nothing() -> None:
    rules = [stored(welcome())]
    assert decide([], rules, "tea", NOW) is None
    assert decide([fact(1)], rules, "tea", NOW, welcome=True) is None
    made = decide([], rules, "tea", NOW, welcome=True)
    assert made is not None
    assert (made.percent, made.level, made.standing) == (1000, "Welcome", ("welcome",))


def test_a_programme_of_tiers_in_another_currency_does_not_hold_a_welcome() -> None:
    made = decide([], [stored(tiers(currency="EUR")), stored(welcome())], "tea", NOW, welcome=True)
    assert made is not None
    assert (made.programme_key, made.held) == ("welcome", None)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "10 % to welcome you: it works for one order."),
        ("uk", "Вітальна знижка 10 %: діє на одне замовлення."),
        ("ru", "Приветственная скидка 10 %: действует на один заказ."),
        ("de", "10 % zur Begrüßung: gültig für eine Bestellung."),
    ],
)
def test_a_welcome_is_said_in_each_language(language: str, said: str) -> None:
    assert sentence(proof_of(programme=welcome()), language=language) == said
