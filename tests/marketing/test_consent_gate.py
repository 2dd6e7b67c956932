"""Whom the gate lets through, worked by hand and against a second working out in plain loops."""

import copy
import pickle
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from consent_world import Ledger
from purchases import NOW, World
from regulars_marketing import Audience, Channel, gate, subscriptions, subscriptions_query
from regulars_store import erasing, shop_merged, tables

ANN, ANNS, BOB = "ann@example.com", "ann@example.org", "bob@example.com"
PERSONS = ("ann", "bob", "cleo")
ADDRESSES = ("a@example.com", "b@example.com", "c@example.com", "d@example.com")


@pytest.fixture
def ledger(world: World) -> Ledger:
    return Ledger(world)


def test_only_who_opted_in_is_written_to_and_never_having_been_asked_is_no_opt_in(ledger: Ledger) -> None:
    for name in ("ann", "bob", "cleo", "dora"):
        ledger.person(name, f"{name}@example.com")
    ledger.person("eve")
    ledger.says(ANN, "granted", 5)
    ledger.says(BOB, "pending", 5)
    ledger.says("cleo@example.com", "withdrawn", 5)
    found = ledger.audience()
    assert [(one.person, one.address, one.since) for one in found.recipients] == [
        ("ann", ANN, NOW - timedelta(days=5))
    ]
    assert found.left_out == {"excluded": 0, "withdrawn": 1, "not_asked": 3, "waiting": 0}
    assert ledger.who(wanted=["bob", "cleo"]) == {}


def test_a_withdrawal_of_any_address_shuts_the_person_and_a_newer_opt_in_of_it_opens_again(
    ledger: Ledger,
) -> None:
    ledger.person("ann", ANN, ANNS, shown=ANNS)
    ledger.says(ANN, "granted", 9)
    assert ledger.who() == {"ann": ANN}
    ledger.says(ANNS, "withdrawn", 5, source="shop:2")
    assert ledger.who() == {}
    ledger.says(ANN, "granted", 1)
    assert ledger.who() == {}
    ledger.says(ANNS, "granted", 4)
    assert ledger.who() == {"ann": ANNS}


def test_what_was_said_of_an_address_once_theirs_shuts_and_gives_no_address(ledger: Ledger) -> None:
    account = ledger.person("ann", ANN)
    ledger.says("old@example.com", "granted", 5, account=account)
    assert ledger.who() == {}
    ledger.says(ANN, "granted", 5)
    assert ledger.who() == {"ann": ANN}
    ledger.says("old@example.com", "withdrawn", 4, account=account)
    assert ledger.who() == {}


def test_an_address_written_by_hand_is_written_to_while_the_record_shows_it(ledger: Ledger) -> None:
    ledger.person("ann", ANN, shown=ANNS)
    ledger.written(ledger.accounts[ANN], ANNS)
    ledger.says(ANNS, "granted", 3)
    assert ledger.who() == {"ann": ANNS}
    with ledger.world.store.write() as connection:
        connection.execute(update(tables.person).values(email=ANN))
    assert ledger.who() == {}
    ledger.says(ANN, "granted", 3)
    ledger.says(ANNS, "withdrawn", 2)
    assert ledger.who() == {}


def test_topics_are_opened_and_closed_each_by_itself_and_all_by_marketing(ledger: Ledger) -> None:
    ledger.person("ann", ANN)
    ledger.says(ANN, "granted", 9)
    ledger.says(ANN, "withdrawn", 8, topic="news")
    assert (ledger.who(topic="news"), ledger.who(topic="tea")) == ({}, {"ann": ANN})
    ledger.says(ANN, "withdrawn", 7)
    assert ledger.who(topic="tea") == {}
    ledger.says(ANN, "granted", 6, topic="news")
    assert (ledger.who(topic="news"), ledger.who()) == ({"ann": ANN}, {})


