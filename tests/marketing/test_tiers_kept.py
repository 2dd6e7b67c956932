"""Tiers that were reached and are lost again: at once, never, or after some days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from purchases import NOW, THREE_TIERS, World, amounts, refused, tiers
from regulars_marketing import Proof, next_step, reason, sentence, verify_proof
from regulars_marketing._proof import sealed
from regulars_marketing._tier_programme import TierProgramme
from regulars_marketing._tier_standing import Counting, TierStanding, stood
from regulars_store import Store, tables
from regulars_store._identity_decisions import shop_merged

Buyer = Callable[..., str]
NBSP = "\u00a0"
DAY = timedelta(days=1)
AFTER: dict[str, Any] = {"downgrade": "after", "keeps_days": 30}


def proof_at(world: World, account: str, now: datetime = NOW, person: str = "ann") -> Proof:
    """The proof of an account's offer, computed at that moment; it holds."""
    world.compute(person, now=now)
    row = world.offers()[account]
    proof = Proof.model_validate(row.proof)
    assert (verify_proof(proof), row.level) == ([], proof.level)
    assert row.valid_until == proof.programme.valid_until
    return proof


def rows(world: World) -> list[tuple[Any, ...]]:
    table = tables.tier_standing
    query = select(table.c.account_id, table.c.level, table.c.lost_at).order_by(*table.primary_key)
    with world.store.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize(
    ("policy", "kept", "missing", "last_kept"),
    [
        ({}, ("Silver", 700), "1,000.00_₴ more gives 10 %.", None),
        ({"downgrade": "never"}, ("Gold", 1000), "", None),
        (AFTER, ("Gold", 1000), "1,000.00_₴ more and Gold stays.", date(2026, 7, 1)),
    ],
)
def test_a_refund_after_the_upgrade_under_each_policy(
    world: World, policy: dict[str, Any], kept: tuple[str, int], missing: str, last_kept: date | None
) -> None:
    world.programme(tiers(**policy))
    account = world.account("ann")
    order = world.order(account, 21_000_00)
    assert (proof_at(world, account).level, rows(world) == []) == ("Gold", not policy)
    world.refund(order, 2_000_00)
    proof = proof_at(world, account)
    assert (proof.level, proof.percent, proof.counted) == (*kept, 19_000_00)
    assert proof.reached is not None
    assert proof.reached.level == "Silver"
    assert next_step(proof) == missing.replace("_", NBSP)
    if last_kept:
        end = datetime.combine(last_kept + DAY, datetime.min.time(), UTC)
        assert proof.programme.valid_until == end
        assert proof_at(world, account, end - timedelta(seconds=1)).level == "Gold"
        proof = proof_at(world, account, end)
        assert (proof.level, proof.kept, proof.programme.valid_until) == ("Silver", None, None)
    if policy.get("downgrade") == "never":
        assert proof_at(world, account, NOW + 3_000 * DAY).level == "Gold"


def test_what_is_kept_is_said_to_the_shopper_and_to_staff(world: World) -> None:
    world.programme(tiers(**AFTER))
    account = world.account("ann")
    order = world.order(account, 20_000_00)
    world.compute("ann")
    world.refund(order, 660_00)
    proof = proof_at(world, account)
    assert [sentence(proof, language=each).replace("\u202f", " ") for each in ("en", "uk", "ru", "de")] == [
        "10 %: you keep Gold up to and including July 1, 2026.",
        "10 %: рівень «Gold» лишається вашим до 1 липня 2026 р. включно.",
        "10 %: уровень «Gold» остаётся вашим до 1 июля 2026 г. включительно.",
        "10 %: Sie behalten Gold bis einschließlich 1. Juli 2026.",
    ]
    assert [next_step(proof, language=each).replace(NBSP, "_") for each in ("en", "uk")] == [
        "660.00_₴ more and Gold stays.",
        "Ще 660,00_₴ – і рівень «Gold» залишиться.",
    ]
    said = "10 %: Gold is kept up to and including July 1, 2026. What counts now: 19,340.00_₴."
    assert reason(proof).replace(NBSP, "_") == said
    world.programme(amounts(downgrade="never"))
    proof = proof_at(world, account)
    assert sentence(proof).replace(NBSP, "_") == "250.00_₴ off: you keep Gold for good."


