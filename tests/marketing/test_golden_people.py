"""Golden cases worked by hand: one person and two again, who is held out, and a budget just full."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import select, update

from golden_world import Golden
from purchases import NOW
from regulars_store import Store, tables

DAY = timedelta(days=1)
_SEASON = {"first_day": "2026-06-01", "last_day": "2026-06-01"}
_KINDS = (
    *("tier", "never", "year", "kept", "dealers", "large"),
    *("welcome", "birthday", "winback", "seasonal", "personal"),
)


def move(town: Golden, accounts: Iterable[str], person: str) -> None:
    """These accounts are that person's now."""
    with town.store.write() as connection:
        table = tables.account
        connection.execute(update(table).where(table.c.id.in_(list(accounts))).values(person_id=person))


def test_who_is_one_person_counts_once_and_who_is_two_again_has_their_own(store: Store) -> None:
    winback = {"times": 1, "least_days": 30, "fallback_days": 31, "days": 10}
    town = Golden(store, _KINDS, winback=winback, seasonal=_SEASON)
    ann = town.settle("ann", kind="company", birth_date="--06-01")
    bob = town.settle("bob")
    town.enable("personal", account=ann["personal"])
    may, march = (datetime(2026, month, 1, 9, tzinfo=UTC) for month in (5, 3))
    town.order(ann["tier"], 6_000_00, placed_at=may)
    town.order(bob["large"], 4_000_00, placed_at=march)
    # One order each: away 31 days after it. Of 1 May that is 1 June, today; of 1 March it was 1 April, for
    # ten days.
    apart = {
        "ann": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15 year=5",
        "bob": "seasonal=8",
    }
    assert town.given("ann", "bob", now=NOW) == apart
    # As one: 6,000 + 4,000 = 10,000 for each account, the largest order is 6,000; 61 days from March to May,
    # so away is after as many more days, in July; one birthday; what was given by hand is the person's.
    move(town, bob.values(), "ann")
    one = "birthday=10 dealers=7+7 kept=7+7 large=5+5 never=7+7 personal=20+20 seasonal=8+8 tier=7+7 year=7+7"
    assert town.given("ann", "bob", now=NOW) == {"ann": one, "bob": ""}
    # Apart again: a level that each account has reached is kept by each for good, or for a day: today and
    # tomorrow.
    move(town, bob.values(), "bob")
    again = {
        "ann": "birthday=10 dealers=5 kept=7 large=5 never=7 personal=20 seasonal=8 tier=5 winback=15 year=5",
        "bob": "kept=7 never=7 seasonal=8",
    }
    assert town.given("bob", "ann", now=NOW) == again
    later = {"ann": _later(again["ann"]), "bob": "never=7"}
    assert town.given("ann", "bob", now=NOW + 2 * DAY) == later


def _later(given: str) -> str:
    """Two days later: the birthday and the season are over, and of the year's levels the lost one ended."""
    over = ("birthday=", "seasonal=")
    kept = [each for each in given.split() if not each.startswith(over)]
    return " ".join("kept=5" if each == "kept=7" else each for each in kept)


def test_two_who_never_bought_are_welcomed_once_when_they_are_one_and_not_with_a_buyer(store: Store) -> None:
    town = Golden(store, ["welcome", "tier"])
    cleo, dan, eve = (town.settle(person) for person in ("cleo", "dan", "eve"))
    town.order(eve["tier"], 5_000_00)
    everybody = ("cleo", "dan", "eve")
    apart = {"cleo": "welcome=4", "dan": "welcome=4", "eve": "tier=5"}
    assert town.given(*everybody, now=NOW) == apart
    move(town, dan.values(), "cleo")
    assert town.given(*everybody, now=NOW) == {"cleo": "welcome=4", "dan": "", "eve": "tier=5"}
    move(town, eve.values(), "cleo")
    assert town.given(*everybody, now=NOW) == {"cleo": "tier=5+5+5", "dan": "", "eve": ""}
    move(town, dan.values(), "dan")
    move(town, eve.values(), "eve")
    assert town.given(*everybody, now=NOW) == apart
    assert cleo


def _share(key: str, account: str) -> int:
    """Of a hundred the part that an account is in, for a programme."""
    return int(blake2b(f"{key} {account}".encode(), digest_size=8).hexdigest(), 16) % 100


def _ids(shop: int, *, out: bool) -> Iterator[str]:
    """Accounts of a shop that are held out of every programme at a share of a half, or of none."""
    ids = (f"{shop}:{number}" for number in range(1_000, 100_000))
    return (each for each in ids if all((_share(kind, each) < 50) == out for kind in _KINDS))


