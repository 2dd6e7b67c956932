"""Shops, checkpoints, dirty marks, runs and audit."""

import pytest
from sqlalchemy import insert, select

from offer_rows import give_offer
from purchases import World
from regulars_mapping import MisconfiguredError
from regulars_store import (
    CheckpointUpdate,
    Store,
    add_shop,
    begin_run,
    checkpoint_of,
    checkpoints_below,
    clear_dirty,
    dirty_count,
    dirty_marks,
    end_run,
    mark_dirty,
    person_record,
    person_to_show,
    remove_shop,
    save_checkpoint,
    shop_named,
    shops,
    tables,
    update_shop,
    write_audit,
)
from shop_objects import day, open_counter


def test_a_shop_keeps_what_its_check_learnt(store: Store) -> None:
    shop = open_counter(store).shop
    with store.write() as connection:
        learnt = {"zone": "Europe/Kyiv", "currency": "UAH", "country": "UA"}
        update_shop(connection, shop.id, **learnt, capabilities=["b", "a"])
        update_shop(connection, shop.id, zone=None, currency="EUR", country=None, capabilities=None)
        found = shop_named(connection, "main")
    assert (found.zone, found.currency, found.country) == ("Europe/Kyiv", "EUR", "UA")
    assert found.capabilities == ("a", "b"), "what a check cannot see stays as it was known"


def test_an_unknown_shop_names_those_there_are(store: Store) -> None:
    open_counter(store)
    with pytest.raises(MisconfiguredError, match="connected are: main"), store.read() as connection:
        shop_named(connection, "other")


@pytest.mark.parametrize(("name", "url"), [("main", "https://new.example"), ("new", "https://main.example")])
def test_a_name_or_shop_that_is_taken_is_refused(store: Store, name: str, url: str) -> None:
    open_counter(store)
    with pytest.raises(MisconfiguredError, match="main"), store.write() as connection:
        add_shop(connection, name=name, platform="woocommerce", url=url, options={}, now=day(0))


def test_a_removed_shop_frees_its_name_and_comes_back_with_its_history(store: Store) -> None:
    first = open_counter(store).shop
    with store.write() as connection:
        remove_shop(connection, first.id, now=day(1))
        assert shops(connection) == []
    other = open_counter(store, name="second").shop
    again = open_counter(store, name="main").shop
    assert again.id == first.id != other.id


def test_a_checkpoint_moves_and_counts(store: Store) -> None:
    shop = open_counter(store).shop
    with store.write() as connection:
        assert checkpoint_of(connection, shop.id, "order", "history") is None
        for number in (1, 2):
            moved = CheckpointUpdate("order", "history", {"page": number}, done=False)
            save_checkpoint(connection, shop.id, moved, now=day(number), landed=10)
        done = CheckpointUpdate("order", "history", None, done=True)
        save_checkpoint(connection, shop.id, done, now=day(3))
        found = checkpoint_of(connection, shop.id, "order", "history")
    assert found is not None
    assert (found.cursor, found.done, found.landed, found.updated_at) == (None, True, 20, day(3))


def test_checkpoints_are_found_by_the_beginning_of_their_scan(store: Store) -> None:
    shop = open_counter(store).shop
    with store.write() as connection:
        for kind, scan in (
            ("order", "history:2026-04"),
            ("order", "history:2026-03"),
            ("order", "history"),
            ("order", "historyX2026-03"),
            ("product", "history:2026-03"),
        ):
            save_checkpoint(connection, shop.id, CheckpointUpdate(kind, scan, None, done=False), now=day(1))
        found = checkpoints_below(connection, shop.id, "order", "history:")
    assert [one.scan for one in found] == ["history:2026-03", "history:2026-04"]


def test_marks_come_in_the_order_of_keys_and_go_when_cleared(store: Store) -> None:
    with store.write() as connection:
        mark_dirty(connection, "facts", ["b", "a", "b", "c"])
        mark_dirty(connection, "identity", ["z"])
        assert dirty_count(connection, "facts") == 3
        marks = dirty_marks(connection, "facts", limit=2)
        clear_dirty(connection, "facts", marks)
        assert [mark.key for mark in marks] == ["a", "b"]
        assert [mark.key for mark in dirty_marks(connection, "facts", limit=9)] == ["c"]
        assert dirty_count(connection, "identity") == 1


def test_a_mark_made_anew_survives_the_clearing_of_the_old(store: Store) -> None:
    with store.write() as connection:
        mark_dirty(connection, "facts", ["a"])
        marks = dirty_marks(connection, "facts", limit=9)
        mark_dirty(connection, "facts", ["a"])
        clear_dirty(connection, "facts", marks)
        assert dirty_count(connection, "facts") == 1


def test_a_mark_made_anew_after_another_cleared_it_survives_too(store: Store) -> None:
    with store.write() as connection:
        mark_dirty(connection, "facts", ["a"])
        marks = dirty_marks(connection, "facts", limit=9)
        clear_dirty(connection, "facts", marks)
        mark_dirty(connection, "facts", ["a"])
        clear_dirty(connection, "facts", marks)
        assert dirty_count(connection, "facts") == 1


def test_runs_and_acts_are_written_down(store: Store) -> None:
    shop = open_counter(store).shop
    with store.write() as connection:
        run = begin_run(connection, shop_id=shop.id, command="sync", now=day(0))
        end_run(connection, run, now=day(1), complete=False, counts={"order": {"new": 1}}, problem="stopped")
        write_audit(connection, who="anna", action="drop", subject="1", detail={"why": "test"}, now=day(1))
        found = connection.execute(select(tables.sync_run)).one()
        act = connection.execute(select(tables.audit)).one()
    assert (found.ended_at, found.complete, found.counts, found.problem) == (
        day(1),
        False,
        {"order": {"new": 1}},
        "stopped",
    )
    assert (act.who, act.detail) == ("anna", {"why": "test"})


def test_the_person_to_show_bought_as_a_guest_too_and_has_a_discount(store: Store) -> None:
    world = World(store)
    world.shop(1, "tea")
    people = {"both": (True, False), "only-guest": (False,), "no-discount": (True, False)}
    for person, kinds in people.items():
        for registered in kinds:
            account = world.account(person)
            world.change(tables.account, account, registered=registered)
            if registered or len(kinds) == 1:
                give_offer(store, account, 0 if person == "no-discount" else 700)
    with store.read() as connection:
        assert person_to_show(connection, 1) == "both"
        assert person_to_show(connection, 2) is None


def test_a_record_has_the_offer_of_each_account(store: Store) -> None:
    world = World(store)
    world.shop(1, "tea")
    accounts = [world.account("1:1") for _ in range(2)]
    with store.write() as connection:
        texts = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone")
        row = {"id": "1:1", "anchor": "1:1", "sources": {}, "accounts": 2, **dict.fromkeys(texts, "")}
        connection.execute(insert(tables.person), [row])
    for account, percent in zip(accounts, (700, 300), strict=True):
        give_offer(store, account, percent)
    with store.read() as connection:
        record = person_record(connection, accounts[1])
    assert record is not None
    assert [(row["id"], row["percent"]) for row in record["offers"]] == [
        (accounts[0], 700),
        (accounts[1], 300),
    ]