def test_it_is_counted_from_the_day_of_the_loss_in_the_shop_s_zone_and_knows_leap_days(world: World) -> None:
    world.change(tables.shop, 1, zone="Europe/Kyiv")
    world.programme(tiers(downgrade="after", keeps_days=1))
    account = world.account("ann")
    order = world.order(account, 6_000_00)
    before = datetime(2028, 2, 1, tzinfo=UTC)
    assert proof_at(world, account, before).level == "Bronze"
    world.refund(order, 2_000_00)
    # A second before midnight in Kyiv: still the 28th there, and it is kept through the 29th.
    lost = datetime(2028, 2, 28, 21, 59, 59, tzinfo=UTC)
    kept = proof_at(world, account, lost).kept
    assert kept is not None
    assert (kept.lost_day, kept.last_day) == (20280228, 20280229)
    ends = datetime(2028, 2, 29, 22, tzinfo=UTC)
    assert proof_at(world, account, ends - timedelta(seconds=1)).programme.valid_until == ends
    assert proof_at(world, account, ends).level == ""
    assert rows(world) == []


def test_a_level_that_leaves_with_its_year_is_kept_for_its_days(world: World) -> None:
    world.programme(tiers(counts="year", valid_until="2026-06-20T00:00:00+00:00", **AFTER))
    account = world.account("ann")
    world.order(account, 6_000_00, placed_at=NOW - 364 * DAY)
    assert proof_at(world, account).kept is None
    proof = proof_at(world, account, NOW + DAY)
    assert (proof.kept and proof.kept.last_day, proof.counted) == (20260702, 0)
    assert proof.programme.valid_until == datetime(2026, 6, 20, tzinfo=UTC)
    # Bought again in time it stands on its own feet, and the next loss begins anew.
    world.order(account, 5_000_00, placed_at=NOW + 2 * DAY)
    assert proof_at(world, account, NOW + 2 * DAY).kept is None
    assert [lost for _, _, lost in rows(world)] == [None]


def test_each_level_is_kept_from_its_own_loss(world: World) -> None:
    world.programme(tiers(**AFTER))
    account = world.account("ann")
    order = world.order(account, 21_000_00)
    world.compute("ann")
    world.refund(order, 2_000_00)
    world.compute("ann")
    world.refund(order, 10_000_00)
    assert proof_at(world, account, NOW + 20 * DAY).level == "Gold"
    assert proof_at(world, account, NOW + 31 * DAY).level == "Silver"
    assert proof_at(world, account, NOW + 50 * DAY).level == "Silver"
    assert proof_at(world, account, NOW + 51 * DAY).level == "Bronze"


def test_a_level_that_the_newest_version_does_not_have_is_not_kept(world: World) -> None:
    world.programme(tiers(downgrade="never"))
    account = world.account("ann")
    order = world.order(account, 21_000_00)
    world.compute("ann")
    world.refund(order, 21_000_00)
    assert proof_at(world, account).level == "Gold"
    ladder = list(THREE_TIERS["tiers"])
    world.programme(tiers(downgrade="never", tiers=[*ladder[:2], {**ladder[2], "level": "Platinum"}]))
    assert proof_at(world, account).level == "Silver"
    # Neither is what was lost while the policy was another: it fell at once.
    world.programme(tiers())
    world.programme(tiers(downgrade="never"))
    assert (proof_at(world, account).level, rows(world)) == ("", [])


