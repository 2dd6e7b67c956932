"""Rates kept, whose sums they change, and everybody counted anew where money is counted otherwise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import regulars_store as store
from purchases import World, tiers
from regulars_agent import (
    Workspace,
    derive,
    money_rules,
)
from regulars_agent._rates import (
    LackedRate,
    ReplacedRate,
    import_rates,
    lacking_rates,
    list_rates,
    remove_rate,
    set_rate,
)
from regulars_mapping import MisconfiguredError, SkipError

MONDAY = date(2026, 3, 2)
_HEAD = "day,currency,quote,rate\n"


@pytest.fixture
def bought(empty_workspace: Workspace) -> World:
    """A shop in hryvnias, and who bought in March: Anna in dollars, Olena in euros, Ivan in hryvnias."""
    world = World(empty_workspace.store)
    world.shop(1, "tea")
    world.change(store.tables.shop, 1, zone="Europe/Kyiv")
    for person, currency in (("anna", "USD"), ("olena", "EUR"), ("ivan", "UAH")):
        world.order(
            world.account(person), 1_000, currency=currency, placed_at=_noon(MONDAY + timedelta(days=3))
        )
    derive(empty_workspace)
    world.compute("anna", "olena", "ivan")
    return world


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def counted_anew(world: World) -> tuple[set[str], bool]:
    """Who is to be counted anew, and whether everybody is."""
    with world.store.read() as connection:
        marks = store.dirty_marks(connection, "facts", limit=100)
        return {mark.key for mark in marks}, bool(store.dirty_marks(connection, "programmes", limit=1))


def counts_by(workspace: Workspace, **changes: Any) -> None:
    """Give the workspace other money settings."""
    settings = workspace.settings
    workspace.settings = settings.model_copy(update={"money": settings.money.model_copy(update=changes)})


def test_rates_brought_in_mark_who_bought_in_other_currencies_while_they_hold(
    bought: World, empty_workspace: Workspace
) -> None:
    content = f"{_HEAD}{MONDAY},USD,UAH,41.25\n".encode()
    assert import_rates(empty_workspace, content, who="owner", dry_run=True).persons == 2
    assert (list_rates(empty_workspace), counted_anew(bought)) == ([], (set(), False))
    kept = import_rates(empty_workspace, content, who="owner")
    assert (kept.told, kept.changed, kept.pairs, kept.persons) == (1, 1, ("USD/UAH",), 2)
    assert counted_anew(bought) == ({"anna", "olena"}, False)
    derive(empty_workspace)
    again = import_rates(empty_workspace, content, who="owner")
    assert (again.changed, again.persons, counted_anew(bought)) == (0, 0, (set(), False))
    later = f"{_HEAD}{MONDAY + timedelta(days=8)},USD,UAH,42\n".encode()
    assert import_rates(empty_workspace, later, who="owner").persons == 0


def test_a_file_with_one_bad_line_leaves_everything_as_it_was(
    bought: World, empty_workspace: Workspace
) -> None:
    content = f"{_HEAD}{MONDAY},USD,UAH,41.25\n{MONDAY},EUR,UAH,0\n".encode()
    with pytest.raises(MisconfiguredError, match="Line 3: the rate is 0; it must be more than 0"):
        import_rates(empty_workspace, content, who="owner")
    assert (list_rates(empty_workspace), counted_anew(bought)) == ([], (set(), False))


def test_a_rate_that_contradicts_what_is_known_of_the_other_way_round_is_refused(
    bought: World, empty_workspace: Workspace
) -> None:
    def bring(*lines: str) -> None:
        content = _HEAD + "".join(f"{MONDAY},{line}\n" for line in lines)
        import_rates(empty_workspace, content.encode(), who="owner")

    bring("USD,UAH,41")
    known = list_rates(empty_workspace)
    wrong = r"1 UAH = 0.5 USD contradicts 1 USD = 41 UAH \(csv\) of 2026-03-02. Nothing was kept."
    with pytest.raises(MisconfiguredError, match=wrong):
        bring("EUR,UAH,45", "UAH,USD,0.5")
    with pytest.raises(MisconfiguredError, match=wrong):
        set_rate(empty_workspace, "UAH", "USD", "0.5", day=MONDAY, who="owner")
    assert list_rates(empty_workspace) == known
    # Both at once are held against each other, and one that is another day's against none.
    bring("USD,UAH,2", "UAH,USD,0.5")
    set_rate(empty_workspace, "USD", "UAH", "41", day=MONDAY - timedelta(days=1), who="owner")
    # What a hand entered stays, and so counts.
    set_rate(empty_workspace, "USD", "UAH", "2.1", day=MONDAY, who="owner")
    with pytest.raises(MisconfiguredError, match=r"1 USD = 2\.1 UAH \(manual\)"):
        bring("USD,UAH,41", "UAH,USD,0.0244")


def test_what_a_hand_entered_both_ways_a_hand_can_correct(bought: World, empty_workspace: Workspace) -> None:
    for currency, quote, rate in (("USD", "UAH", "2"), ("UAH", "USD", "0.5"), ("USD", "UAH", "40")):
        set_rate(empty_workspace, currency, quote, rate, day=MONDAY, who="owner")
    kept = set_rate(empty_workspace, "UAH", "USD", "0.025", day=MONDAY, who="owner")
    assert kept.examples == (ReplacedRate("UAH/USD", MONDAY, "0.5", "0.025"),)


def test_rates_that_were_known_otherwise_are_counted_and_the_first_five_are_named(
    bought: World, empty_workspace: Workspace
) -> None:
    def file(rate: str) -> bytes:
        days = (MONDAY - timedelta(days=back) for back in range(7))
        return (_HEAD + "".join(f"{day},USD,UAH,{rate}\n" for day in days)).encode()

    first = import_rates(empty_workspace, file("41"), who="owner")
    assert (first.changed, first.replaced, first.examples) == (7, 0, ())
    more = file("42") + f"{MONDAY},EUR,UAH,45\n".encode()
    for dry_run in (True, False):
        kept = import_rates(empty_workspace, more, who="owner", dry_run=dry_run)
        assert (kept.changed, kept.replaced, len(kept.examples)) == (8, 7, 5)
        assert kept.examples[0] == ReplacedRate("USD/UAH", MONDAY, "41", "42")
    assert import_rates(empty_workspace, more, who="owner").replaced == 0


def test_a_rate_by_hand_is_of_today_by_default_stays_and_is_listed(
    bought: World, empty_workspace: Workspace
) -> None:
    today = empty_workspace.clock().astimezone(ZoneInfo("Europe/Kyiv")).date()
    set_rate(empty_workspace, "USD", "UAH", "40", who="owner")
    set_rate(empty_workspace, "USD", "UAH", "39", day=MONDAY, who="owner")
    kept = import_rates(empty_workspace, f"{_HEAD}{MONDAY},USD,UAH,41\n".encode(), who="owner")
    assert (kept.changed, kept.by_hand) == (0, 1)
    assert [(each.day, each.value) for each in list_rates(empty_workspace)] == [(today, 40)]
    pair = list_rates(empty_workspace, currency="USD", quote="UAH")
    assert [(each.day, each.value, each.source) for each in pair] == [
        (today, 40, "manual"),
        (MONDAY, 39, "manual"),
    ]
    assert list_rates(empty_workspace, since=today) == pair[:1]
    assert list_rates(empty_workspace, quote="EUR") == []
    with pytest.raises(MisconfiguredError, match="has not come yet"):
        set_rate(empty_workspace, "USD", "UAH", "40", day=today + timedelta(days=1), who="owner")
    assert counted_anew(bought)[0] == {"anna", "olena"}


def test_what_lacks_a_rate_is_told_by_currency(bought: World, empty_workspace: Workspace) -> None:
    day = MONDAY + timedelta(days=3)
    lacking = [LackedRate(currency, "UAH", day, day, 1) for currency in ("EUR", "USD")]
    assert lacking_rates(empty_workspace) == lacking
    set_rate(empty_workspace, "USD", "UAH", "39", day=MONDAY, who="owner")
    assert lacking_rates(empty_workspace) == lacking[:1]
    counts_by(empty_workspace, currency="USD")
    assert [each.currency for each in lacking_rates(empty_workspace)] == ["EUR"]
    bought.programme(tiers(currency="EUR"))
    pairs = [(each.currency, each.quote) for each in lacking_rates(empty_workspace)]
    assert pairs == [("EUR", "USD"), ("UAH", "EUR"), ("USD", "EUR")]


def test_everybody_is_counted_anew_once_where_money_is_counted_otherwise(
    bought: World, empty_workspace: Workspace
) -> None:
    with bought.store.read() as connection:
        rules = money_rules(empty_workspace, connection)
    assert (rules.currency, rules.zone.key, rules.tax, rules.shipping) == ("UAH", "Europe/Kyiv", False, False)
    bought.order(bought.account("petro"), 1_000, goods_tax=200, shipping=50, total=1_250)
    derive(empty_workspace)
    assert notes(bought) == 1
    assert [row for row in bought.fact_rows() if row[0] == "petro"] == []
    counts_by(empty_workspace, tax="with")
    derive(empty_workspace)
    assert [row for row in bought.fact_rows() if row[0] == "petro"] == [("petro", "UAH", 1, 1_200)]
    derive(empty_workspace)
    assert notes(bought) == 2


def notes(world: World) -> int:
    """How often it was noted by what rules money is counted."""
    audit = store.tables.audit.c
    with world.store.read() as connection:
        return len(connection.execute(select(audit.id).where(audit.action == "count money by")).all())


def test_a_zone_that_a_shop_tells_and_nobody_knows_is_utc(bought: World, empty_workspace: Workspace) -> None:
    bought.change(store.tables.shop, 1, zone="+02:00")
    with bought.store.read() as connection:
        assert money_rules(empty_workspace, connection).zone.key == "UTC"


def test_a_rate_is_removed_looked_at_before_and_what_counted_by_it_is_counted_again(
    bought: World, empty_workspace: Workspace
) -> None:
    for back, rate in ((1, "41"), (0, "42")):
        told = f"{_HEAD}{MONDAY - timedelta(days=back)},USD,UAH,{rate}\n".encode()
        import_rates(empty_workspace, told, who="owner")
    derive(empty_workspace)
    this: dict[str, Any] = {"currency": "USD", "quote": "UAH", "day": MONDAY, "who": "owner"}
    seen = remove_rate(empty_workspace, **this, dry_run=True)
    assert (str(seen.rate), seen.persons) == ("1 USD = 42 UAH", 2)
    known = list_rates(empty_workspace, since=date(2026, 1, 1))
    assert (len(known), counted_anew(bought)) == (2, (set(), False))
    assert remove_rate(empty_workspace, **this) == seen
    assert counted_anew(bought) == ({"anna", "olena"}, False)
    derive(empty_workspace)
    assert spent(bought, "anna") == 41 * 1_000
    with pytest.raises(SkipError, match="no rate from USD to UAH of 2026-03-02"):
        remove_rate(empty_workspace, **this)
    turned = {**this, "currency": "UAH", "quote": "USD", "day": MONDAY - timedelta(days=1)}
    with pytest.raises(SkipError, match="the other way round: 1 USD = 41 UAH"):
        remove_rate(empty_workspace, **turned)
    remove_rate(empty_workspace, **{**this, "day": MONDAY - timedelta(days=1)})
    derive(empty_workspace)
    assert spent(bought, "anna") is None
    assert {each.currency for each in lacking_rates(empty_workspace)} == {"USD", "EUR"}


def spent(world: World, person: str) -> int | None:
    table = store.tables.person_profile
    with world.store.read() as connection:
        return connection.scalar(select(table.c.spent).where(table.c.person_id == person))
