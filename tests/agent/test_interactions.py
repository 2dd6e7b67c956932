"""Talks written down by hand: shown newest first, kept through merges and splits, taken back."""

from datetime import timedelta

import pytest

from agent_world import World
from regulars_agent import (
    InteractionKind,
    Workspace,
    add_interaction,
    interactions,
    merge_persons,
    person_card,
    split_person,
    take_back_interaction,
)
from regulars_agent import _interactions as interactions_module
from regulars_mapping import PermanentError, SkipError
from regulars_store import digest

WHO = "Olha"


def account(world: World, number: int) -> str:
    return f"{world.shop.id}:{number}"


def say(world: World, number: int, text: str, **options: object) -> int:
    return add_interaction(world.workspace, account(world, number), text, who=WHO, **options).number  # type: ignore[arg-type]


def texts(world: World, number: int) -> list[str]:
    return [each.text for each in interactions(world.workspace, account(world, number))]


def digest_of(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return digest(connection)


def test_talks_are_shown_newest_first_with_kind_direction_and_who(world: World) -> None:
    yesterday = world.clock() - timedelta(days=1)
    say(world, 1, "Likes dark roast,\nnot decaf")
    say(world, 1, "Asked about delivery", kind=InteractionKind.CALL, direction="in", at=yesterday)
    newest, oldest = interactions(world.workspace, "person1@example.com")
    assert (newest.text, newest.kind, newest.who) == ("Likes dark roast,\nnot decaf", "note", WHO)
    assert (oldest.kind, oldest.direction, oldest.at) == ("call", "in", yesterday)
    card = person_card(world.workspace, account(world, 1))
    assert card is not None
    assert card.interactions == (newest, oldest)
    assert "dark roast" not in repr(card.interactions)


def test_the_card_and_the_list_show_a_limited_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions_module, "MOST_SHOWN", 2)
    for number in range(4):
        say(world, 1, f"{number}")
    card = person_card(world.workspace, account(world, 1))
    assert card is not None
    assert [each.text for each in card.interactions] == ["3", "2"]
    assert len(interactions(world.workspace, account(world, 1), limit=3)) == 3


def test_what_was_taken_back_is_shown_no_more_and_cannot_be_taken_back_twice(world: World) -> None:
    number = say(world, 1, "About somebody else")
    say(world, 1, "Right")
    gone = take_back_interaction(world.workspace, number, who=WHO, why="the wrong person")
    assert gone.text == "About somebody else"
    assert texts(world, 1) == ["Right"]
    assert {"About somebody else", "the wrong person"} < {row[0] for row in world.rows("interaction", "text")}
    with pytest.raises(SkipError, match=f"no interaction {number}"):
        take_back_interaction(world.workspace, number, who=WHO)
    (taking_back,) = (row[0] for row in world.rows("interaction", "id", "revokes") if row[1])
    with pytest.raises(SkipError):
        take_back_interaction(world.workspace, taking_back, who=WHO)


def test_talks_move_with_their_accounts_through_a_merge_and_a_split(world: World) -> None:
    say(world, 1, "One")
    say(world, 2, "Two")
    pair = [account(world, 1), account(world, 2)]
    merge_persons(world.workspace, pair, who=WHO, why="told us")
    assert texts(world, 1) == texts(world, 2) == ["Two", "One"]
    split_person(world.workspace, pair[0], [pair[1]], who=WHO, why="a mistake")
    assert (texts(world, 1), texts(world, 2)) == (["One"], ["Two"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "few words"),
        (" \u200b ", "few words"),
        ("x" * 10_001, "10000"),
        ("a\x00b", "printed"),
        ("a\udcffb", "printed"),
    ],
)
def test_a_text_that_is_none_or_endless_or_unprintable_is_refused(world: World, text: str, said: str) -> None:
    with pytest.raises(PermanentError, match=said):
        say(world, 1, text)
    assert world.rows("interaction", "id") == []


def test_a_talk_to_come_and_an_unknown_direction_are_refused(world: World) -> None:
    with pytest.raises(PermanentError, match="reminders add"):
        say(world, 1, "Hello", at=world.clock() + timedelta(hours=1))
    with pytest.raises(PermanentError, match="in, out"):
        say(world, 1, "Hello", direction="up")
    with pytest.raises(SkipError):
        add_interaction(world.workspace, "nobody@example.com", "Hello", who=WHO)


def test_a_talk_is_in_the_digest_and_its_words_are_not_in_the_audit(world: World) -> None:
    before = digest_of(world.workspace)
    say(world, 1, "Secret words")
    assert digest_of(world.workspace) != before
    rows = world.rows("audit", "action", "detail")
    assert ("interaction add", {"account": account(world, 1)}) in rows
    assert "Secret" not in str(rows)
