"""The batch over a store, the queue for people, and what their decisions do."""

import sys

import pytest
from sqlalchemy import select

from regulars_agent import (
    SuggestionRun,
    Workspace,
    accept_suggestion,
    derive,
    make_suggestions,
    merge_persons,
    refuse_suggestion,
    suggestion,
    suggestions,
    undo_decision,
)
from regulars_mapping import MisconfiguredError, RetryError, SkipError
from regulars_store import digest, tables
from suggest_world import crowd, put_accounts


@pytest.fixture
def twelve(empty_workspace: Workspace) -> Workspace:
    """A small store in which twelve of ninety people have a second account."""
    put_accounts(empty_workspace.store, crowd(90, twice=12))
    return empty_workspace


def pairs(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.a["id"], one.b["id"]) for one in suggestions(workspace, limit=1_000)]


def run(workspace: Workspace) -> SuggestionRun:
    settings = workspace.settings
    chosen = settings.identity.model_copy(update={"share": 1.0})
    workspace.settings = settings.model_copy(update={"identity": chosen})
    return make_suggestions(workspace)


def test_the_queue_holds_the_second_accounts_with_the_evidence_in_words(twelve: Workspace) -> None:
    made = run(twelve)
    found = pairs(twelve)
    assert made.waiting == len(found)
    assert len([a for a, b in found if a[2:] == b[2:]]) >= 11
    assert (made.accounts, made.learnt) == (102, ())
    first = suggestions(twelve, limit=1)[0]
    assert "same" in first.words
    assert first.a["addresses"][0]["city"] == first.b["addresses"][0]["city"]
    assert first.prior + sum(one.bits for one in first.reasons) == pytest.approx(first.bits, abs=0.01)
    assert suggestion(twelve, first.id) == first


def test_running_again_gives_the_same_queue_and_touches_no_derivation(twelve: Workspace) -> None:
    with twelve.store.read() as connection:
        before = digest(connection)
    first = run(twelve)
    found = suggestions(twelve, limit=1_000)
    assert run(twelve) == first
    assert suggestions(twelve, limit=1_000) == found
    with twelve.store.read() as connection:
        assert digest(connection) == before


def test_the_queue_is_no_longer_than_the_owner_says(twelve: Workspace) -> None:
    assert make_suggestions(twelve).waiting == int(0.05 * 102)


def test_an_accepted_pair_is_one_person_and_a_refused_one_never_comes_back(twelve: Workspace) -> None:
    run(twelve)
    first, second, *_ = suggestions(twelve)
    done = accept_suggestion(twelve, first.id, who="the owner", why="asked her")
    assert (len(done.before), len(done.after), len(done.decisions)) == (2, 1, 1)
    refuse_suggestion(twelve, second.id, who="the owner", why="")
    assert {first.id, second.id}.isdisjoint(one.id for one in suggestions(twelve, limit=1_000))
    derive(twelve)
    run(twelve)
    assert {first.id, second.id}.isdisjoint(one.id for one in suggestions(twelve, limit=1_000))
    with twelve.store.read() as connection:
        ids = (first.a["id"], first.b["id"])
        account = tables.account.c
        assert len(set(connection.scalars(select(account.person_id).where(account.id.in_(ids))))) == 1
        audited = list(connection.scalars(select(tables.audit.c.action).order_by(tables.audit.c.id)))
    settled = [action for action in audited if action.startswith("suggestion ")]
    assert settled[-2:] == ["suggestion accepted", "suggestion refused"]
    with pytest.raises(SkipError, match="does not wait"):
        refuse_suggestion(twelve, first.id, who="the owner", why="")


def test_an_accepted_pair_is_joined_at_once_with_all_accounts_and_whoever_kept_them_apart_is_outweighed(
    twelve: Workspace,
) -> None:
    run(twelve)
    first, other, *_ = suggestions(twelve)
    (a, b), third = (first.a["id"], first.b["id"]), other.a["id"]
    merge_persons(twelve, [b, third], who="the owner", why="a family")
    rehearsed = accept_suggestion(twelve, first.id, who="the owner", dry_run=True)
    assert (rehearsed.rehearsed, rehearsed.decisions) == (True, ())
    assert suggestion(twelve, first.id).id == first.id
    done = accept_suggestion(twelve, first.id, who="the owner")
    assert {frozenset(one.accounts) for one in done.before} == {frozenset({a}), frozenset({b, third})}
    assert [set(one.accounts) for one in done.after] == [{a, b, third}]
    undone = undo_decision(twelve, done.decisions[0], who="the owner", why="a mistake")
    assert {frozenset(one.accounts) for one in undone.after} == {frozenset({a}), frozenset({b, third})}


def test_one_run_at_a_time(twelve: Workspace) -> None:
    from regulars_agent._leases import held

    with held(twelve, "suggest"):
        twelve.owner += "-another"
        with pytest.raises(RetryError):
            make_suggestions(twelve)


def test_without_the_extra_the_remedy_is_named(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the interpreter itself takes for a module that is not there.
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(MisconfiguredError, match=r'pip install "regulars\[identity\]"'):
        make_suggestions(empty_workspace)


def test_an_empty_store_gives_an_empty_queue(empty_workspace: Workspace) -> None:
    assert make_suggestions(empty_workspace).waiting == 0
    assert suggestions(empty_workspace) == []
