"""The birthday: around the day by the shop's clock, once a year and person."""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW, World, born, fact, gift, gift_proof, refused, stored, tiers
from regulars_marketing import Proof, decide, reason, sentence, verify_proof
from regulars_store import Store, tables

KYIV = ZoneInfo("Europe/Kyiv")
BIRTHDAY = gift("birthday", percent="10", before=3, after=2)


@pytest.fixture
def world(store: Store) -> World:
    """The shops tea (1) and coffee (2), which check e-mails, both in Kyiv, and a birthday in both."""
    made = World(store, checks_emails=True)
    for number, name in enumerate(("tea", "coffee"), 1):
        made.shop(number, name)
        made.change(tables.shop, number, zone="Europe/Kyiv")
    made.programme(BIRTHDAY)
    return made


@pytest.mark.parametrize(
    ("birth_date", "moment", "steps", "ends"),
    [
        # 3 days before and 2 after 17 May, by the clock of Kyiv (UTC+3 in summer, +2 in winter).
        ("1990-05-17", "2026-05-13T20:59:59", None, None),
        ("1990-05-17", "2026-05-13T21:00:00", (20260517, 20260514, 20260519), "2026-05-19T21:00:00"),
        ("--05-17", "2026-05-19T20:59:59", (20260517, 20260514, 20260519), "2026-05-19T21:00:00"),
        ("1990-05-17", "2026-05-19T21:00:00", None, None),
        # Over the turn of the year.
        ("1988-01-01", "2026-12-29T12:00:00", (20270101, 20261229, 20270103), "2027-01-03T22:00:00"),
        ("1988-01-01", "2027-01-03T21:59:59", (20270101, 20261229, 20270103), "2027-01-03T22:00:00"),
        # A leap day: the 28th in 2026, the 29th in 2028.
        ("1992-02-29", "2026-03-02T12:00:00", (20260228, 20260225, 20260302), "2026-03-02T22:00:00"),
        ("--02-29", "2028-03-02T12:00:00", (20280229, 20280226, 20280302), "2028-03-02T22:00:00"),
        ("", "2026-05-17T12:00:00", None, None),
    ],
)
def test_the_window_is_of_whole_days_by_the_shop_s_clock(
    birth_date: str, moment: str, steps: tuple[int, ...] | None, ends: str | None
) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    made = decide([], [stored(BIRTHDAY)], "tea", now, known=born(birth_date), zone=KYIV)
    if steps is None:
        assert made is None
        return
    assert made is not None
    assert tuple(step.result for step in made.proof.steps) == steps
    assert (made.percent, made.level, made.held) == (1000, "Birthday", None)
    assert made.valid_until == datetime.fromisoformat(ends or "").replace(tzinfo=UTC)
    assert verify_proof(made.proof) == []


def test_the_programme_s_own_end_comes_first() -> None:
    end = NOW + timedelta(hours=1)
    short = gift("birthday", percent="10", valid_until=end)
    made = decide([], [stored(short)], "tea", NOW, known=born("--06-01"), zone=KYIV)
    assert made is not None
    assert (made.valid_until, verify_proof(made.proof)) == (end, [])


def test_beside_tiers_the_higher_is_given_and_of_equals_the_first_by_key() -> None:
    both = [stored(BIRTHDAY), stored(tiers())]
    for net, birth_date, key in (
        (10_000_00, "--06-01", "birthday"),
        (20_000_00, "--06-01", "birthday"),
        (20_000_00, "--09-01", "regulars"),
    ):
        made = decide([fact(net)], both, "tea", NOW, known=born(birth_date), zone=KYIV)
        assert made is not None
        assert made.programme_key == key


