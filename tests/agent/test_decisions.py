"""Merging, splitting and taking back: it holds at once, and leaves no trace once it is taken back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

import regulars_store as store
from agent_world import World
from identity_scene import Scene, steps
from identity_world import Attributes
from regulars_agent import (
    Decided,
    Workspace,
    change_shop_options,
    derive,
    identity_journal,
    keep_apart,
    merge_persons,
    person_card,
    split_person,
    undo_decision,
)
from regulars_agent import _decisions as decisions_module
from regulars_mapping import STANDARD_GUARD, PermanentError, RetryError, SkipError
from regulars_store import tables

SAID = {"who": "Olha", "why": "told us at the till"}
JOURNAL = "identity_decision"


def account(world: World, number: int) -> str:
    return f"{world.shop.id}:{number}"


def merge(world: World, *numbers: int, **terms: Any) -> Decided:
    return merge_persons(world.workspace, [account(world, one) for one in numbers], **SAID, **terms)


def derivations(workspace: Workspace) -> dict[str, str]:
    with workspace.store.read() as connection:
        parts = store.digest_parts(connection)
    parts.pop(JOURNAL)
    return parts


def count(workspace: Workspace, table: Any) -> int:
    with workspace.store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def persons(decided: Decided) -> list[tuple[str, ...]]:
    return sorted(person.accounts for person in decided.after)


@pytest.fixture
def trusted(world: World) -> World:
    """The small shop, whose owner says that it checks e-mails: everybody profits from their whole history."""
    change_shop_options(world.workspace, "tea", {"checks_emails": "yes"}, who="the owner")
    derive(world.workspace)
    return world


def test_a_merge_joins_at_once_with_sums_and_offers(trusted: World) -> None:
    done = merge(trusted, 1, 2, 3)
    one, two, three = (account(trusted, number) for number in (1, 2, 3))
    assert (done.already, done.rehearsed, len(done.decisions)) == (False, False, 3)
    (person,) = done.after
    assert person.accounts == (one, two, three)
    assert person.id == done.before[0].id or person.id in {each.id for each in done.before}
    assert [(total.orders, total.net) for total in person.totals] == [(3, 800_000)]
    assert {change.account for change in done.offers} == {one, two}
    card = person_card(trusted.workspace, two)
    assert card is not None and [fact["net"] for fact in card.facts] == [800_000]
    assert {offer["percent"] for offer in card.offers} == {500}
    assert not any(count_dirty(trusted.workspace).values())


def count_dirty(workspace: Workspace) -> dict[str, int]:
    with workspace.store.read() as connection:
        return {stage: store.dirty_count(connection, stage) for stage in ("identity", "facts")}


def test_a_merge_is_planned_for_the_shops(trusted: World) -> None:
    trusted.plan()
    trusted.apply()
    merge(trusted, 1, 3)
    assert trusted.plan().counts["create coupon"] == 1
    assert trusted.apply().complete
    trusted.assert_settled()


def test_a_rehearsal_tells_the_same_and_leaves_nothing(trusted: World) -> None:
    before, audited = derivations(trusted.workspace), count(trusted.workspace, tables.audit)
    rehearsed = merge(trusted, 1, 3, dry_run=True)
    assert rehearsed.rehearsed and rehearsed.decisions == ()
    assert derivations(trusted.workspace) == before
    assert count(trusted.workspace, tables.identity_decision) == 0
    assert count(trusted.workspace, tables.audit) == audited
    assert not any(count_dirty(trusted.workspace).values())
    done = merge(trusted, 1, 3)
    assert (done.before, done.after, done.offers) == (rehearsed.before, rehearsed.after, rehearsed.offers)


def test_who_is_one_person_already_is_told_so(world: World) -> None:
    merge(world, 1, 2)
    again = merge(world, 2, 1)
    assert again.already and again.decisions == ()
    assert count(world.workspace, tables.identity_decision) == 1


def test_a_merge_is_audited_without_personal_data(world: World) -> None:
    done = merge(world, 1, 2)
    with world.store.read() as connection:
        rows = connection.execute(select(tables.audit).where(tables.audit.c.action == "person merge")).all()
    (row,) = rows
    assert (row.who, row.detail) == ("Olha", {"decisions": list(done.decisions), "accounts": 2})


def test_emails_phones_and_person_ids_name_persons_too(world: World) -> None:
    first = person_card(world.workspace, account(world, 1))
    assert first is not None
    done = merge_persons(world.workspace, [first.person["id"], "PERSON2@example.com"], **SAID)
    assert persons(done) == [(account(world, 1), account(world, 2))]


@pytest.mark.parametrize("nobody", ["nobody@example.com", "+380671112233", "9:9", "x" * 300, "\x00"])
def test_nobody_cannot_be_merged(world: World, nobody: str) -> None:
    with pytest.raises(SkipError, match="regulars person find"):
        merge_persons(world.workspace, [account(world, 1), nobody], **SAID)


def test_an_account_that_is_gone_cannot_be_merged(world: World) -> None:
    merge(world, 1, 2)
    world.double.delete_customer(2)
    world.recount()
    with pytest.raises(SkipError, match="no longer has it"):
        merge(world, 1, 2)
    ((line,),) = [act.lines for act in identity_journal(world.workspace, account(world, 2))]
    assert (line.state, line.effect) == ("sleeps", f"sleeps: the shop has no account {account(world, 2)} now")
    assert identity_journal(world.workspace, account(world, 1))[0].lines == (line,)


@pytest.mark.parametrize("terms", [{"why": " "}, {"why": "x" * 1_001}, {"who": "shop tea"}])
def test_an_act_needs_an_author_and_a_reason(world: World, terms: dict[str, str]) -> None:
    with pytest.raises(PermanentError):
        merge_persons(world.workspace, [account(world, 1), account(world, 2)], **{**SAID, **terms})


def test_one_alone_is_no_merge(world: World) -> None:
    with pytest.raises(PermanentError, match="two persons"):
        merge(world, 1)


def test_while_another_worker_derives_nothing_is_decided(world: World) -> None:
    with world.store.write() as connection:
        ttl = world.workspace.settings.lease.ttl
        now = world.clock()
        store.take_lease(connection, "derive:facts", owner="elsewhere:1:0", now=now, ttl=ttl)
    with pytest.raises(RetryError, match=r"machine elsewhere \(process 1\)"):
        merge(world, 1, 2)
    assert count(world.workspace, tables.identity_decision) == 0


def test_undoing_a_merge_leaves_the_derivations_of_never_merging(trusted: World) -> None:
    before = derivations(trusted.workspace)
    done = merge(trusted, 1, 2, 3)
    assert derivations(trusted.workspace) != before
    undone = undo_decision(trusted.workspace, done.decisions[1], **SAID)
    assert (undone.before, undone.after) == (done.after, done.before)
    assert derivations(trusted.workspace) == before
    assert len(undone.decisions) == 3
    again = undo_decision(trusted.workspace, done.decisions[0], **SAID)
    assert again.already
    states = [
        line.state for act in identity_journal(trusted.workspace, account(trusted, 1)) for line in act.lines
    ]
    assert sorted(states) == ["revoked", "revoked", "stands", "stands"]


def test_one_decision_of_an_act_can_be_taken_back_alone(world: World) -> None:
    done = merge(world, 1, 2, 3)
    undone = undo_decision(world.workspace, done.decisions[0], only=True, **SAID)
    assert len(undone.decisions) == 1
    assert len(undone.after) == 1, "the other two words still hold them together"


def test_taking_back_can_be_taken_back(world: World) -> None:
    done = merge(world, 1, 2)
    merged = derivations(world.workspace)
    undone = undo_decision(world.workspace, done.decisions[0], **SAID)
    undo_decision(world.workspace, undone.decisions[0], **SAID)
    assert derivations(world.workspace) == merged


def test_an_unknown_decision_cannot_be_taken_back(world: World) -> None:
    with pytest.raises(PermanentError, match="person decisions"):
        undo_decision(world.workspace, 77, **SAID)


def test_a_split_after_a_merge_gives_back_the_ids(trusted: World) -> None:
    before = derivations(trusted.workspace)
    done = merge(trusted, 1, 2)
    (merged,) = done.after
    parted = split_person(trusted.workspace, merged.id, [account(trusted, 2)], **SAID)
    assert parted.after == done.before
    assert derivations(trusted.workspace) == before
    states = [
        (act.kind, line.state) for act in identity_journal(trusted.workspace, merged.id) for line in act.lines
    ]
    assert states == [("must_link", "superseded"), ("cannot_link", "stands")]


def test_the_part_that_leaves_may_be_the_one_with_the_smallest_anchor(world: World) -> None:
    (merged,) = merge(world, 1, 2).after
    for _ in range(2):
        parted = split_person(world.workspace, merged.id, [account(world, 1)], **SAID)
    assert parted.already
    assert count(world.workspace, tables.identity_decision) == 2


def test_split_again_is_told_so_and_a_later_merge_outweighs_it(world: World) -> None:
    (merged,) = merge(world, 1, 2, 3).after
    split_person(world.workspace, merged.id, ["person3@example.com"], **SAID)
    said = count(world.workspace, tables.identity_decision)
    again = split_person(world.workspace, merged.id, [account(world, 3)], **SAID)
    assert again.already and count(world.workspace, tables.identity_decision) == said
    assert persons(merge(world, 2, 3)) == [tuple(account(world, number) for number in (1, 2, 3))]


def test_what_stays_after_a_split_stays_together(world: World) -> None:
    (merged,) = merge(world, 1, 2, 3).after
    parted = split_person(world.workspace, merged.id, [account(world, 1)], **SAID)
    assert persons(parted) == [(account(world, 1),), (account(world, 2), account(world, 3))]


def test_an_account_of_somebody_else_cannot_be_split_off(world: World) -> None:
    (merged,) = merge(world, 1, 2).after
    with pytest.raises(PermanentError, match="it is person"):
        split_person(world.workspace, merged.id, [account(world, 3)], **SAID)
    with pytest.raises(PermanentError, match="not all"):
        split_person(world.workspace, merged.id, [account(world, 1), account(world, 2)], **SAID)


def test_too_many_pairs_are_refused_before_anything_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (merged,) = merge(world, 1, 2, 3).after
    monkeypatch.setattr(decisions_module, "MOST_PAIRS", 1)
    with pytest.raises(PermanentError, match="fewer accounts"):
        split_person(world.workspace, merged.id, [account(world, 1)], **SAID)


def test_two_who_are_kept_apart_stay_two_whatever_links_them_later(world: World) -> None:
    keep_apart(world.workspace, account(world, 1), account(world, 2), **SAID)
    assert keep_apart(world.workspace, account(world, 2), account(world, 1), **SAID).already
    with world.store.write() as connection:
        row = tables.account.update().where(tables.account.c.id == account(world, 2))
        connection.execute(row.values(email_folded="person1@example.com"))
        store.mark_dirty(connection, "identity", [account(world, 2)])
    derive(world.workspace)
    (line,) = identity_journal(world.workspace, account(world, 1))[0].lines
    assert line.effect == "keeps apart what evidence connects"
    with pytest.raises(PermanentError, match="person split"):
        keep_apart(world.workspace, account(world, 1), account(world, 1), **SAID)


def test_a_text_that_may_mean_two_is_refused_with_both(world: World) -> None:
    with world.store.write() as connection:
        where = tables.account.c.id.in_([account(world, 1), account(world, 2)])
        connection.execute(tables.account.update().where(where).values(phone_e164="+380671112233"))
    with pytest.raises(PermanentError, match="several persons"):
        merge_persons(world.workspace, ["+380671112233", account(world, 3)], **SAID)


def test_a_clock_that_was_set_back_makes_no_word_older(world: World) -> None:
    merge(world, 1, 2)
    world.clock.forward(days=-2)
    (merged,) = merge(world, 1, 3).after
    parted = split_person(world.workspace, merged.id, [account(world, 2)], **SAID)
    assert (account(world, 2),) in persons(parted)


def test_contradicting_names_are_told(world: World) -> None:
    with world.store.write() as connection:
        row = tables.account.update().where(tables.account.c.id == account(world, 2))
        connection.execute(row.values(given_name="Taras", family_name="Koval"))
        other = tables.account.update().where(tables.account.c.id == account(world, 1))
        connection.execute(other.values(given_name="Olena", family_name="Koval"))
        born = tables.person.update()
        for number, day in ((1, "1990-05-17"), (2, "1991-05-17")):
            mine = tables.person.c.anchor == account(world, number)
            connection.execute(born.where(mine).values(birth_date=day, gender="m" if number == 2 else "f"))
    done = merge(world, 1, 2, dry_run=True)
    name, birth, gender = done.contradictions
    assert "Olena Koval" in name and "Taras Koval" in name
    assert "1990-05-17" in birth and "1991-05-17" in birth
    assert "a man and the other a woman" in gender


def test_an_unknown_year_or_gender_contradicts_nothing(world: World) -> None:
    with world.store.write() as connection:
        for number, day in ((1, "1990-05-17"), (2, "--05-17")):
            mine = tables.person.c.anchor == account(world, number)
            connection.execute(tables.person.update().where(mine).values(birth_date=day))
    assert merge(world, 1, 2, dry_run=True).contradictions == ()


anchored = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "apart", "undo"]), st.integers(0, 9), st.integers(0, 9)),
    max_size=6,
)


decided = given(
    history=steps, acts=anchored, last=st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
)
beside = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@beside
@decided
def test_whatever_was_decided_a_merge_joins_exactly_the_named_and_undoing_all_leaves_no_trace(
    empty_workspace: Workspace, history: Any, acts: Any, last: Any
) -> None:
    joins_exactly_the_named(empty_workspace, history, acts, last)


@pytest.mark.slow
@settings(beside, max_examples=60)
@decided
def test_so_it_is_in_many_more_histories(
    empty_workspace: Workspace, history: Any, acts: Any, last: Any
) -> None:
    joins_exactly_the_named(empty_workspace, history, acts, last)


def joins_exactly_the_named(empty_workspace: Workspace, history: Any, acts: Any, last: Any) -> None:
    scene = Scene(empty_workspace.store, guard=STANDARD_GUARD).play([*history])
    derive(empty_workspace)
    before, said = derivations(empty_workspace), count(empty_workspace, tables.identity_decision)
    made: list[int] = []
    for verb, one, other in acts:
        made += act(empty_workspace, scene, made, verb, one, other)
    members = scene.members()
    owner = {id_: who for who, ids in members.items() for id_ in ids}
    named = [id_ for number in last if (id_ := pick(scene, number)) in owner]
    if len(named) > 1:
        whole = set().union(*(members[owner[id_]] for id_ in named))
        others = {frozenset(ids) for ids in members.values() if not ids & whole}
        done = merge_persons(empty_workspace, named, **SAID)
        assert scene.persons() == others | {frozenset(whole)}
        made += done.decisions
    assert count(empty_workspace, tables.identity_decision) == said + len(made)
    for number in reversed(made):
        undo_decision(empty_workspace, number, only=True, **SAID)
    assert derivations(empty_workspace) == before


def pick(scene: Scene, number: int) -> str:
    known = sorted(scene.world)
    return known[number % len(known)] if known else ""


def act(workspace: Workspace, scene: Scene, made: list[int], verb: str, one: int, other: int) -> list[int]:
    a, b = pick(scene, one), pick(scene, other)
    try:
        if verb == "merge":
            return list(merge_persons(workspace, [a, b], **SAID).decisions)
        if verb == "split":
            return list(split_person(workspace, a, [b], **SAID).decisions)
        if verb == "apart":
            return list(keep_apart(workspace, a, b, **SAID).decisions)
    except (SkipError, PermanentError):
        return []
    if made:
        number = made[one % len(made)]
        return list(undo_decision(workspace, number, **SAID).decisions)
    return []


def test_a_split_holds_whatever_comes_and_whoever_goes(empty_workspace: Workspace) -> None:
    scene = Scene(empty_workspace.store, guard=STANDARD_GUARD)
    same = Attributes("anna@example.com", "", "Anna", "Koval")
    for number in ("1:1", "1:2", "1:3", "1:4"):
        scene.put(number, same)
    scene.play([])
    derive(empty_workspace)
    parted = split_person(empty_workspace, "1:1", ["1:3", "1:4"], **SAID)
    assert persons(parted) == [("1:1", "1:2"), ("1:3", "1:4")]
    for gone, left in (("1:1", {"1:2"}), ("1:3", {"1:4"})):
        scene.lose(gone)
        scene.play([])
        assert any(ids == left for ids in map(set, scene.persons()))
    scene.put("1:5", same)
    scene.play([])
    assert not any({"1:2", "1:4"} <= ids for ids in scene.persons())
