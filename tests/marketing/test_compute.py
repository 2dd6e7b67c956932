from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import event

from purchases import NOW, World, tiers, welcome
from regulars_marketing import (
    Computed,
    Proof,
    compute,
    compute_all,
    disable_programme,
    next_step,
    sentence,
    verify_proof,
)
from regulars_store import tables

Buyer = Callable[..., str]


def test_a_threshold_that_is_hit_exactly_is_reached(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 9_999_99, 1)
    world.compute("ann")
    offer = world.offer("ann")
    assert (offer.percent, offer.level, offer.held) == (700, "Silver", None)
    assert sentence(Proof.model_validate(offer.proof)) == (
        "7 %, because you bought for 10,000.00\u00a0₴ in our shops."
    )


def test_one_kopeck_below_a_threshold_is_the_tier_below(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 9_999_99)
    world.compute("ann")
    offer = world.offer("ann")
    assert (offer.percent, offer.level) == (500, "Bronze")
    assert next_step(Proof.model_validate(offer.proof)) == "0.01\u00a0₴ more gives 7 %."


def test_a_refund_after_an_upgrade_moves_the_tier_down(world: World, buyer: Buyer) -> None:
    world.programme()
    account = buyer("ann", 9_000_00)
    order = world.order(account, 1_500_00)
    world.compute("ann")
    assert world.percent("ann") == 700
    world.refund(order, 600_00, goods=500_01)
    world.compute("ann")
    assert world.percent("ann") == 500
    assert world.fact_rows() == [("ann", "UAH", 2, 9_999_99)]


def test_a_full_refund_takes_the_offer_back_to_nothing(world: World, buyer: Buyer) -> None:
    world.programme()
    order = world.order(buyer("ann"), 6_000_00, total=7_000_00)
    world.compute("ann")
    assert world.percent("ann") == 500
    world.refund(order, 7_000_00)
    world.compute("ann")
    offer = world.offer("ann")
    assert (offer.percent, offer.level) == (0, "")
    assert (
        sentence(Proof.model_validate(offer.proof))
        == "No discount yet: you bought for 0.00\u00a0₴ in our shops."
    )


def test_a_bare_refund_is_shared_between_goods_and_the_rest(world: World, buyer: Buyer) -> None:
    # 600.00 back of 6,000.00 with 5,400.00 of goods: 540.00 of goods, which leaves 4,860.00.
    world.programme()
    order = world.order(buyer("ann"), 5_400_00, total=6_000_00)
    world.refund(order, 600_00)
    world.compute("ann")
    assert world.fact_rows() == [("ann", "UAH", 1, 4_860_00)]
    assert world.percent("ann") == 0


def test_cancelled_orders_give_no_tier(world: World, buyer: Buyer) -> None:
    world.programme()
    world.order(buyer("ann", 4_999_99), 50_000_00, bought=False, status="cancelled")
    world.compute("ann")
    assert world.percent("ann") == 0