def test_a_level_follows_its_account_through_a_split_and_a_merge(store: Store) -> None:
    world = World(store, checks_emails=True)
    world.shop(1, "tea")
    world.shop(2, "coffee")
    world.programme(tiers(**AFTER))
    earner, mate = world.account("ann"), world.account("ann", shop=2)
    world.order(earner, 10_000_00)
    world.order(mate, 4_000_00, shop_id=2)
    world.compute("ann")
    assert {row.level for row in world.offers().values()} == {"Silver"}
    world.change(tables.account, mate, person_id="bea")
    world.compute("ann", "bea")
    levels = {key: (row.level, row.proof["kept"] is not None) for key, row in world.offers().items()}
    assert levels == {earner: ("Silver", False), mate: ("Silver", True)}
    # Who takes the account in has the level in all of their shops, and after parting again no longer.
    other = world.account("cleo", shop=1)
    world.change(tables.account, mate, person_id="cleo")
    world.compute("bea", "cleo", now=NOW + DAY)
    assert world.offers()[other].level == "Silver"
    world.change(tables.account, mate, person_id="bea")
    world.compute("bea", "cleo", now=NOW + 2 * DAY)
    assert (world.offers()[other].level, world.offers()[mate].level) == ("", "Silver")


def test_what_nobody_counts_any_more_is_lost_too(store: Store) -> None:
    world = World(store, checks_emails=True)
    world.shop(1, "tea")
    world.shop(2, "coffee")
    world.programme(tiers(**AFTER))
    gone, kept = world.account("ann"), world.account("ann")
    other = world.account("ann", shop=2)
    order = world.order(gone, 20_000_00)
    world.compute("ann")
    assert {level for _, level, _ in rows(world)} == {"Bronze", "Silver", "Gold"}
    # One account the shop merges into another; for the other's shop the programme is no more. Of both the
    # levels were reached, and what they left behind must not be lost anew every day.
    with store.write() as connection:
        shop_merged(connection, shop="tea", kept=kept, gone=gone, why="", now=NOW)
    world.change(tables.account, gone, gone=True, person_id=None)
    world.programme(tiers(shops=["tea"], **AFTER))
    world.change(tables.order, order, account_id=kept)
    with store.write() as connection:
        connection.execute(delete(tables.tier_standing).where(tables.tier_standing.c.account_id == kept))
    world.refund(order, 20_000_00)
    proof = proof_at(world, kept)
    assert (proof.level, proof.kept and proof.kept.last_day) == ("Gold", 20260701)
    assert {account for account, _, _ in rows(world)} == {gone, other}
    assert {lost for _, _, lost in rows(world)} == {NOW}
    assert proof_at(world, kept, NOW + 31 * DAY).level == ""
    assert rows(world) == []


def test_an_account_whose_ownership_is_doubted_keeps_what_it_reached_itself_only(store: Store) -> None:
    world = World(store)
    world.shop(1, "tea", checks_emails="yes")
    world.shop(2, "coffee", checks_emails="yes")
    world.programme(tiers(downgrade="never"))
    earner, mate = world.account("ann"), world.account("ann", shop=2)
    world.order(earner, 20_000_00)
    order = world.order(mate, 6_000_00, shop_id=2)
    world.compute("ann")
    assert world.offers()[mate].level == "Gold"
    world.change(tables.shop, 2, options={})
    world.compute("ann")
    assert (world.offers()[mate].scope, world.offers()[mate].level) == ("account", "Bronze")
    world.refund(order, 6_000_00)
    world.compute("ann")
    proof = Proof.model_validate(world.offers()[mate].proof)
    assert (proof.level, proof.counted, verify_proof(proof)) == ("Bronze", 0, [])
    assert "Gold" not in {level for account, level, _ in rows(world) if account == mate}


def test_who_is_left_out_or_waits_for_a_rate_loses_nothing_meanwhile(world: World, buyer: Buyer) -> None:
    world.programme(tiers(**AFTER))
    account = buyer("ann", 6_000_00)
    assert proof_at(world, account).level == "Bronze"
    world.order(account, 1_00, currency="EUR")
    world.compute("ann", now=NOW + DAY)
    assert rows(world) == [(account, "Bronze", None)]
    assert world.offers()[account].percent == 500


