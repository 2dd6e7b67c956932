"""How often a person may and shall hear of a topic: a window that slides, in the store as in plain Python."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from consent_world import Ledger
from purchases import NOW, World
from regulars_mapping import PermanentError
from regulars_marketing import (
    Beyond,
    Rhythm,
    heard_enough,
    next_sending,
    outside_bounds,
    sending_due,
    sent_to,
)
from regulars_store import tables

WEEKLY = Rhythm(1, 2, 7)
SENT = st.lists(st.integers(0, 60).map(lambda hours: NOW - timedelta(hours=hours * 6)), max_size=8)
RHYTHMS = st.builds(
    lambda least, more, days: Rhythm(least, least + more, days),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 9),
)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ((0, None, 0), "'days' is 0"),
        ((-1, None, 7), "'least' is -1"),
        ((0, 0, 7), "less than one"),
        ((3, 2, 7), "less than least, 3"),
        ((0, 5_000, 7), "'most' is 5000"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(bounds: tuple[int, int | None, int], said: str) -> None:
    with pytest.raises(PermanentError, match=said):
        Rhythm(*bounds)


def test_the_next_may_go_when_the_one_that_is_too_many_leaves_the_window() -> None:
    assert next_sending(WEEKLY, []) is None
    assert next_sending(WEEKLY, [ago(1)]) is None
    assert next_sending(WEEKLY, [ago(1), ago(3), ago(20)]) == NOW + timedelta(days=4)
    assert next_sending(Rhythm(0, None, 7), [ago(0)] * 9) is None
    assert sending_due(WEEKLY, [], since=ago(5)) == NOW + timedelta(days=2)
    assert sending_due(WEEKLY, [ago(1), ago(9)], since=ago(50)) == NOW + timedelta(days=6)
    assert sending_due(Rhythm(0, 1, 7), [], since=ago(50)) is None


@given(RHYTHMS, SENT)
def test_whoever_waits_for_the_next_date_never_hears_too_much(rhythm: Rhythm, sent: list[datetime]) -> None:
    heard: list[datetime] = []
    for at in sorted(sent):
        free = next_sending(rhythm, heard)
        if free is None or free <= at:
            heard.append(at)
    for at in heard:
        assert rhythm.most is not None
        assert sum(at - rhythm.window < one <= at for one in heard) <= rhythm.most


def test_the_store_says_the_same_as_plain_loops(world: World) -> None:
    ledger, random = Ledger(world), Random(7)
    sent: dict[str, list[datetime]] = {}
    for number in range(12):
        name = f"p{number}"
        account = ledger.person(name, f"{name}@example.com")
        ledger.says(f"{name}@example.com", "granted", random.choice([3, 30]))
        sent[name] = [ago(random.choice([0.5, 2, 6.9, 7, 8])) for _ in range(random.randrange(5))]
        for at in sent[name]:
            ledger.sent(account, (NOW - at) / timedelta(days=1))
            ledger.sent(account, 0.1, topic="tea")
    audience = ledger.audience(topic="news")
    with world.store.read() as connection:
        waiting = heard_enough(connection, "news", WEEKLY, now=NOW)
        outside = outside_bounds(connection, audience, WEEKLY, now=NOW)
    in_window = {name: [at for at in times if at > NOW - WEEKLY.window] for name, times in sent.items()}
    nexts = {name: next_sending(WEEKLY, times) for name, times in sent.items()}
    assert waiting == {name: at for name, at in nexts.items() if at is not None and at > NOW}
    since = {one.person: one.since for one in audience.recipients}
    expected = {
        (name, bound)
        for name, times in in_window.items()
        for bound, is_so in (
            (Beyond.TOO_MANY, len(times) > 2),
            (Beyond.TOO_FEW, not times and since[name] <= NOW - WEEKLY.window),
        )
        if is_so
    }
    assert {(one.person, one.bound) for one in outside} == expected
    assert {bound for _, bound in expected} == set(Beyond)


def test_what_was_written_by_hand_counts_for_every_topic_unless_it_is_taken_back(world: World) -> None:
    ledger = Ledger(world)
    account = ledger.person("ann", "ann@example.com")
    kinds = [("mail", "out"), ("message", "out"), ("mail", "in"), ("call", "out"), ("note", "")]
    rows = [
        {"account_id": account, "kind": kind, "direction": way, "text": "", "at": ago(number), "who": "I"}
        for number, (kind, way) in enumerate(kinds, 1)
    ]
    back = {"account_id": account, "kind": "taken_back", "direction": "", "text": "", "at": NOW, "who": "I"}
    mine = select(tables.account.c.id)
    with world.store.write() as connection:
        connection.execute(insert(tables.interaction).values([one | {"revokes": None} for one in rows]))
        assert sent_to(connection, "news", mine) == [ago(1), ago(2)]
        assert heard_enough(connection, "news", WEEKLY, now=NOW) == {"ann": NOW + timedelta(days=5)}
        connection.execute(insert(tables.interaction).values(**back, revokes=1))
        assert sent_to(connection, "news", mine) == [ago(2)]
