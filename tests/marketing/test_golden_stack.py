"""A sum of programmes worked by hand, from midnight to midnight, with all that may befall its parts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from purchases import NOW, World, gift, tiers
from regulars_marketing import Programme, Proof, disable_programme, verify_proof
from regulars_store import Store, tables

DAY = timedelta(days=1)
_BRONZE = [{"threshold": "5000.00", "percent": "7.5", "level": "Bronze"}]


def at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


def _tiers(**changes: Any) -> Programme:
    return tiers(**{"tiers": _BRONZE, "adds": True, "cap": "30", **changes})


def _birthday(**changes: Any) -> Programme:
    days = {"before": 0, "after": 0}
    return gift("birthday", **{"percent": "10.25", "adds": True, "cap": "21.08", **days, **changes})


def _season(**changes: Any) -> Programme:
    days = {"first_day": "2026-10-24", "last_day": "2026-10-31", "level": "Autumn"}
    return gift("seasonal", **{"percent": "3.33", "adds": True, "cap": 25, **days, **changes})


class Stacked(World):
    """One shop that counts days of Kyiv, where Ann, who was born on 25 October, bought for just 5,000."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, checks_emails=True)
        self.shop(1, "tea")
        self.change(tables.shop, 1, zone="Europe/Kyiv")
        self.person("ann", birth_date="--10-25")
        self.ann = self.account("ann")
        self.bought = self.order(self.ann, 5_000_00)

    def told(self, now: datetime) -> tuple[int, Mapping[str, int], datetime | None]:
        """What Ann is given in hundredths, by key what each part gives, and when it ends."""
        self.compute("ann", now=now)
        row = self.offers()[self.ann]
        proof = Proof.model_validate(row.proof)
        assert verify_proof(proof) == []
        assert row.percent == proof.percent <= min(each.cap or 10_000 for each in proof.parts)
        return row.percent, {each.programme.key: each.percent for each in proof.parts}, row.valid_until

    def off(self, key: str) -> None:
        with self.store.write() as connection:
            disable_programme(connection, key, who="owner", now=NOW)


def test_a_sum_is_just_its_cap_from_midnight_to_midnight_and_then_what_is_left(store: Store) -> None:
    world = Stacked(store)
    for programme in (_tiers(), _birthday(), _season()):
        world.programme(programme)
    tier, birthday, season = {"regulars": 750}, {"birthday": 1025}, {"seasonal": 333}
    closes, over = at("2026-10-25T22:00:00"), at("2026-10-31T22:00:00")
    # 7.50 + 3.33 = 10.83; on the birthday, of 25 hours, 7.50 + 10.25 + 3.33 = 21.08, which is just the cap.
    assert world.told(at("2026-10-24T20:59:59")) == (1083, tier | season, over)
    for moment in ("2026-10-24T21:00:00", "2026-10-25T21:59:59"):
        assert world.told(at(moment)) == (2108, tier | birthday | season, closes)
    assert world.told(closes) == (1083, tier | season, over)
    # 31 October is the season's last day; it ends at 22:00 UTC, which is midnight.
    assert world.told(over - DAY / 86_400) == (1083, tier | season, over)
    assert world.told(over) == (750, tier, None)


def test_a_sum_stops_at_its_cap_and_loses_what_befalls_its_parts(store: Store) -> None:
    world = Stacked(store)
    for programme in (_tiers(), _birthday(), _season(percent="3.34")):
        world.programme(programme)
    day, closes = at("2026-10-25T10:00:00"), at("2026-10-25T22:00:00")
    tier, birthday, season = {"regulars": 750}, {"birthday": 1025}, {"seasonal": 334}
    # 7.50 + 10.25 + 3.34 = 21.09, capped at 21.08.
    assert world.told(day) == (2108, tier | birthday | season, closes)
    # A cap a hundredth lower: 21.07. One of 10.25, which is its own percent, would lower what the others come
    # to, 10.84: it is left out.
    world.programme(_birthday(cap="21.07"))
    assert world.told(day)[0] == 2107
    world.programme(_birthday(cap="10.25"))
    assert world.told(day)[:2] == (1084, tier | season)
    # The smallest cap holds, whichever programme leads.
    world.programme(_birthday(cap=30))
    world.programme(_season(percent="3.34", cap="20.5"))
    assert world.told(day)[:2] == (2050, tier | birthday | season)
    world.programme(_season(percent="3.34"))
    world.programme(_birthday())
    # A kopeck given back: 4,999.99 reaches no tier. 10.25 + 3.34 = 13.59.
    refund = world.refund(world.bought, 1, goods=1)
    assert world.told(day)[:2] == (1359, birthday | season)
    world.change(tables.refund, refund, gone=True)
    # A season whose budget has room for 3.34 % of 100.00 once, which Bob has, and a kopeck less for the
    # second: 7.50 + 10.25 = 17.75.
    world.off("seasonal")
    world.told(day)
    world.account("bob")
    money = {"percent": "3.34", "currency": "UAH", "reckoned_order": "100.00"}
    world.programme(_season(**money, budget=2 * 334 - 1))
    world.compute("bob", now=day)
    assert world.told(day)[:2] == (1775, tier | birthday)
    world.programme(_season(**money, budget=2 * 334))
    assert world.told(day)[0] == 2108
    # For an audience that she is not in.
    world.programme(_season(percent="3.34", audience="number_of_orders > 1"))
    assert world.told(day)[:2] == (1775, tier | birthday)
    # The birthday was used: 7.50 + 3.34 = 10.84.
    world.programme(_season(percent="3.34"))
    _use(world, at("2026-10-24T21:00:00"))
    assert world.told(day)[:2] == (1084, tier | season)
    world.off("regulars")
    assert world.told(day)[:2] == (334, season)


def _use(world: Stacked, moment: datetime) -> None:
    """The birthday was given, and an order bought with it."""
    grant = world.grant(world.ann, programme="birthday", state="given")
    world.change(tables.grant, grant, given_at=moment)
    order = world.order(world.ann, 100_00, placed_at=moment)
    row = {"grant_id": grant, "order_id": order, "at": moment, "currency": "UAH"}
    with world.store.write() as connection:
        connection.execute(insert(tables.grant_use), [row])