def test_nothing_is_written_where_nothing_changed_and_nothing_where_lost_tiers_end_at_once(
    world: World, buyer: Buyer
) -> None:
    world.programme(tiers(**AFTER))
    account = buyer("ann", 12_000_00)
    world.compute("ann")
    before = world.offers()[account], rows(world)
    assert world.compute("ann", now=NOW + DAY).offers_changed == 0
    assert (world.offers()[account], rows(world)) == before
    assert [level for _, level, _ in before[1]] == ["Bronze", "Silver"]


def test_a_day_or_a_cent_more_of_what_is_kept_is_caught_under_a_new_checksum(world: World) -> None:
    world.programme(tiers(**AFTER))
    account = world.account("ann")
    order = world.order(account, 21_000_00)
    world.compute("ann")
    world.refund(order, 2_000_00)
    proof = proof_at(world, account)
    document = proof.document()
    planted: list[tuple[Any, ...]] = [("kept", each) for each in ("threshold", "percent", "last_day")]
    planted += [("kept", "lost_day"), ("percent",), ("programme", "keeps_days"), ("next_step", "missing")]
    planted += [("steps", len(proof.steps) - 2, each) for each in ("left", "right", "result")]
    for path in planted:
        forged = Proof.model_validate(document).document()
        node: Any = forged
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] += 1
        assert verify_proof(sealed(Proof.model_validate(forged))[0]), path
    for changes in ({"kept": None}, {"programme": {**document["programme"], "downgrade": "at_once"}}):
        assert verify_proof(sealed(Proof.model_validate({**document, **changes}))[0])
    late = {**document["programme"], "valid_until": "2026-07-03T00:00:00Z"}
    faults = verify_proof(sealed(Proof.model_validate({**document, "programme": late}))[0])
    assert [fault.startswith("the offer ends 2026-07-02") for fault in faults] == [True]


_SUMS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30_000_00)), min_size=1, max_size=12)


@given(_SUMS, st.sampled_from(["never", 1, 7, 366]))
@settings(max_examples=60)
def test_levels_stand_as_their_history_says(history: list[tuple[int, int]], policy: int | str) -> None:
    keeps = {"downgrade": "never"} if policy == "never" else {"downgrade": "after", "keeps_days": policy}
    programme: TierProgramme = tiers(**keeps)
    held: tuple[TierStanding, ...] = ()
    now, lost = NOW, dict[str, datetime]()
    for days, total in history:
        now += days * DAY
        held = stood(Counting(programme, total, now, ZoneInfo("UTC")), held, "person")
        for tier in programme.tiers:
            known = next((row for row in held if row.level == tier.level), None)
            if total >= tier.threshold:
                lost[tier.level] = datetime.max.replace(tzinfo=UTC)
                assert known is not None
                assert known.lost_at is None
            elif tier.level in lost:
                lost[tier.level] = min(lost[tier.level], now)
                last = None if policy == "never" else lost[tier.level].date() + int(policy) * DAY
                assert (known is None) == (last is not None and now.date() > last)
                if known is None:
                    del lost[tier.level]
            else:
                assert known is None


def test_the_calendar_moves_what_is_of_a_year_or_kept_for_days() -> None:
    moved = [tiers(counts="year"), tiers(**AFTER), tiers(audience="amount_spent > 1")]
    assert [each.by_calendar for each in moved] == [True] * 3
    assert not (tiers().by_calendar or tiers(downgrade="never").by_calendar)


def test_what_is_wrong_with_a_policy_is_named_with_its_place() -> None:
    base = {key: THREE_TIERS[key] for key in ("currency", "tiers")}
    told = {
        "keeps_days: is missing; say for how many days": {"downgrade": "after"},
        'keeps_days: is for downgrade = "after"': {"keeps_days": 30},
        "keeps_days: must be a whole number from 1 to 366": {"downgrade": "after", "keeps_days": 367},
        "downgrade: is not known": {"downgrade": "sometimes"},
        "counts: is not known": {"counts": "month"},
    }
    for said, changes in told.items():
        assert said in refused("tier", **base, **changes)