def test_of_two_words_at_one_moment_the_withdrawal_counts(ledger: Ledger) -> None:
    for name in ("ann", "bob"):
        ledger.person(name, f"{name}@example.com")
        ledger.says(f"{name}@example.com", "granted", 5, topic="news")
    ledger.says(ANN, "withdrawn", 5, topic="news")
    ledger.says(BOB, "withdrawn", 5)
    assert ledger.audience(topic="news").left_out["withdrawn"] == 2
    ledger.says(BOB, "granted", 5)
    assert ledger.who() == {}


def test_text_messages_have_words_of_their_own(ledger: Ledger) -> None:
    ledger.person("ann", ANN, phone="+380501112233")
    ledger.says(ANN, "withdrawn", 2)
    ledger.says("+380501112233", "granted", 9, kind="phone")
    assert ledger.who(channel=Channel.PHONE) == {"ann": "+380501112233"}
    assert ledger.who() == {}


def test_the_erased_the_archived_and_the_stopped_are_never_in_it(ledger: Ledger) -> None:
    for name in ("ann", "bob", "cleo", "dora"):
        ledger.person(name, f"{name}@example.com", status="archived" if name == "ann" else "entered")
        ledger.says(f"{name}@example.com", "granted", 5)
    bob, cleo = ledger.accounts[BOB], ledger.accounts["cleo@example.com"]
    stop = {"state": "confirmed", "at": NOW, "who": "o", "reason": "rude", "evidence": {}, "why": ""}
    with ledger.world.store.write() as connection:
        connection.execute(
            insert(tables.stop_list_entry).values(**stop, account_id=bob, until=NOW + timedelta(days=1))
        )
        erasing.note_erased_accounts(connection, {cleo: "t" * 20})
        erasing.suppress(connection, [erasing.Suppressed("d", "account", "t" * 20)], now=NOW)
    found = ledger.audience()
    assert [one.person for one in found.recipients] == ["dora"]
    assert found.left_out["excluded"] == 3
    assert set(ledger.who(now=NOW + timedelta(days=2))) == {"bob", "dora"}
    assert ledger.audience(waiting={"dora", "ann"}).left_out == {
        "excluded": 3, "withdrawn": 0, "not_asked": 0, "waiting": 1,
    }  # fmt: skip


def test_a_withdrawal_survives_the_account_that_a_shop_merged_away(ledger: Ledger) -> None:
    kept, gone = ledger.person("ann", ANN), ledger.world.account("ann", email=ANNS, email_folded=ANNS)
    ledger.says(ANN, "granted", 5)
    ledger.says(ANNS, "withdrawn", 9, account=gone)
    assert ledger.who() == {}
    with ledger.world.store.write() as connection:
        shop_merged(connection, shop="tea", kept=kept, gone=gone, why="w", now=NOW)
        lost = update(tables.account).where(tables.account.c.id == gone)
        connection.execute(lost.values(gone=True, person_id=None))
    assert (ledger.who(), ledger.who(wanted=["ann"])) == ({}, {})
    ledger.says(ANNS, "granted", 1, account=gone)
    assert ledger.who(wanted=["ann"]) == {"ann": ANN}


def test_nobody_makes_an_audience_but_the_gate(ledger: Ledger) -> None:
    found = ledger.audience()
    values: dict[str, Any] = {"topic": "news", "channel": Channel.EMAIL, "at": NOW, "recipients": ()}
    with pytest.raises(TypeError, match="gate"):
        Audience(**values, left_out={}, key=object())
    with pytest.raises((TypeError, ValueError), match=r"key|gate"):
        replace(found, recipients=())
    with pytest.raises(TypeError, match="gate"):
        pickle.dumps(found)
    assert copy.deepcopy(found) is found


