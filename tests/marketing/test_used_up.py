"""Discounts for a number of orders: what is used up gives nothing any more, and the next best is given."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from purchases import NOW, World, fact, gift, stored, tiers, welcome
from regulars_marketing import Known, Programme, decide
from regulars_marketing._uses import Use
from regulars_store import tables

YEAR = timedelta(days=365)
BIRTHDAY = gift("birthday", percent="20", before=3, after=3)


def used(key: str, *moments: datetime) -> frozenset[Use]:
    return frozenset(Use(key, f"1:{number}", at) for number, at in enumerate(moments))


def given(programme: Programme, uses: frozenset[Use], *, now: datetime = NOW, bought: int = 6_000_00) -> str:
    """What is given beside the tiers: the key of the programme."""
    known = Known(birth_date="--06-02", by_hand=frozenset({"personal"}), uses=uses)
    facts = (fact(bought, last=NOW - timedelta(days=190)),) if bought else ()
    standing = [stored(programme), stored(tiers())]
    made = decide(facts, standing, "tea", now, currency="UAH", known=known, welcome=True)
    assert made is not None
    return made.programme_key


def test_a_birthday_that_was_used_makes_room_for_the_tier_until_the_next_year() -> None:
    assert given(BIRTHDAY, frozenset()) == "birthday"
    uses = used("birthday", NOW)
    assert given(BIRTHDAY, uses) == "regulars"
    assert given(BIRTHDAY, uses, now=NOW + YEAR) == "birthday"
    # Its days were made fewer after it was used.
    assert given(BIRTHDAY, used("birthday", NOW - timedelta(days=9))) == "regulars"
    assert given(BIRTHDAY, used("another", NOW)) == "birthday"


def test_what_serves_several_orders_is_used_up_with_the_last_of_them() -> None:
    thrice = gift("birthday", percent="20", orders=3)
    moments = [NOW, NOW, NOW]
    assert given(thrice, used("birthday", *moments[:2])) == "birthday"
    assert given(thrice, used("birthday", *moments)) == "regulars"
    # One order that names two codes of it is one order.
    assert given(thrice, frozenset(Use("birthday", "1:1", NOW - timedelta(hours=n)) for n in range(3))) == (
        "birthday"
    )


def test_a_season_and_a_win_back_count_the_uses_of_their_own_days_in_the_zone_of_the_shop() -> None:
    season = gift(
        "seasonal", percent="20", level="Sale", first_day="2026-05-30", last_day="2026-06-04", orders=1
    )
    opens = datetime(2026, 5, 30, tzinfo=UTC)
    assert given(season, used("seasonal", opens - timedelta(seconds=1))) == "seasonal"
    assert given(season, used("seasonal", opens)) == "regulars"
    back = gift("winback", percent="20", days=30)
    opens = datetime(2026, 5, 22, tzinfo=UTC)  # 180 days after the last order, of 23 November
    assert given(back, used("winback", opens - timedelta(seconds=1))) == "winback"
    assert given(back, used("winback", opens)) == "regulars"


def test_a_personal_discount_a_ladder_and_a_welcome_are_used_up_for_good() -> None:
    words = {"account": "1:1", "why": "A late parcel", "valid_until": "2030-01-01T00:00:00Z"}
    sorry = gift("personal", percent="20", orders=1, **words)
    long_ago = NOW - 3 * YEAR
    assert given(sorry, frozenset()) == "personal"
    assert given(sorry, used("personal", long_ago)) == "regulars"
    first = tiers(key="first", orders=2, priority=5)
    assert given(first, used("first", long_ago)) == "first"
    assert given(first, used("first", long_ago, NOW)) == "regulars"
    assert given(welcome(), frozenset(), bought=0) == "welcome"
    # Its order waits for money: it is not bought yet, and the code is used all the same.
    assert given(welcome(), used("welcome", NOW), bought=0) == "regulars"


def _use(world: World, grant_id: str, order_id: str) -> None:
    with world.store.write() as connection:
        row = {"grant_id": grant_id, "order_id": order_id, "at": NOW, "discount": None, "currency": "UAH"}
        connection.execute(insert(tables.grant_use), [row])


@pytest.mark.parametrize("added", [False, True])
def test_a_use_by_one_account_ends_the_birthday_of_the_person_and_not_the_tier_of_another(
    world: World, added: bool
) -> None:
    world.checks_emails = True
    world.shop(8, "books")
    world.programme(BIRTHDAY)
    world.programme(tiers(orders=1))
    world.person("ann", birth_date="1990-06-02")
    one, other = (world.account("ann", shop=8, registered_at=NOW - timedelta(days=n)) for n in (90, 30))
    world.order(one, 6_000_00, shop_id=8)
    world.compute("ann")
    assert {key: row.programme_key for key, row in world.offers().items()} == {
        one: "birthday",
        other: "regulars",
    }
    grant_id = world.grant(one, programme="regulars" if added else "birthday", state="replaced")
    if added:
        # What was added to something else was used with it.
        world.change(tables.grant, grant_id, added=["birthday"])
    _use(world, grant_id, "8:9")
    world.compute("ann")
    left = {key: row.programme_key for key, row in world.offers().items()}
    assert left == ({other: "regulars"} if added else {one: "regulars", other: "regulars"})
