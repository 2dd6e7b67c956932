"""Golden cases worked by hand: given back after the upgrade, and a currency whose rate comes later."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from golden_world import Golden
from purchases import NOW
from regulars_store import Store, tables
from regulars_store._rates import CurrencyRate, save_rates

DAY = timedelta(days=1)
_LADDERS = ("tier", "never", "year", "dealers", "large")


def test_a_refund_after_the_upgrade_takes_from_each_kind_what_it_counts(store: Store) -> None:
    town = Golden(
        store,
        ["tier", "never", "year", "dealers", "large", "birthday", "seasonal", "personal"],
        dealers={"tiers": [_tier("5000.00", 5), _tier("6000.00", 12)]},
        large={"tiers": [_tier("3999.99", 6), _tier("6000.00", 14)]},
        birthday={"audience": "number_of_orders = 2"},
        seasonal={
            "first_day": "2026-06-01",
            "last_day": "2026-06-01",
            "audience": "amount_spent >= 10000",
        },
    )
    mine = town.settle("ann", kind="company", birth_date="--06-01")
    town.enable("personal", account=mine["personal"], audience="returned_orders >= 1")
    old = town.order(mine["tier"], 4_000_00, placed_at=NOW - 400 * DAY)
    new = town.order(mine["year"], 6_000_00, placed_at=NOW - 20 * DAY)

    def given() -> str:
        return town.given("ann", now=NOW)["ann"]

    # In all 4,000 + 6,000 = 10,000, just Silver; 6,000 of them within the year; the larger order is 6,000.
    assert given() == "birthday=10 dealers=12 large=14 never=7 seasonal=8 tier=7 year=5"
    # A kopeck of the old order, given back today: 9,999.99 in all. It is of this year, too: 6,000 - 0.01 =
    # 5,999.99, whatever the order's age. The larger order stays what it was.
    town.refund(old, 1, goods=1)
    assert given() == "birthday=10 dealers=5 large=14 never=7 personal=20 tier=5 year=5"
    # Half of the new order: 6,999.99 in all, 5,999.99 - 3,000 = 2,999.99 within the year; of the orders are
    # left 3,999.99 and 3,000.
    town.refund(new, 3_000_00)
    assert given() == "birthday=10 large=6 never=7 personal=20 tier=5"
    # The rest of it: 3,999.99 in all. Within the year 6,000 - 6,000 - 0.01 is no less than nothing. Orders
    # that were given back are orders still.
    town.refund(new, 3_000_00)
    assert given() == "birthday=10 large=6 never=7 personal=20"
    assert town.offers()[mine["year"]].proof["counted"] == 0
    # Another kopeck of the old one: no order is left that comes to 3,999.99.
    town.refund(old, 1, goods=1)
    assert given() == "birthday=10 never=7 personal=20"


def test_who_gave_everything_back_is_away_as_before_and_not_welcomed_again(store: Store) -> None:
    town = Golden(store, ["welcome", "winback"], winback={"fallback_days": 20, "days": 30})
    mine = town.settle("bea")
    assert town.given("bea", now=NOW)["bea"] == "welcome=4"
    order = town.order(mine["welcome"], 100_00, placed_at=NOW - 20 * DAY)
    assert town.given("bea", now=NOW)["bea"] == "winback=15"
    town.refund(order, 100_00)
    assert town.given("bea", now=NOW)["bea"] == "winback=15"
    # What was called off was never bought.
    town.change(tables.order, order, bought=False, status="cancelled")
    assert town.given("bea", now=NOW)["bea"] == "welcome=4"


def test_each_order_counts_by_the_rate_of_its_own_day_whenever_that_is_told(store: Store) -> None:
    ladder = [_tier("8500.00", 5), _tier("8550.01", 6)]
    counted = {"tiers": ladder}
    town = Golden(
        store,
        [
            "tier",
            "never",
            "year",
            "dealers",
            "large",
            "welcome",
            "birthday",
            "winback",
            "seasonal",
            "personal",
        ],
        **dict.fromkeys(("tier", "never", "year", "dealers"), counted),
        large={"tiers": [_tier("4500.00", 5), _tier("4550.01", 6)]},
        winback={"least_days": 10, "times": 1, "fallback_days": 10},
        seasonal={
            "first_day": "2026-06-01",
            "last_day": "2026-06-01",
            "audience": "amount_spent >= 8550.01",
        },
    )
    mine = town.settle("ann", kind="company", birth_date="--06-01")
    town.enable("personal", account=mine["personal"])
    town.order(mine["tier"], 100_00, currency="EUR", placed_at=datetime(2026, 5, 10, 9, tzinfo=UTC))
    # In Kyiv this is 21 May already.
    town.order(mine["tier"], 100_00, currency="EUR", placed_at=datetime(2026, 5, 20, 21, tzinfo=UTC))

    def told(day: int, value: str) -> str:
        rate = CurrencyRate("EUR", "UAH", date(2026, 5, day), Fraction(value), "csv")
        with store.write() as connection:
            save_rates(connection, [rate], now=NOW)
        return town.given("ann", now=NOW)["ann"]

    # A rate holds for a fortnight, so that of 6 May does not reach the 21st. Whatever goes by sums waits;
    # what goes by days does not: away since 21 May, longer than the 11 days between the orders (10 and 21
    # May), and without a welcome, bought though it is in another currency.
    assert told(6, "40") == "birthday=10 personal=20 winback=15"
    held = {town.kinds[row.shop_id - 1] for row in town.offers().values() if row.held}
    assert held == {*_LADDERS}
    # 100 x 40 + 100 x 45 = 8,500; the larger is 4,500. Of 20 May the rate holds on the 21st, too.
    assert told(20, "45") == "birthday=10 dealers=5 large=5 never=5 personal=20 tier=5 winback=15 year=5"
    # The 21st's own rate comes later: 100 x 45.50005 = 4,550.005, half up 4,550.01; with 4,000 it is
    # 8,550.01.
    best = "birthday=10 dealers=6 large=6 never=6 personal=20 seasonal=8 tier=6 winback=15 year=6"
    assert told(21, "45.50005") == best
    # Of a day after both orders it changes nothing.
    assert told(22, "99") == best
    # A rate that was told wrongly and is mended: 100 x 45.50004 = 4,550.004, half up 4,550.00.
    mended = "birthday=10 dealers=5 large=5 never=6 personal=20 tier=5 winback=15 year=5"
    assert told(21, "45.50004") == mended


def _tier(threshold: str, percent: int) -> dict[str, object]:
    return {"threshold": threshold, "percent": percent, "level": f"Level {percent}"}
