"""A birthday comes and goes with nothing new from the shop, and the shop is told in time."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from agent_world import World
from refused_orders import account
from regulars_agent import change_shop_options, derive, enable_programme, set_field
from regulars_agent._chores import do_chores
from regulars_store import _dirty, mark_dirty, tables

BIRTHDAY: dict[str, Any] = {
    "kind": "birthday",
    "key": "birthday",
    "title": "Birthdays",
    "percent": "15",
    "before": 3,
    "after": 1,
}


def next_day(world: World, days: int) -> dict[str, int]:
    """So many days later the agent does its chores, and writes what follows into the shop."""
    world.clock.forward(days=days)
    done = do_chores(world.workspace)
    derive(world.workspace)
    if world.plan().operations:
        assert world.apply().complete
    return done


def test_a_birthday_s_coupon_stands_in_its_days_and_goes_after_them(world: World) -> None:
    change_shop_options(world.workspace, "tea", {"checks_emails": "yes"}, who="the owner")
    enable_programme(world.workspace, BIRTHDAY, who="the owner")
    today = world.clock().astimezone(ZoneInfo("Europe/Kyiv")).date()
    born = today + timedelta(days=10)
    if (born.month, born.day) == (2, 29):
        born -= timedelta(days=1)
    set_field(world.workspace, account(world, 1), "birth_date", f"1990{born:-%m-%d}", who="Olha")
    assert next_day(world, 0)["everybody"] == 1
    assert "everybody" not in do_chores(world.workspace), "once a day is enough"
    before = len(world.coupons())
    assert next_day(world, 8)["everybody"] == 1
    coupon = world.coupon_of(1).document
    assert coupon is not None
    assert (coupon["amount"], coupon["usage_limit"]) == ("15.00", 1)
    ends = born + timedelta(days=2)
    midnight = datetime.combine(ends, time(), tzinfo=ZoneInfo("Europe/Kyiv")).astimezone(UTC)
    assert coupon["date_expires"] == f"{midnight:%Y-%m-%dT%H:%M:%SZ}"
    assert len(world.coupons()) == before + 1
    next_day(world, 4)
    assert len(world.coupons()) == before
    world.assert_settled()


def bought_within_a_year(world: World) -> int:
    with world.store.read() as connection:
        return connection.scalar(select(func.sum(tables.person_profile.c.orders_365d))) or 0


def test_what_was_bought_within_a_year_ages_without_any_programme(world: World) -> None:
    derive(world.workspace)
    assert bought_within_a_year(world) > 0
    world.clock.forward(days=800)
    derive(world.workspace)
    assert bought_within_a_year(world) > 0, "nobody said that a day is over"
    assert do_chores(world.workspace)["everybody"] == 1
    derive(world.workspace)
    assert bought_within_a_year(world) == 0


def test_most_of_very_many_are_computed_as_everybody_and_no_mark_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_dirty, "_MANY", 1)
    with world.store.write() as connection:
        mark_dirty(connection, "facts", connection.scalars(select(tables.person.c.id)).all())
    assert derive(world.workspace).persons > 1
    with world.store.read() as connection:
        left = connection.scalars(select(tables.dirty.c.stage).distinct()).all()
        rated = connection.scalar(select(func.count(tables.person_profile.c.grade)))
    assert not {"facts", "programmes"} & set(left)
    assert rated, "by a scale made on the way"
    assert derive(world.workspace).persons == 0