def test_one_account_held_out_holds_out_its_person_of_every_kind_while_they_are_one(store: Store) -> None:
    half: Mapping[str, Any] = {"holdout": 50}
    own: Mapping[str, Any] = {"winback": {"fallback_days": 30, "days": 10}, "seasonal": _SEASON}
    town = Golden(store, _KINDS, **{kind: {**own.get(kind, {}), **half} for kind in _KINDS})
    town.person("ann", kind="company", birth_date="--06-01")
    mine = {kind: next(_ids(shop, out=False)) for shop, kind in enumerate(_KINDS, 1)}
    for shop, account in enumerate(mine.values(), 1):
        town.account("ann", shop=shop, id=account)
    newcomer, stranger = list(_ids(_KINDS.index("welcome") + 1, out=False))[1], next(_ids(1, out=True))
    town.account("new", shop=_KINDS.index("welcome") + 1, id=newcomer)
    town.account("bob", id=stranger)
    town.enable("personal", account=mine["personal"], **half)
    town.order(mine["tier"], 6_000_00, placed_at=NOW - 30 * DAY)
    free = "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15 year=5"
    apart = {"ann": free, "new": "welcome=4", "bob": ""}
    assert town.given("ann", "new", "bob", now=NOW) == apart
    for person in ("ann", "new"):
        move(town, [stranger], person)
        assert town.given("ann", "new", "bob", now=NOW) == {**apart, person: ""}
    move(town, [stranger], "bob")
    assert town.given("ann", "new", "bob", now=NOW) == apart


# What an account costs, in kopecks: the percent of the order that is reckoned with, half up, for each order.
_COSTS = {
    # 5 % of 1,000.00; of a ladder without a limit one order is reckoned.
    "tier": ({"reckoned_order": "1000.00"}, 50_00),
    # 5 % of 1,000.10 are 50.005, half up 50.01; for three orders.
    "year": ({"reckoned_order": "1000.10", "orders": 3}, 150_03),
    # 5 % of 0.10 are 0.005, half up 0.01.
    "dealers": ({"reckoned_order": "0.10"}, 1),
    # 4 % of 333.33 are 13.3332.
    "welcome": ({"currency": "UAH", "reckoned_order": "333.33"}, 13_33),
    # 10 % of 999.95 are 99.995, half up 100.00.
    "birthday": ({"currency": "UAH", "reckoned_order": "999.95"}, 100_00),
    # 15 % of 1,000.00, for two orders.
    "winback": ({"currency": "UAH", "reckoned_order": "1000.00", "orders": 2}, 300_00),
    # 8 % of 999.99 are 79.9992.
    "seasonal": ({"currency": "UAH", "reckoned_order": "999.99"}, 80_00),
    # 20 % of 1,000.00: the person has it with both accounts.
    "personal": ({"currency": "UAH", "reckoned_order": "1000.00"}, 200_00),
}


def test_a_budget_that_is_just_full_has_room_for_two_and_a_kopeck_less_for_one(store: Store) -> None:
    own: Mapping[str, Any] = {"winback": {"fallback_days": 30, "days": 10}, "seasonal": _SEASON}
    terms: Mapping[str, Mapping[str, Any]] = {
        kind: {**own.get(kind, {}), **costs, "budget": 2 * cost - 1} for kind, (costs, cost) in _COSTS.items()
    }
    town = Golden(store, _COSTS, **terms)
    buyers = {person: town.settle(person, kind="company", birth_date="--06-01") for person in ("a", "b", "c")}
    for mine in buyers.values():
        town.order(mine["tier"], 5_000_00, placed_at=NOW - 30 * DAY)
    new = {person: town.settle(person) for person in ("x", "y", "z")}
    # The welcome is for who has not bought; what is given by hand is for the two accounts of one person.
    twin = town.account("a", shop=_place("personal"))
    town.enable("personal", account=twin, **terms["personal"])
    persons = [*buyers, *new]
    first = "birthday=10 dealers=5 personal=20 seasonal=8 tier=5 winback=15 year=5"
    full = {"a": first, "b": "", "c": "", "x": "welcome=4", "y": "", "z": ""}
    assert _one_by_one(town, persons) == full
    for kind, (_, cost) in _COSTS.items():
        whose = {"account": twin} if kind == "personal" else {}
        town.enable(kind, **{**terms[kind], **whose, "budget": 2 * cost})
    second = "birthday=10 dealers=5 seasonal=8 tier=5 winback=15 year=5"
    both = {**full, "a": first.replace("personal=20", "personal=20+20"), "b": second, "y": "welcome=4"}
    assert _one_by_one(town, persons) == both
    # Asked again, in another order, nobody has more, and nobody less.
    assert _one_by_one(town, [*reversed(persons)]) == both
    issued = select(tables.programme_budget.c.programme_key, tables.programme_budget.c.issued)
    with store.read() as connection:
        found = {row.programme_key: row.issued for row in connection.execute(issued)}
    assert found == {kind: 2 * cost for kind, (_, cost) in _COSTS.items()}


def _place(kind: str) -> int:
    return [*_COSTS].index(kind) + 1


def _one_by_one(town: Golden, persons: Iterable[str]) -> dict[str, str]:
    for person in persons:
        town.compute(person, now=NOW)
    return town.given(*persons, now=NOW)