def test_spend_in_a_second_currency_without_a_rate_holds_the_offer_as_it_was(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    account = buyer("ann", 6_000_00)
    world.compute("ann")
    world.clean()
    before = world.offer("ann")
    for amount in (90_00, 5_000_00):
        world.order(account, amount, currency="EUR")
    done = world.compute("ann")
    offer = world.offer("ann")
    assert offer.held == (
        "No rate from EUR to UAH for 2026-05-02: programme regulars cannot count what was bought in EUR, "
        "so nothing new is offered until the rate is known."
    )
    assert (offer.percent, offer.level, offer.proof) == (before.percent, before.level, before.proof)
    assert (done.held, done.offers_changed, world.dirty()) == (1, 0, set())


def test_a_person_who_had_nothing_is_held_at_nothing(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 90_00, currency="EUR")
    world.compute("ann")
    offer = world.offer("ann")
    proof = Proof.model_validate(offer.proof)
    assert (offer.percent, offer.level, offer.held is None) == (0, "", False)
    assert verify_proof(proof) == []
    assert sentence(proof) == "Your discount is not known yet, because you also bought in EUR."
    assert next_step(proof) == ""


def test_a_hold_ends_when_the_other_currency_was_given_back(world: World, buyer: Buyer) -> None:
    world.programme()
    account = buyer("ann", 6_000_00)
    order = world.order(account, 90_00, currency="EUR")
    world.compute("ann")
    assert world.offer("ann").held is not None
    world.refund(order, 90_00)
    world.compute("ann")
    assert (world.percent("ann"), world.offer("ann").held) == (500, None)


def test_a_held_person_does_not_keep_a_discount_of_a_programme_that_ended(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 6_000_00)
    world.compute("ann")
    buyer("ann", 90_00, currency="EUR")
    with world.store.write() as connection:
        disable_programme(connection, "regulars", who="owner", now=NOW)
    world.programme(tiers(key="summer"))
    world.compute("ann")
    assert (world.percent("ann"), world.offer("ann").programme_key) == (0, "summer")


def test_a_welcome_that_ends_while_a_rate_is_missing_is_said_to_have_ended(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    world.programme(welcome())
    account = buyer("ann")
    world.compute("ann")
    assert (world.offer("ann").programme_key, world.percent("ann")) == ("welcome", 1000)
    order = world.order(account, 90_00, currency="EUR")
    world.clean()
    for changed in (1, 0):
        done = world.compute("ann")
        assert (done.offers_changed, world.percent("ann")) == (changed, 0)
        assert world.offer("ann").held == (
            "No rate from EUR to UAH for 2026-05-02: programme regulars cannot count what was bought in EUR, "
            "so nothing new is offered until the rate is known. Ended meanwhile: what was given by programme "
            "welcome. What follows is known with the rate."
        )
    assert world.dirty() == {"ann"}
    world.change(tables.order, order, currency="UAH")
    world.compute("ann")
    assert world.offer("ann").held is None


def test_two_accounts_of_one_person_share_one_tier_in_both_shops(world: World, buyer: Buyer) -> None:
    world.shop(2, "coffee")
    world.programme()
    buyer("ann", 3_000_00)
    buyer("ann", 2_000_00, shop=2)
    assert world.compute("ann").offers_changed == 2
    assert (world.percent("ann", 1), world.percent("ann", 2)) == (500, 500)
    assert (world.dirty(1), world.dirty(2)) == ({"ann"}, {"ann"})


def test_when_two_persons_merge_one_has_all_and_the_other_nothing(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 3_000_00)
    second = buyer("bob", 2_000_00)
    world.compute("ann", "bob")
    world.clean()
    world.change(tables.account, second, person_id="ann")
    done = world.compute("ann", "bob")
    assert world.percent("ann") == 500
    assert world.offer("bob") is None
    assert world.fact_rows() == [("ann", "UAH", 2, 5_000_00)]
    assert (done.offers_changed, world.dirty()) == (2, {"ann", "bob"})


def test_a_split_gives_back_what_was_before_the_merge(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 3_000_00)
    second = buyer("bob", 2_000_00)
    world.compute("ann", "bob")
    before = (world.fact_rows(), world.offer("ann"), world.offer("bob"))
    for person in ("ann", "bob"):
        world.change(tables.account, second, person_id=person)
        world.compute("ann", "bob")
    assert (world.fact_rows(), world.offer("ann"), world.offer("bob")) == before


def test_yen_have_no_minor_unit(world: World, buyer: Buyer) -> None:
    steps = [{"threshold": "10000", "percent": "2.5", "level": "Regular"}]
    world.programme(tiers(key="japan", currency="JPY", tiers=steps))
    buyer("ann", 10_000, currency="JPY")
    buyer("bob", 9_999, currency="JPY")
    world.compute("ann", "bob")
    assert (world.percent("ann"), world.percent("bob")) == (250, 0)
    proof = Proof.model_validate(world.offer("bob").proof)
    assert next_step(proof) == "¥1 more gives 2.5 %."


def test_an_account_that_never_bought_has_an_offer_of_nothing_and_the_first_step(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    buyer("ann")
    world.compute("ann")
    proof = Proof.model_validate(world.offer("ann").proof)
    assert world.percent("ann") == 0
    assert sentence(proof) == "No discount yet: you have not bought anything in our shops."
    assert next_step(proof) == "5,000.00\u00a0₴ more gives 5 %."


def test_the_highest_percent_wins(world: World, buyer: Buyer) -> None:
    world.programme()
    world.programme(tiers(key="a-rival", tiers=[{"threshold": "1.00", "percent": "6", "level": "One"}]))
    buyer("ann", 6_000_00)
    buyer("bob", 10_000_00)
    world.compute("ann", "bob")
    assert (world.offer("ann").programme_key, world.percent("ann")) == ("a-rival", 600)
    assert (world.offer("bob").programme_key, world.percent("bob")) == ("regulars", 700)


def test_a_programme_for_one_shop_counts_all_shops_and_gives_in_that_one(world: World, buyer: Buyer) -> None:
    world.shop(2, "coffee")
    world.programme(tiers(shops=["coffee"]))
    buyer("ann", 5_000_00)
    buyer("ann", shop=2)
    world.compute("ann")
    assert world.offer("ann", 1) is None
    assert world.percent("ann", 2) == 500


def test_a_programme_gives_within_its_window_only(world: World, buyer: Buyer) -> None:
    end = NOW + timedelta(days=1)
    world.programme(tiers(valid_from=NOW, valid_until=end))
    buyer("ann", 5_000_00)
    world.compute("ann", now=NOW - timedelta(seconds=1))
    assert world.offer("ann") is None
    world.compute("ann", now=NOW)
    assert (world.percent("ann"), world.offer("ann").valid_until) == (500, end)
    world.clean()
    world.compute("ann", now=end)
    assert world.offer("ann") is None
    assert world.dirty() == {"ann"}


def test_no_offer_in_a_shop_that_is_removed_or_where_the_account_is_gone(world: World, buyer: Buyer) -> None:
    world.shop(2, "coffee")
    world.programme()
    first = buyer("ann", 6_000_00)
    buyer("ann", shop=2)
    world.compute("ann")
    world.change(tables.shop, 2, removed_at=NOW)
    world.compute("ann")
    assert (world.offer("ann", 2), world.percent("ann", 1)) == (None, 500)
    world.change(tables.account, first, gone=True)
    world.compute("ann")
    assert world.offer("ann", 1) is None


def test_computing_again_changes_nothing_and_marks_nobody(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 6_000_00)
    assert world.compute("ann") == Computed(persons=1, facts_changed=1, offers_changed=1)
    world.clean()
    assert world.compute("ann", "ann") == Computed(persons=1)
    assert world.dirty() == set()


def test_a_new_version_with_the_same_outcome_tells_the_shops_nothing(world: World, buyer: Buyer) -> None:
    world.programme()
    buyer("ann", 6_000_00)
    world.compute("ann")
    world.clean()
    world.programme(tiers(title="For those who come back"))
    assert world.compute("ann").offers_changed == 0
    assert world.offer("ann").programme_version == 2
    assert world.dirty() == set()


def test_a_purchase_within_a_tier_marks_the_person_since_the_sentence_changed(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    account = buyer("ann", 6_000_00)
    world.compute("ann")
    world.clean()
    world.order(account, 1)
    assert world.compute("ann").offers_changed == 1
    assert world.dirty() == {"ann"}


def test_a_purchase_given_back_altogether_marks_the_person_since_the_sentence_changed(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    account = buyer("ann")
    world.compute("ann")
    world.clean()
    world.refund(world.order(account, 1), 1)
    assert world.compute("ann").offers_changed == 1
    assert world.dirty() == {"ann"}


@pytest.mark.parametrize("zone", ["+02:00", "Kyiv time", "../../etc/passwd", ""])
def test_a_shop_that_tells_no_name_of_a_zone_stops_nobody_s_offer(
    world: World, buyer: Buyer, zone: str
) -> None:
    world.programme()
    buyer("ann", 9_999_99)
    with world.store.write() as connection:
        connection.execute(tables.shop.update().values(zone=zone))
    world.compute("ann")
    assert world.percent("ann") == 500


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="time zone"):
        world.compute("ann", now=NOW.replace(tzinfo=None))


def test_nobody_is_no_work(world: World) -> None:
    assert world.compute() == Computed()
    assert compute_all(world.store, now=NOW) == Computed()


@pytest.mark.parametrize("persons", [1, 40, 500])
def test_a_chunk_takes_the_same_statements_however_many_persons(
    world: World, buyer: Buyer, persons: int
) -> None:
    world.programme()
    names = [f"p{number:03}" for number in range(persons)]
    for name in names[:40]:
        buyer(name, 6_000_00)
    # Programmes, shops; whether anybody was archived; offers and marks written; segments. Said to the driver:
    # moved accounts, accounts, offers; of profiles and facts what there is, they themselves, people, bought;
    # written.
    assert len(statements(world, names)) == 6 + shown(world, 11)


@pytest.mark.parametrize("persons", [1, 40])
def test_welcomes_take_a_statement_for_their_uses_and_one_where_persons_have_several_accounts(
    world: World, buyer: Buyer, persons: int
) -> None:
    world.programme(welcome())
    names = [f"p{number:03}" for number in range(persons)]
    for name in names:
        buyer(name)
    # No facts to write; whether a welcome was used.
    assert len(statements(world, names)) == 6 + shown(world, 11)
    for name in names:
        buyer(name)
    # The ranks of the accounts read; no offer changes, and no profile.
    assert len(statements(world, names)) == 6 + shown(world, 9)


def shown(world: World, said: int) -> int:
    """How many of the statements said to the driver itself the events below show: none of SQLite's."""
    with world.store.read() as connection:
        return said if connection.dialect.name == "postgresql" else 0


def statements(world: World, persons: Sequence[str]) -> list[str]:
    said: list[str] = []
    with world.store.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: said.append(call[2]))
        compute(connection, persons, now=NOW)
    # Whether one who is gone is stopped is asked of SQLite's driver itself, which these events do not show.
    return [one for one in said if "stop_list_entry AS e CROSS JOIN" not in one]


def test_computing_everybody_in_chunks_equals_computing_them_at_once(world: World, buyer: Buyer) -> None:
    world.programme()
    names = [f"p{number}" for number in range(11)]
    for number, name in enumerate(names):
        buyer(name, 1_000_00 * number)
    done = compute_all(world.store, now=NOW, chunk=3, pause=0)
    assert (done.persons, done.offers_changed) == (11, 11)
    rows = [world.offer(name) for name in names]
    assert world.compute(*names) == Computed(persons=11)
    assert [row.percent for row in rows] == [0, 0, 0, 0, 0, 500, 500, 500, 500, 500, 700]


def test_computing_everybody_clears_up_after_persons_that_are_no_more(world: World, buyer: Buyer) -> None:
    world.programme()
    account = buyer("ann", 6_000_00)
    world.compute("ann")
    world.change(tables.account, account, person_id="zoe")
    compute_all(world.store, now=NOW)
    assert world.offer("ann") is None
    assert world.fact_rows() == [("zoe", "UAH", 1, 6_000_00)]


def test_every_stored_proof_holds_and_names_nobody(world: World, buyer: Buyer) -> None:
    world.programme()
    for number in range(30):
        buyer(f"p{number}", 777_77 * number)
    compute_all(world.store, now=NOW)
    for number in range(30):
        document = world.offer(f"p{number}").proof
        assert verify_proof(Proof.model_validate(document)) == []
        assert f"p{number}" not in str(document)
