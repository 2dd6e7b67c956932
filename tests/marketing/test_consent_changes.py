"""What platforms are to be told of consents: by the address alone, down by its no, up by a newer yes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from consent_world import Ledger
from purchases import NOW, World
from regulars_marketing import PlatformChange, Said, consent_changes, word_to_tell
from regulars_store import MARKETING, ConsentState, erasing, tables

ANN, ANNS, BOB = "ann@example.com", "ann@example.org", "bob@example.com"
SHOP = "shop:1"
STATES = st.sampled_from(list(ConsentState))
WORDS = st.lists(
    st.builds(
        lambda purpose, state, day: Said(purpose, state, NOW - timedelta(days=day)),
        st.sampled_from([MARKETING, MARKETING, "news"]),
        STATES,
        st.integers(0, 4),
    ),
    max_size=6,
)


@pytest.fixture
def ledger(world: World) -> Ledger:
    return Ledger(world)


def told(ledger: Ledger, shop: int = 1) -> list[tuple[str, str | None, str]]:
    return [(one.address, one.before and one.before.value, one.after.value) for one in due(ledger, shop)]


def due(ledger: Ledger, shop: int = 1) -> list[PlatformChange]:
    with ledger.world.store.read() as connection:
        return list(consent_changes(connection, shop, now=NOW))


def test_a_platform_is_lowered_by_the_withdrawal_of_that_very_address_only(ledger: Ledger) -> None:
    ledger.person("ann", ANN, ANNS)
    for address in (ANN, ANNS):
        ledger.says(address, "granted", 9, source=SHOP)
    assert told(ledger) == []
    ledger.says(ANN, "withdrawn", 5, source="mail link")
    assert ledger.who() == {}
    (change,) = due(ledger)
    assert (change.account, change.address, change.after) == (ledger.accounts[ANN], ANN, "withdrawn")
    assert (change.before, change.before_at) == ("granted", NOW - timedelta(days=9))
    assert (change.said_at, change.source) == (NOW - timedelta(days=5), "mail link")
    assert ANN not in repr(change)
    ledger.says(ANN, "withdrawn", 1, source=SHOP)
    assert told(ledger) == []


def test_a_platform_is_raised_only_by_an_opt_in_that_is_newer_than_its_mark(ledger: Ledger) -> None:
    for name in ("ann", "bob", "cleo", "dora"):
        ledger.person(name, f"{name}@example.com")
    ledger.says(ANN, "withdrawn", 5, source=SHOP)
    ledger.says(ANN, "granted", 5)
    ledger.says(BOB, "pending", 5, source=SHOP)
    ledger.says(BOB, "granted", 6)
    ledger.says("cleo@example.com", "granted", 4, topic="news")
    assert told(ledger) == []
    ledger.says(ANN, "granted", 4)
    ledger.says(BOB, "granted", 3)
    ledger.says("dora@example.com", "granted", 300)
    assert told(ledger) == [
        (ANN, "withdrawn", "granted"),
        (BOB, "pending", "granted"),
        ("dora@example.com", None, "granted"),
    ]
    ledger.says("dora@example.com", "withdrawn", 2)
    assert told(ledger) == [(ANN, "withdrawn", "granted"), (BOB, "pending", "granted")]


def test_a_merge_and_a_split_change_no_mark_anywhere(ledger: Ledger) -> None:
    ledger.world.shop(2, "coffee")
    ann = ledger.person("ann", ANN)
    ledger.person("bob", BOB)
    ledger.says(ANN, "granted", 9, source=SHOP)
    ledger.says(BOB, "granted", 9, source=SHOP)
    ledger.says(BOB, "withdrawn", 5, source="owner")
    apart = due(ledger)
    assert [one.address for one in apart] == [BOB]
    ledger.world.change(tables.account, ann, person_id="bob")
    assert due(ledger) == apart
    ledger.world.change(tables.account, ann, person_id="ann")
    assert due(ledger) == apart


def test_guests_the_gone_the_erased_and_topics_are_no_business_of_the_platform(ledger: Ledger) -> None:
    places = {name: ledger.person(name, f"{name}@example.com") for name in ("gone", "guest", "erased")}
    for name in places:
        ledger.says(f"{name}@example.com", "granted", 9, source=SHOP)
        ledger.says(f"{name}@example.com", "withdrawn", 5)
    assert len(told(ledger)) == 3
    ledger.world.change(tables.account, places["gone"], gone=True)
    ledger.world.change(tables.account, places["guest"], registered=False)
    with ledger.world.store.write() as connection:
        erasing.note_erased_accounts(connection, {places["erased"]: "t" * 20})
        erasing.suppress(connection, [erasing.Suppressed("d", "account", "t" * 20)], now=NOW)
    assert told(ledger) == []


def test_nobody_on_the_stop_list_or_archived_is_raised_and_they_are_lowered_all_the_same(
    ledger: Ledger,
) -> None:
    stopped = ledger.person("ann", ANN)
    ledger.person("bob", BOB, status="archived")
    for address in (ANN, BOB):
        ledger.says(address, "granted", 4)
    assert told(ledger) == [(ANN, None, "granted")]
    stop = {"state": "confirmed", "at": NOW, "who": "o", "reason": "rude", "evidence": {}, "why": ""}
    with ledger.world.store.write() as connection:
        connection.execute(insert(tables.stop_list_entry).values(**stop, account_id=stopped))
    assert told(ledger) == []
    for address in (ANN, BOB):
        ledger.says(address, "granted", 3, source=SHOP)
        ledger.says(address, "withdrawn", 2)
    assert told(ledger) == [(ANN, "granted", "withdrawn"), (BOB, "granted", "withdrawn")]


def test_a_text_message_and_a_mail_are_marks_of_their_own(ledger: Ledger) -> None:
    phone = "+380501112233"
    ledger.person("ann", ANN, phone=phone)
    for address, kind in ((ANN, "email"), (phone, "phone")):
        ledger.says(address, "granted", 9, kind=kind, source=SHOP, account=ledger.accounts[ANN])
    ledger.says(phone, "withdrawn", 5, kind="phone")
    assert told(ledger) == [(phone, "granted", "withdrawn")]


@given(WORDS, st.none() | st.integers(0, 5))
def test_what_is_told_follows_from_the_words_and_once_told_nothing_is_left(
    words: list[Said], place: int | None
) -> None:
    mark = words[place] if place is not None and place < len(words) else None
    if mark is not None and mark.purpose != MARKETING:
        mark = None
    word = word_to_tell(mark, words)
    mine = [one for one in words if one.purpose == MARKETING]
    yes = [one.at for one in mine if one.state is ConsentState.GRANTED]
    no = [one.at for one in mine if one.state is ConsentState.WITHDRAWN]
    opted_in = bool(yes) and (not no or max(yes) > max(no))
    if word is None:
        marked = mark is not None and mark.state is ConsentState.GRANTED
        asked_later = mark is not None and opted_in and max(yes) <= mark.at
        assert marked == opted_in or not (marked or opted_in) or asked_later
    elif word.state is ConsentState.GRANTED:
        assert opted_in and word.at == max(yes) and (mark is None or word.at > mark.at)
    else:
        assert no and not opted_in and word.at == max(no)
        assert mark is not None and mark.state is ConsentState.GRANTED
    if word is not None:
        after = Said(MARKETING, word.state, NOW)
        assert word_to_tell(after, [*words, after]) is None
