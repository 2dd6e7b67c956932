"""Bounds of one's own: in the place of the topic's, beside them for who wants peace, kept through merges."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consent_world import Ledger
from purchases import NOW, World
from regulars_mapping import PermanentError
from regulars_marketing import (
    Outside,
    Rhythm,
    due_of,
    heard_enough,
    next_of,
    outside_bounds,
    own_rhythm,
    quiet_among,
    rhythms_of,
    sent_to,
)
from regulars_marketing._frequency_reached import next_mails
from regulars_store import tables
from regulars_store._frequency_bounds import OwnBound, add_bound, bounds_about, bounds_of, own_bounds

WEEKLY = Rhythm(1, 2, 7)
SMALL = st.none() | st.integers(0, 5)
SENT = st.lists(st.integers(0, 60).map(lambda hours: NOW - timedelta(hours=hours * 6)), max_size=8)


@pytest.fixture
def ledger(world: World) -> Ledger:
    return Ledger(world)


def own(account: str, least: int | None = None, most: int | None = None, days: int | None = None) -> OwnBound:
    return OwnBound(account, "news", least, most, days, NOW, "Iryna")


def write(ledger: Ledger, *bounds: OwnBound) -> None:
    with ledger.world.store.write() as connection:
        for each in bounds:
            add_bound(connection, each)


def counted(ledger: Ledger) -> tuple[dict[str, datetime], dict[str, tuple[str, int]]]:
    """Who waits until when, and who is outside which bound with how many times."""
    audience = ledger.audience(topic="news")
    with ledger.world.store.read() as connection:
        waiting = heard_enough(connection, "news", WEEKLY, now=NOW)
        outside = outside_bounds(connection, audience, WEEKLY, now=NOW)
    return waiting, {one.person: (one.bound.value, one.times) for one in outside}


def test_what_is_one_s_own_stands_in_the_place_of_the_topic_s() -> None:
    assert own_rhythm(WEEKLY, own("1:1", most=5)) == Rhythm(1, 5, 7)
    assert own_rhythm(WEEKLY, own("1:1", days=30)) == Rhythm(1, 2, 30)
    assert own_rhythm(Rhythm(3, None, 7), own("1:1", most=1)) == Rhythm(1, 1, 7)
    assert own_rhythm(WEEKLY, own("1:1", least=4)) == Rhythm(4, 4, 7)
    for wrong, said in (
        (own("1:1", least=3, most=2), "less than least"),
        (own("1:1", days=0), "'days' is 0"),
    ):
        with pytest.raises(PermanentError, match=said):
            own_rhythm(WEEKLY, wrong)


@given(SMALL, st.none() | st.integers(1, 5), st.none() | st.integers(1, 9), SENT)
def test_whoever_wants_peace_never_hears_more_than_either_bound_allows(
    least: int | None, most: int | None, days: int | None, sent: list[datetime]
) -> None:
    bound = own("1:1", least if most is None else min(least or 0, most), most, days)
    quiet, usual = (rhythms_of(WEEKLY, bound, quiet=each) for each in (True, False))
    assert usual == (quiet[0],) and quiet[1] == WEEKLY
    free = next_of(quiet, sent)
    both = [at for each in quiet if (at := next_of((each,), sent)) is not None]
    assert free == max(both, default=None)
    due = due_of(quiet, sent, since=NOW)
    assert due is None or all(due >= (due_of((each,), sent, since=NOW) or due) for each in quiet)


def test_the_next_date_and_the_report_go_by_the_own_bounds(ledger: Ledger) -> None:
    for name in ("ann", "bob", "cleo", "dora"):
        account = ledger.person(name, f"{name}@example.com")
        ledger.says(f"{name}@example.com", "granted", 90)
        for days in (1, 2, 20):
            ledger.sent(account, days)
    cleo, dora = (ledger.accounts[f"{name}@example.com"] for name in ("cleo", "dora"))
    waits = NOW + timedelta(days=5)
    assert counted(ledger) == (dict.fromkeys(("ann", "bob", "cleo", "dora"), waits), {})
    write(ledger, own(ledger.accounts["bob@example.com"], most=3), own(cleo, most=1, days=30))
    write(ledger, own(dora, least=5, most=9))
    assert counted(ledger) == (
        {"ann": waits, "cleo": NOW + timedelta(days=29)},
        {"cleo": ("too_many", 3), "dora": ("too_few", 2)},
    )
    write(ledger, own(cleo), own(dora, most=2))
    assert counted(ledger) == (dict.fromkeys(("ann", "cleo", "dora"), waits), {})


def test_of_who_withdrew_advertising_somewhere_the_smaller_bound_counts(ledger: Ledger) -> None:
    account = ledger.person("ann", "ann@example.com", phone="+380501112233")
    ledger.says("ann@example.com", "granted", 90)
    ledger.sent(account, 1)
    ledger.sent(account, 2)
    write(ledger, own(account, least=0, most=9, days=30))
    assert counted(ledger)[0] == {}
    ledger.says("+380501112233", "withdrawn", 3, kind="phone", account=account)
    assert counted(ledger)[0] == {"ann": NOW + timedelta(days=5)}
    ledger.says("+380501112233", "granted", 1, kind="phone", account=account)
    assert counted(ledger)[0] == {}


def test_bounds_go_with_the_account_through_a_merge_and_back_and_the_newest_counts(ledger: Ledger) -> None:
    ann, bob = ledger.person("ann", "ann@example.com"), ledger.person("bob", "bob@example.com")
    write(ledger, own(ann, most=1), own(bob, most=3))

    def found() -> dict[str, int | None]:
        with ledger.world.store.read() as connection:
            return {person: each.most for person, each in own_bounds(connection, "news").items()}

    def asked_by_person() -> dict[str, int | None]:
        with ledger.world.store.read() as connection:
            return {
                person: bounds["news"].most
                for person, bounds in bounds_of(connection, ["ann", "bob"]).items()
            }

    assert found() == asked_by_person() == {"ann": 1, "bob": 3}
    ledger.world.change(tables.account, ann, person_id="bob")
    assert found() == asked_by_person() == {"bob": 3}
    ledger.world.change(tables.account, ann, person_id="ann")
    assert found() == {"ann": 1, "bob": 3}
    write(ledger, own(bob))
    assert found() == asked_by_person() == {"ann": 1}
    with ledger.world.store.read() as connection:
        assert [each.most for each in bounds_about(connection, [ann]).values()] == [1]
        assert bounds_about(connection, [bob]) == {}


def test_the_store_says_the_same_as_plain_loops_whoever_has_bounds_and_peace(ledger: Ledger) -> None:
    random = Random(11)
    for number in range(40):
        name = f"p{number}"
        account = ledger.person(name, f"{name}@example.com", phone=f"+38050111{number:04}")
        ledger.says(f"{name}@example.com", "granted", random.choice([3, 30]))
        if random.random() < 0.4:
            ledger.says(f"+38050111{number:04}", "withdrawn", 2, kind="phone", account=account)
        for _ in range(random.randrange(5)):
            ledger.sent(account, random.choice([0.5, 2, 6.9, 7, 8, 12]))
        if random.random() < 0.6:
            write(ledger, own(account, 0, random.choice([1, 3]), random.choice([None, 3, 14])))
    waiting, outside = counted(ledger)
    audience = {one.person: one for one in ledger.audience(topic="news").recipients}
    with ledger.world.store.read() as connection:
        bounds = own_bounds(connection, "news")
        everybody = [f"p{number}" for number in range(40)]
        topics = {"news": WEEKLY, "sales": Rhythm(0, 1, 7)}
        own_ends = next_mails(connection, everybody, topics, quiet=quiet_among(connection, everybody))
        ahead = {person: at for person, at in own_ends.items() if at > NOW}
        assert ahead == {person: at for person, at in waiting.items() if person in bounds}
        for number in range(40):
            name = f"p{number}"
            quiet = _is_quiet(ledger, name)
            rhythms = rhythms_of(WEEKLY, bounds.get(name), quiet=quiet)
            mine = select(tables.account.c.id).where(tables.account.c.person_id == name)
            sent = sent_to(connection, "news", mine)
            free = next_of(rhythms, sent)
            assert waiting.get(name) == (free if free is not None and free > NOW else None), name
            times = [sum(at > NOW - each.window for at in sent) for each in rhythms]
            many = any(
                each.most is not None and n > each.most for each, n in zip(rhythms, times, strict=True)
            )
            few = all(
                n < each.least and audience[name].since <= NOW - each.window
                for each, n in zip(rhythms, times, strict=True)
            )
            said = Outside(name, "too_many" if many else "too_few", times[0]) if many or few else None  # type: ignore[arg-type]
            assert outside.get(name) == (said and (said.bound, said.times)), name


def _is_quiet(ledger: Ledger, person: str) -> bool:
    with ledger.world.store.read() as connection:
        phone = connection.scalar(
            select(tables.account.c.phone_e164).where(tables.account.c.person_id == person)
        )
        said = select(tables.consent.c.state).where(tables.consent.c.address_folded == phone)
        return "withdrawn" in set(connection.scalars(said))
