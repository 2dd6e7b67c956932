"""Segments as the agent serves them: kept at once with their members, explained, moved by time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

import regulars_store as store
from profile_rows import profile, put_profiles
from purchases import World
from regulars_agent import (
    Workspace,
    add_ready_segment,
    add_segment,
    change_segment,
    count_segment,
    derive,
    disable_segment,
    explain_membership,
    refresh_segments,
    segment_details,
    segment_members,
    segments,
    try_segment,
)
from regulars_agent import _segment_changes as changes
from regulars_agent._chores import do_chores
from regulars_agent._leases import held
from regulars_mapping import PermanentError, RetryError, SkipError
from regulars_marketing import SegmentError

OLHA = {"who": "Olha"}


@pytest.fixture
def shop(empty_workspace: Workspace) -> World:
    """Three persons of a shop in Kyiv that counts in hryvnias; the third has no profile yet."""
    world = World(empty_workspace.store)
    world.shop(1, "tea", zone="Europe/Kyiv")
    for person in ("p1", "p2", "p3"):
        world.account(person, email=f"{person}@example.com", email_folded=f"{person}@example.com")
    last = empty_workspace.clock() - timedelta(days=89, hours=12)
    put_profiles(world.store, [profile("p1", spent=10_000), profile("p2", spent=5_000, last_order_at=last)])
    return world


@pytest.mark.usefixtures("shop")
def test_a_segment_has_its_members_as_soon_as_it_is_kept_and_none_once_it_is_off(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PERSONS_AT_ONCE", 1)
    tried = try_segment(empty_workspace, "amount_spent>=50", limit=1)
    assert (tried.expression, tried.count, [each.person for each in tried.some]) == (
        *("amount_spent >= 50", 2),
        ["p1"],
    )
    foreseen = add_segment(empty_workspace, "big", "amount_spent >= 50", dry_run=True, **OLHA)
    assert (foreseen.segment.version, foreseen.count, foreseen.before, foreseen.rehearsed) == (
        1,
        2,
        None,
        True,
    )
    assert segments(empty_workspace) == []
    saved = add_segment(empty_workspace, "big", "amount_spent >= 50", title="Big", **OLHA)
    assert (saved.count, saved.moved.entered) == (2, 2)
    members = segment_members(empty_workspace, "big")
    assert [each.person for each in members] == ["p1", "p2"]
    assert [each.person for each in segment_members(empty_workspace, "big", after="p1")] == ["p2"]
    assert change_segment(empty_workspace, "big", expression="amount_spent > 50", **OLHA).moved.left == 1
    assert [each.since for each in segment_members(empty_workspace, "big")] == [members[0].since]
    assert count_segment(empty_workspace, "big") == count_segment(empty_workspace, "amount_spent > 50") == 1
    assert disable_segment(empty_workspace, "big", **OLHA).moved.left == 1
    details = segment_details(empty_workspace, "big")
    assert ([each.version for each in details.versions], details.members) == ([3, 2, 1], 0)
    again = add_segment(empty_workspace, "big", **OLHA)
    assert (again.segment.expression, again.moved.entered) == ("amount_spent > 50", 1)
    assert add_ready_segment(empty_workspace, "top", language="uk", **OLHA).segment.title.startswith(
        "Найкраща"
    )


@pytest.mark.usefixtures("shop")
def test_what_is_refused_leaves_nothing_behind(empty_workspace: Workspace) -> None:
    with pytest.raises(SegmentError):
        add_segment(empty_workspace, "big", "amount_spnt > 1", **OLHA)
    with pytest.raises(PermanentError, match="is no segment yet"):
        add_segment(empty_workspace, "big", **OLHA)
    with held(empty_workspace, "derive:facts"), pytest.raises(RetryError):
        add_segment(empty_workspace, "big", "amount_spent > 1", **OLHA)
    with pytest.raises(SkipError, match="no segment 'big'"):
        segment_members(empty_workspace, "big")
    with empty_workspace.store.read() as connection:
        for table in (store.tables.segment, store.tables.segment_member, store.tables.audit):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_time_makes_an_order_due_and_then_missing(empty_workspace: Workspace, shop: World) -> None:
    now = empty_workspace.clock()
    waiting = {"orders": 2, "frequency": "rare", "rhythm_days": 45}
    waiting |= {"last_order_at": now - timedelta(days=44), "next_order_at": now + timedelta(days=1)}
    put_profiles(shop.store, [profile("p1", **waiting)])
    ready = ("due", "lapsing")
    assert [add_ready_segment(empty_workspace, key, **OLHA).count for key in ready] == [0, 0]
    for days, expected in ((2, [1, 0]), (30, [0, 1]), (300, [0, 0])):
        empty_workspace.clock.forward(days=days)  # type: ignore[attr-defined]  the tests' clock
        refresh_segments(empty_workspace)
        assert [len(segment_members(empty_workspace, key)) for key in ready] == expected


def test_time_moves_people_once_the_daily_chores_had_everybody_computed(
    empty_workspace: Workspace, shop: World
) -> None:
    placed = empty_workspace.clock() - timedelta(days=89, hours=12)
    shop.order(shop.account("p4"), 50_00, placed_at=placed)
    shop.person("p4")
    add_segment(empty_workspace, "late", "last_order_date < -90d", **OLHA)
    for days, expected in ((0, 0), (2, 1)):
        empty_workspace.clock.forward(days=days)  # type: ignore[attr-defined]  the tests' clock
        assert do_chores(empty_workspace).keys() == {"birthdays", "stops_suggested", "everybody"}
        derive(empty_workspace)
        assert len(segment_members(empty_workspace, "late")) == expected
    assert refresh_segments(empty_workspace) == store.segments.MembersChange()


@pytest.mark.usefixtures("shop")
def test_whom_a_segment_left_behind_when_it_went_off_goes_by_the_chores(empty_workspace: Workspace) -> None:
    add_segment(empty_workspace, "early", "last_order_date > -900d", **OLHA)
    with empty_workspace.store.write() as connection:
        connection.execute(update(store.tables.segment).values(enabled=False))
    with held(empty_workspace, "derive:facts"):
        assert "segments_left" not in do_chores(empty_workspace)
    assert do_chores(empty_workspace)["segments_left"] == 1


def test_it_is_explained_why_somebody_is_in_or_not_and_what_would_turn_it(
    empty_workspace: Workspace, shop: World
) -> None:
    add_segment(empty_workspace, "big", "amount_spent >= 80", **OLHA)
    said = explain_membership(empty_workspace, "p1@example.com", "big")
    assert (said.person, said.is_in, said.left_out, said.segment) == ("p1", True, "", "big")
    assert said.since is not None
    assert [(each.condition, each.value, each.holds) for each in said.because] == [
        ("amount_spent >= 80", "100.00", True)
    ]
    said = explain_membership(empty_workspace, "p2@example.com", "amount_spent >= 80")
    assert (said.is_in, said.since, said.segment) == (False, None, "")
    assert [(each.field, each.now, each.then) for each in said.change] == [("amount_spent", "50.00", "80.00")]
    said = explain_membership(empty_workspace, "p2@example.com", "last_order_date < -90d")
    assert said.turns_on is not None
    with pytest.raises(SkipError, match="Nothing was computed about p3 yet"):
        explain_membership(empty_workspace, "p3@example.com", "big")

    put_profiles(shop.store, [profile("p1", spent=10_000, status="archived")])
    said = explain_membership(empty_workspace, "p1@example.com", "big")
    assert (said.is_in, said.left_out.split(",")[0]) == (False, "archived")
    assert explain_membership(empty_workspace, "p1@example.com", "status = 'archived'").is_in
    with shop.store.write() as connection:
        account = connection.scalar(
            select(store.tables.account.c.id).where(store.tables.account.c.person_id == "p2")
        )
        connection.execute(insert(store.tables.erased_account), [{"account_id": account, "token": "t1"}])
        suppressed = {"token": "t1", "kind": "account", "at": empty_workspace.clock(), "digest": "d"}
        connection.execute(insert(store.tables.suppression), [suppressed])
    assert explain_membership(empty_workspace, "p2@example.com", "amount_spent = 50").left_out == "erased"


def test_shopifys_words_are_those_of_each_shopify_shop(empty_workspace: Workspace, shop: World) -> None:
    assert [each.shop for each in try_segment(empty_workspace, "amount_spent > 5").shopify] == [""]
    row = {"platform": "shopify", "currency": "USD", "name": "coffee", "url": "https://coffee.example.com"}
    shop.shop(2, "x")
    with shop.store.write() as connection:
        connection.execute(store.tables.shop.update().where(store.tables.shop.c.id == 2).values(**row))
    (said,) = try_segment(empty_workspace, "amount_spent > 5 AND number_of_orders > 1").shopify
    assert (said.shop, said.query) == ("coffee", None)
    assert said.reasons == ("amount_spent: the shop counts in another currency than UAH",)
    (said,) = try_segment(empty_workspace, "number_of_orders > 1").shopify
    assert replace(said, differences=()).query == "number_of_orders > 1"


@pytest.mark.usefixtures("shop")
def test_a_segment_that_is_off_says_so_and_how_to_switch_it_on(empty_workspace: Workspace) -> None:
    with pytest.raises(SkipError) as ready:
        explain_membership(empty_workspace, "p1@example.com", "regulars")
    assert str(ready.value) == (
        "The ready-made segment 'regulars' is off: nobody is in it. "
        "Switch it on: regulars segment add --ready regulars"
    )
    add_segment(empty_workspace, "big", "amount_spent >= 50", **OLHA)
    disable_segment(empty_workspace, "big", **OLHA)
    with pytest.raises(SkipError) as off:
        explain_membership(empty_workspace, "p1@example.com", "big")
    assert str(off.value) == (
        "The segment 'big' is off: nobody is in it. Switch it on: regulars segment add big; "
        "or ask by what it is: regulars segment explain PERSON 'amount_spent >= 50'"
    )
    assert explain_membership(empty_workspace, "p1@example.com", "amount_spent >= 50").is_in