@dataclass(frozen=True)
class Drawn:
    """Accounts as (person, address); words as (address, account, state, day, topic)."""

    accounts: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, int | None, str, int, str], ...]

    merged: bool
    topic: str

    @property
    def persons(self) -> list[str]:
        """Whose each account is."""
        return ["ann" if self.merged else person for person, _ in self.accounts]

    def stands(self, address: str, topic: str) -> str:
        """Of one address: open, closed or nothing, in plain loops."""
        last: dict[str, tuple[int, bool]] = {}
        for said, _, state, day, purpose in self.words:
            if said == address and state != "pending" and purpose in {topic, "marketing"}:
                last[purpose] = max(last.get(purpose, (-1, False)), (day, state == "withdrawn"))
        own, general = last.get(topic), last.get("marketing")
        if own and own[1]:
            return "closed"
        if general and general[1] and not (own and own[0] > general[0]):
            return "closed"
        return "open" if own or general else ""

    def theirs(self, person: str, topic: str) -> set[str]:
        mine = [at for at, name in enumerate(self.persons) if name == person]
        said = {a for a, by, _, _, p in self.words if by in mine and p in {topic, "marketing"}}
        return said | {self.accounts[at][1] for at in mine}

    def let_through(self, person: str) -> set[str]:
        topic = self.topic
        if any(self.stands(one, topic) == "closed" for one in self.theirs(person, topic)):
            return set()
        mine = {self.accounts[at][1] for at, name in enumerate(self.persons) if name == person}
        return {one for one in mine if self.stands(one, topic) == "open"}

    def subscribed(self, person: str) -> str | None:
        theirs = self.theirs(person, "marketing")
        stand = {self.stands(one, "marketing") for one in theirs}
        asked = any(w[0] in theirs and w[2] == "pending" and w[4] == "marketing" for w in self.words)
        if not theirs:
            return None
        if "closed" in stand:
            return "unsubscribed"
        return "subscribed" if "open" in stand else "pending" if asked else "not_subscribed"


DRAWN = st.builds(
    Drawn,
    st.lists(
        st.tuples(st.sampled_from(PERSONS), st.sampled_from(ADDRESSES)),
        min_size=1, max_size=5,
    ).map(tuple),
    st.lists(
        st.tuples(
            st.sampled_from(ADDRESSES), st.none() | st.integers(0, 4),
            st.sampled_from(["granted", "granted", "withdrawn", "pending"]), st.integers(0, 3),
            st.sampled_from(["marketing", "tea", "news"]),
        ),
        max_size=8,
    ).map(tuple),
    st.booleans(),
    st.sampled_from(["marketing", "tea"]),
)  # fmt: skip


def build(world: World, drawn: Drawn) -> None:
    """Write the drawn world over what was there."""
    ledger = Ledger(world)
    with world.store.write() as connection:
        for table in (tables.consent, tables.account, tables.person):
            connection.execute(delete(table))
    ids = [
        world.account(person, email_folded=address)
        for person, (_, address) in zip(drawn.persons, drawn.accounts, strict=True)
    ]
    for person in set(drawn.persons):
        world.person(person)
    for address, by, state, day, topic in drawn.words:
        named = ids[by] if by is not None and by < len(ids) else ""
        ledger.says(address, state, 9 - day, topic=topic, account=named)


def test_the_gate_the_subscriptions_and_plain_loops_agree_whoever_is_merged(world: World) -> None:
    @settings(max_examples=30)
    @given(DRAWN)
    def agree(drawn: Drawn) -> None:
        build(world, drawn)
        persons, topic = sorted(set(drawn.persons)), drawn.topic
        with world.store.read() as connection:
            everybody = gate(connection, None, now=NOW, topic=topic)
            few = gate(connection, persons[:1], now=NOW, topic=topic)
            dirty = subscriptions(connection, persons)
            at_once = dict(tuple(row) for row in connection.execute(subscriptions_query(Channel.EMAIL)))
            as_query = gate(connection, select(tables.person.c.id), now=NOW, topic=topic)
        let = {one.person: one.address for one in everybody.recipients}
        for person in persons:
            through = drawn.let_through(person)
            assert let[person] in through if person in let else not through
            assert dirty[person] == (drawn.subscribed(person), None)
            assert at_once[person] == dirty[person].email
        assert as_query == everybody
        assert few.recipients == tuple(one for one in everybody.recipients if one.person == persons[0])

    agree()
