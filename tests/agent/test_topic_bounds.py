"""Bounds of one's own in a workspace: written once, kept by the account through merges and splits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from regulars_agent import (
    InteractionKind,
    Settings,
    TopicSettings,
    Workspace,
    add_interaction,
    add_ready_segment,
    derive,
    grant_consent,
    make_audience,
    merge_persons,
    person_card,
    refresh_segments,
    segment_members,
    split_person,
    take_back_interaction,
    topic_bounds,
    withdraw_consent,
)
from regulars_mapping import PermanentError, SkipError
from regulars_store import add_sendings, digest, tables
from shop_objects import Counter, contact, customer, open_counter

SAID: dict[str, Any] = {"who": "Iryna"}
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def counter(empty_workspace: Workspace) -> Counter:
    workspace = empty_workspace
    news = {"news": TopicSettings(title="News", least=1, most=2, days=30)}
    workspace.settings = Settings(**{**dict(workspace.settings), "topics": news})
    made = open_counter(workspace.store)
    made.land(customer("1", contact=contact("ann")), customer("2", contact=contact("bob")))
    derive(workspace)
    return made


def plan(workspace: Workspace, who: str) -> topic_bounds.TopicPlan:
    return next(one for one in topic_bounds.topic_plans(workspace, who) if one.topic == "news")


@pytest.mark.usefixtures("counter")
def test_the_next_date_follows_the_own_bounds_and_the_consent(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    assert (plan(workspace, ANN).opted_in, plan(workspace, ANN).due_by) == (False, None)
    opted = workspace.clock() - timedelta(days=10)
    grant_consent(workspace, ANN, source="a form", at=opted, **SAID)
    with workspace.store.write() as connection:
        account = connection.scalar(select(tables.account.c.id).where(tables.account.c.email_folded == ANN))
        sent = workspace.clock() - timedelta(days=5)
        add_sendings(connection, [str(account)], topic="news", kind="email", who="Iryna", at=sent)
    before = plan(workspace, ANN)
    assert (before.times, before.next_from, before.due_by) == (
        1,
        None,
        sent + timedelta(days=30),
    )
    change = topic_bounds.set_topic_bounds(workspace, ANN, "news", most=1, days=60, **SAID)
    assert (change.rhythm.least, change.rhythm.most, change.already) == (1, 1, False)
    assert topic_bounds.set_topic_bounds(workspace, ANN, "news", most=1, days=60, **SAID).already
    after = plan(workspace, ANN)
    assert after.next_from == after.due_by == sent + timedelta(days=60)
    assert plan(workspace, BOB).own is None
    card = person_card(workspace, change.person)
    assert card is not None and card.bounds["news"].most == 1
    topic_bounds.set_topic_bounds(workspace, ANN, "news", most=9, days=60, **SAID)
    assert plan(workspace, ANN).next_from is None
    withdraw_consent(workspace, ANN, topic="news", **SAID)
    assert (plan(workspace, ANN).opted_in, len(plan(workspace, ANN).bounds)) == (False, 1)


@pytest.mark.usefixtures("counter")
def test_bounds_follow_the_account_and_an_undone_merge_leaves_no_trace(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    topic_bounds.set_topic_bounds(workspace, ANN, "news", most=1, **SAID)
    merge_persons(workspace, [ANN, BOB], why="one household", **SAID)
    derive(workspace)
    assert plan(workspace, BOB).bounds == plan(workspace, ANN).bounds
    assert plan(workspace, BOB).bounds[0].most == 1
    split_person(workspace, "1:2", ["1:2"], why="a mistake", **SAID)
    derive(workspace)
    assert (plan(workspace, ANN).bounds[0].most, plan(workspace, BOB).bounds[0].most) == (1, 2)


@pytest.mark.usefixtures("counter")
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    with workspace.store.read() as connection:
        before = digest(connection)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("less than least", {"least": 3, "most": 2}),
        ("'days' is 0", {"days": 0}),
        ("'most' is 5000", {"most": 5_000}),
        ("'most' is 0, which is less than one", {"most": 0}),
        ("'most' is -1, which is less than one; leave it out", {"most": -1}),
        ("'least' is -1", {"least": -1}),
    ]
    for said, given in wrong:
        with pytest.raises(PermanentError, match=said):
            topic_bounds.set_topic_bounds(workspace, ANN, "news", **given, **SAID)
    with pytest.raises(PermanentError, match="no topic 'nwes'"):
        topic_bounds.set_topic_bounds(workspace, ANN, "nwes", most=1, **SAID)
    with pytest.raises(SkipError):
        topic_bounds.set_topic_bounds(workspace, "nobody@example.com", "news", most=1, **SAID)
    with workspace.store.read() as connection:
        assert digest(connection) == before


@pytest.mark.usefixtures("counter")
def test_whoever_heard_as_often_as_their_own_bounds_allow_is_quiet_until_the_next_may_go(
    empty_workspace: Workspace,
) -> None:
    workspace = empty_workspace
    clock: Any = workspace.clock
    add_ready_segment(workspace, "quiet", **SAID)
    for who in (ANN, BOB):
        grant_consent(workspace, who, source="a form", **SAID)

    def quiet() -> list[str]:
        derive(workspace)
        refresh_segments(workspace)
        return [member.email for member in segment_members(workspace, "quiet")]

    def written() -> int:
        expression = "number_of_orders = 0"
        return make_audience(workspace, topic="news", expression=expression, mark_sent=True, **SAID).persons

    topic_bounds.set_topic_bounds(workspace, ANN, "news", most=1, days=10, **SAID)
    assert quiet() == []
    assert (written(), quiet()) == (2, [ANN])
    clock.forward(days=9)
    assert (written(), quiet()) == (1, [ANN])
    clock.forward(days=2)
    assert quiet() == []
    talk = add_interaction(workspace, ANN, "The parcel", kind=InteractionKind.MAIL, direction="out", **SAID)
    assert quiet() == [ANN]
    take_back_interaction(workspace, talk.number, **SAID)
    assert quiet() == []
    topic_bounds.set_topic_bounds(workspace, ANN, "news", most=1, days=60, **SAID)
    assert quiet() == [ANN]
    topic_bounds.set_topic_bounds(workspace, ANN, "news", **SAID)
    assert quiet() == []
