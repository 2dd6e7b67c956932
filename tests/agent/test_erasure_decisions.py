"""What is erased stays as it is: no decision joins anybody to it or takes it apart, nothing is due then."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import func, select

import regulars_store as store
from erasure_world import FIRST, OTHER, SPOKEN, Known, account_of, known, sums, traces
from regulars_agent import (
    Workspace,
    accept_suggestion,
    add_reminder,
    add_stop,
    derive,
    erase_person,
    keep_apart,
    merge_persons,
    ownership_link,
    person_card,
    readmit,
    refuse_suggestion,
    reminders,
    split_person,
    undo_decision,
)
from regulars_mapping import DecisionKind, PermanentError, SkipError
from regulars_store import tables
from two_shops_world import clock_of, two_shops

THIRD = "ostap.third@example.com"
SAID = {"who": "Olha", "why": "asked for it"}
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def one(empty_workspace: Workspace) -> Iterator[Known]:
    with two_shops(empty_workspace) as shops:
        made = known(shops)
        shops.learn()
        yield made


def decided(workspace: Workspace) -> list[int]:
    with workspace.store.read() as connection:
        return list(connection.scalars(select(tables.identity_decision.c.id)))


def state(workspace: Workspace) -> tuple[str, int, int]:
    """The digest, and how many decisions and marks there are."""
    with workspace.store.read() as connection:
        counted = (
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.identity_decision, tables.audit)
        )
        return (store.digest(connection), *counted)


def offered(workspace: Workspace, account: str) -> list[str]:
    with workspace.store.read() as connection:
        return list(connection.scalars(select(tables.offer.c.id).where(tables.offer.c.id == account)))


def suggested(workspace: Workspace, one: str, other: str) -> str:
    with workspace.store.write() as connection:
        pair = store.Suggested(one, other, 7.5, 0.99, {"prior": 0.0, "steps": []})
        store.replace_suggestions(connection, [pair], model="m", now=workspace.clock())
        return str(connection.scalars(select(tables.identity_suggestion.c.id)).one())


def test_no_decision_joins_anybody_to_the_erased_nor_takes_them_apart(one: Known) -> None:
    workspace, other = one.workspace, account_of(one.workspace, OTHER)
    joined = merge_persons(workspace, [FIRST, OTHER], **SAID)
    undo_decision(workspace, joined.decisions[0], **SAID)
    add_stop(workspace, FIRST, "never pays", who="Olha")
    before = decided(workspace)
    token = erase_person(workspace, FIRST, **SAID).token
    by_erasure = set(decided(workspace)) - set(before)
    assert by_erasure, "who was one person by their e-mail is held together"
    suggestion = suggested(workspace, one.account, other)
    with workspace.store.read() as connection:
        theirs = store.erasing.accounts_of_tokens(connection, [token])[token]
    acts: list[Callable[[], object]] = [
        *(lambda number=number: undo_decision(workspace, number, **SAID) for number in decided(workspace)),
        lambda: undo_decision(workspace, max(before), only=True, dry_run=True, **SAID),
        lambda: merge_persons(workspace, [one.account, OTHER], **SAID),
        lambda: merge_persons(workspace, theirs[:2], **SAID),
        lambda: keep_apart(workspace, OTHER, one.account, **SAID),
        lambda: split_person(workspace, one.account, theirs[-1:], **SAID),
        lambda: accept_suggestion(workspace, suggestion, **SAID),
        lambda: refuse_suggestion(workspace, suggestion, **SAID),
    ]
    assert offered(workspace, other)
    for let_back in (False, True):
        if let_back:
            assert readmit(workspace, FIRST, who="Olha").lifted
        untouched, spent = state(workspace), sums(workspace)
        for act in acts:
            with pytest.raises(SkipError, match=r"erased person's.*stays as it is"):
                act()
        derive(workspace)
        assert (state(workspace), sums(workspace)) == (untouched, spent)
    card = person_card(workspace, other)
    assert card is not None and (card.erased, len(card.accounts)) == ([], 1)
    assert offered(workspace, other) == [other]


def test_nothing_is_due_about_the_erased_and_no_link_proves_them(one: Known) -> None:
    workspace = one.workspace
    for person in (FIRST, OTHER):
        add_reminder(workspace, person, date(2027, 1, 2), text="call", who="Olha")
    erase_person(workspace, FIRST, **SAID)
    assert [each.account for each in reminders(workspace)] == [account_of(workspace, OTHER)]
    with pytest.raises(PermanentError, match="erased person's"):
        ownership_link(workspace, one.account, site="https://www.example.com/", who="Olha")


@pytest.mark.parametrize("known_by", [FIRST.upper(), SPOKEN])
def test_who_was_erased_is_recognised_by_what_they_had(one: Known, known_by: str) -> None:
    workspace = one.workspace
    done = erase_person(workspace, FIRST, **SAID)
    again = erase_person(workspace, known_by, **SAID)
    assert (again.already, again.token, again.person) == (True, done.token, done.person)
    lifted = readmit(workspace, known_by, who="Olha").lifted
    assert erase_person(workspace, known_by, **SAID).token == done.token
    assert readmit(workspace, done.token, who="Olha").lifted == lifted, "they stayed away again"
    with pytest.raises(SkipError):
        erase_person(workspace, "somebody.else@example.com", **SAID)
    assert traces(workspace) == {}


def test_who_is_joined_to_the_erased_all_the_same_is_erased_as_somebody_else(one: Known) -> None:
    workspace, other = one.workspace, account_of(one.workspace, OTHER)
    one.shops.market.register(THIRD, billing={"first_name": "Ostap", "email": THIRD})
    one.shops.learn()
    parted = undo_decision(workspace, merge_persons(workspace, [OTHER, THIRD], **SAID).decisions[0], **SAID)
    done = erase_person(workspace, FIRST, **SAID)
    clock_of(one.shops).forward(minutes=1)
    with workspace.store.write() as connection:
        pair, now = (one.account, other), workspace.clock()
        store.decide_all(connection, DecisionKind.MUST_LINK, [pair], who="x", why="x", now=now)
    derive(workspace)
    with pytest.raises(SkipError, match="erased person's"):
        undo_decision(workspace, parted.decisions[0], **SAID)
    assert erase_person(workspace, one.account, **SAID).already, "who is named by an account is meant alone"
    spent = sums(workspace)
    second = erase_person(workspace, OTHER, **SAID)
    assert second.token != done.token and not second.already
    with workspace.store.read() as connection:
        found = store.erasing.accounts_of_tokens(connection, [done.token, second.token])
    assert found[second.token] == [other] and one.account in found[done.token]
    assert sums(workspace) == spent