@pytest.mark.parametrize(
    ("language", "said", "why"),
    [
        ("en", "10 % for your birthday.", "10 % for the birthday."),
        ("uk", "10 % до вашого дня народження.", "10 % до дня народження."),
        ("ru", "10 % ко дню вашего рождения.", "10 % ко дню рождения."),
        ("de", "10 % zu Ihrem Geburtstag.", "10 % zum Geburtstag."),
    ],
)
def test_the_shopper_and_staff_read_of_a_birthday(language: str, said: str, why: str) -> None:
    proof = gift_proof(BIRTHDAY, born("--06-01"))
    assert (sentence(proof, language=language), reason(proof, language=language)) == (said, why)


def celebrating(world: World, person: str, birth_date: str, *, shop: int = 1, days: int = 9) -> str:
    world.person(person, birth_date=birth_date)
    return world.account(person, shop=shop, registered_at=NOW - timedelta(days=days))


def test_one_account_of_a_person_has_it_and_keeps_it(world: World) -> None:
    first = celebrating(world, "ann", "1990-06-02", days=30)
    second = world.account("ann", shop=2, registered_at=NOW - timedelta(days=90))
    world.compute("ann")
    assert [*world.offers()] == [second]
    row = world.offers()[second]
    assert (row.valid_until, row.proof["programme"]["zone"]) == (
        datetime(2026, 6, 4, 21, tzinfo=UTC),
        "Europe/Kyiv",
    )
    assert verify_proof(Proof.model_validate(row.proof)) == []
    assert world.dirty(2) == {"ann"}
    world.grant(first, programme="birthday", days=1)
    world.compute("ann")
    assert [*world.offers()] == [first]


def test_it_ends_with_its_last_day_and_comes_again_next_year(world: World) -> None:
    account = celebrating(world, "ann", "1990-06-02")
    world.grant(account, programme="birthday", state="withdrawn", days=364)
    given = []
    for on in (0, 3, 4, 365):
        world.compute("ann", now=NOW + timedelta(days=on))
        given.append(bool(world.offers()))
    assert given == [True, True, False, True]


def test_a_corrected_birth_date_gives_no_second_birthday_within_the_year(world: World) -> None:
    account = celebrating(world, "ann", "1990-06-02")
    world.grant(account, programme="birthday", state="withdrawn", days=90)
    world.compute("ann")
    assert world.offers() == {}


def test_two_persons_who_become_one_celebrate_once(world: World) -> None:
    ann = celebrating(world, "ann", "1990-06-02", days=30)
    bob = celebrating(world, "bob", "1990-06-02", shop=2)
    world.compute("ann", "bob")
    assert {*world.offers()} == {ann, bob}
    world.change(tables.account, bob, person_id="ann")
    world.compute("ann", "bob")
    assert {*world.offers()} == {ann}
    world.change(tables.account, bob, person_id="bob")
    world.compute("ann", "bob")
    assert {*world.offers()} == {ann, bob}


def test_whose_ownership_is_not_known_learns_no_birthday(world: World) -> None:
    celebrating(world, "ann", "1990-06-02")
    world.change(tables.shop, 1, options={})
    world.compute("ann")
    assert world.offers() == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"before": 400}, "before: must be a whole number of days from 0 to 60"),
        ({"percent": "120"}, "percent: 120 % is no discount; give more than 0 and at most 100"),
        ({"amount": "5.00", "currency": "UAH"}, "percent and amount are both there"),
        ({"currency": "UAH"}, "currency: is for an amount, a minimum or a budget; add one, or remove it"),
        ({"on": "05-17"}, "on: is not known here"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    assert said in refused("birthday", **{"percent": "10", **changes})


@given(
    st.dates(date(1900, 1, 1), date(2020, 12, 31)),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(2000, 2100),
)
def test_on_the_day_itself_it_is_always_given(birth: date, before: int, after: int, year: int) -> None:
    programme = gift("birthday", percent="10", before=before, after=after)
    day = 28 if (birth.month, birth.day) == (2, 29) and not isleap(year) else birth.day
    now = datetime(year, birth.month, day, 12, tzinfo=UTC)
    assert verify_proof(gift_proof(programme, born(birth.isoformat()), now=now)) == []
