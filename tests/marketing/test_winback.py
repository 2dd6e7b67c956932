"""The win-back: for who stays away longer than usual, for so many days, once until they order again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from purchases import NOW, World, fact, gift, gift_proof, refused, stored
from regulars_marketing import Known, Proof, decide, reason, sentence, verify_proof
from regulars_store import tables

WINBACK = gift("winback", percent="15", times="2.5", least_days=20, fallback_days=100, days=10)


@pytest.mark.parametrize(
    ("rhythm", "away", "given"),
    [
        # 2.5 times 17 days are 42.5, so 43: from the 43rd day on, for 10 days.
        (17, 42, False),
        (17, 43, True),
        (17, 52, True),
        (17, 53, False),
        # 2.5 times 3 days are 8: no fewer than 20 count.
        (3, 19, False),
        (3, 20, True),
        (0, 20, True),
        # Who has no rhythm is away after 100 days.
        (None, 99, False),
        (None, 109, True),
        (None, 110, False),
    ],
)
def test_away_is_counted_in_days_from_the_last_order(rhythm: int | None, away: int, given: bool) -> None:
    bought = fact(1_00, last=NOW - timedelta(days=away))
    made = decide([bought], [stored(WINBACK)], "tea", NOW, known=Known(rhythm_days=rhythm))
    assert (made is not None) == given
    if made is not None:
        assert (made.percent, made.proof.programme.orders, verify_proof(made.proof)) == (1500, 1, [])


def test_the_proof_says_how_the_days_were_worked_out() -> None:
    bought = fact(1_00, last=NOW - timedelta(days=45))
    proof = gift_proof(WINBACK, Known(rhythm_days=17), bought)
    assert [(step.name, step.left, step.right, step.result) for step in proof.steps] == [
        ("rhythm", 17, 250, 43),
        ("least", 43, 20, 43),
        ("begins", 20260417, 43, 20260530),
        ("ends", 20260530, 9, 20260608),
    ]
    assert proof.programme.valid_until == datetime(2026, 6, 9, tzinfo=UTC)


def test_a_day_is_one_of_the_shop_s_zone() -> None:
    """An order at 22:30 UTC is of the next day in Kyiv, and so begins and ends a day later."""
    last = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    found = []
    for zone in ("UTC", "Europe/Kyiv"):
        at = datetime(2026, 5, 12, 12, tzinfo=UTC)
        made = decide([fact(1, last=last)], [stored(WINBACK)], "tea", at, zone=ZoneInfo(zone))
        assert made is not None
        found.append((made.proof.steps[1].left, made.valid_until))
    assert found == [
        (20260131, datetime(2026, 5, 21, tzinfo=UTC)),
        (20260201, datetime(2026, 5, 21, 21, tzinfo=UTC)),
    ]


def test_the_newest_order_in_any_currency_counts_and_needs_no_rate() -> None:
    old, new = NOW - timedelta(days=105), NOW - timedelta(days=3)
    facts = [fact(1_00, currency="EUR", last=new), fact(1_00, last=old)]
    assert decide(facts, [stored(WINBACK)], "tea", NOW) is None
    assert decide(facts[1:], [stored(WINBACK)], "tea", NOW) is not None
    assert decide([], [stored(WINBACK)], "tea", NOW) is None


def test_a_new_order_ends_it_and_one_that_was_cancelled_brings_it_back(world: World) -> None:
    world.programme(WINBACK)
    account = world.account("ann")
    for days in (76, 59, 42):
        world.order(account, 5_00, placed_at=NOW - timedelta(days=days + 3))
    world.compute("ann")
    row = world.offers()[account]
    assert (row.percent, row.proof["steps"][0]["left"]) == (1500, 17)
    assert verify_proof(Proof.model_validate(row.proof)) == []
    order = world.order(account, 5_00, placed_at=NOW)
    world.compute("ann")
    assert world.offers() == {}
    world.change(tables.order, order, bought=False, status="cancelled")
    world.compute("ann")
    assert world.offers()[account].percent == 1500


def test_an_account_by_itself_goes_by_its_own_orders_and_no_rhythm(world: World) -> None:
    world.programme(WINBACK)
    world.change(tables.shop, 1, options={})
    mine, other = world.account("ann"), world.account("ann")
    world.order(mine, 5_00, placed_at=NOW - timedelta(days=101))
    for days in (1, 18, 35):
        world.order(other, 5_00, placed_at=NOW - timedelta(days=days))
    world.compute("ann")
    assert [*world.offers()] == [mine]
    assert world.offers()[mine].proof["steps"][0]["name"] == "fallback"


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "15 %, because we have missed you.", "15 % to win back: no order for 43 days or more."),
        ("uk", "15 %, бо ми за вами скучили.", "15 % на повернення: без замовлень 43 дн. або довше."),
        (
            "ru",
            "15 %, потому что мы по вам соскучились.",
            "15 % на возвращение: без заказов 43 дн. или дольше.",
        ),
        (
            "de",
            "15 %, weil wir Sie vermisst haben.",
            "15 % zum Wiedersehen: seit mindestens 43 Tagen keine Bestellung.",
        ),
    ],
)
def test_the_shopper_and_staff_read_of_a_win_back(language: str, said: str, why: str) -> None:
    proof = gift_proof(WINBACK, Known(rhythm_days=17), fact(1_00, last=NOW - timedelta(days=45)))
    assert (sentence(proof, language=language), reason(proof, language=language)) == (said, why)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"times": 0.5}, "times: must be from 1 to 20"),
        ({"times": "often"}, "times: is not a number; write it like 2 or 2.5"),
        ({"days": 0}, "days: must be a whole number of days from 1 to 365"),
        ({"fallback_days": "100"}, "fallback_days: must be a whole number of days"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    assert said in refused("winback", **{"percent": "15", **changes})
