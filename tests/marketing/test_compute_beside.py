"""Everybody computed by two processes: the same rows as person after person, whatever comes between."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from profile_world import NOW, town
from purchases import gift, tiers, welcome
from regulars_mapping import RetryError
from regulars_marketing import (
    Programme,
    RatingSettings,
    _compute_all,
    _compute_beside,
    compute,
    compute_all,
    rate,
    rate_all,
    ready_segments,
    save_programme,
    write_profiles,
)
from regulars_marketing._compute import Part
from regulars_marketing._compute_noted import Notes, write_noted
from regulars_marketing._segments import add_segment
from regulars_store import Store, mark_dirty, open_store, ratings, tables

PEOPLE = 33
LATER = NOW + timedelta(days=40)
_COMPARED = ("person_fact", "person_profile", "rating", "segment_member", "offer", "tier_standing", "dirty")
_BY_CHANCE = {"rating": "id", "dirty": "stamp", "tier_standing": "id"}
SETTINGS = RatingSettings()


def _programmes() -> Iterator[Programme]:
    yield tiers(key="a-year", counts="year", downgrade="after", keeps_days=30)
    yield tiers(key="regulars", downgrade="never", priority=-1)
    yield welcome()
    yield gift("birthday", percent="12", before=60, after=60)
    yield gift("winback", percent="8", adds=True, cap="20")
    yield gift("seasonal", percent="3", first_day="2026-01-01", last_day="2026-12-31", level="X")
    yield gift("personal", percent="30", account="1:p003-0", why="kind", valid_until="2027-01-01T00:00:00Z")
    yield gift(
        "wholesale", key="grades", currency="UAH", counts="year", audience="rating >= 50",
        tiers=[{"threshold": "100.00", "percent": "9", "level": "W"}], adds=True, cap="25",
    )  # fmt: skip


def _filled(path: Path, seed: int = 3) -> Store:
    made = open_store(f"sqlite:///{path}")
    made.upgrade()
    town(seed, PEOPLE).store(made)
    _ruled(made)
    return made


def _ruled(store: Store) -> None:
    with store.write() as connection:
        some = tables.shop.c.id == 1
        connection.execute(update(tables.shop).where(some).values(options={"checks_emails": "yes"}))
        for programme in _programmes():
            save_programme(connection, programme, who="owner", now=NOW)
        for each in ready_segments():
            if "{top}" not in each.expression:
                add_segment(connection, each.key, each.expression, title="", who="owner", now=NOW)
        add_segment(connection, "best", "rating >= 60", title="", who="owner", now=NOW)


def _change(store: Store) -> None:
    """Orders that come and go, and others' accounts."""
    with store.write() as connection:
        some = tables.order.c.goods % 3 == 0
        connection.execute(update(tables.order).where(some).values(goods=tables.order.c.goods + 4_000_00))
        connection.execute(update(tables.order).where(tables.order.c.goods % 7 == 0).values(gone=True))
        taken = tables.account.c.person_id == "p004"
        connection.execute(update(tables.account).where(taken).values(person_id="p031"))
        for person in ("p005", "p021"):
            mark_dirty(connection, "facts", [person])


def _one_by_one(store: Store, now: datetime) -> None:
    with store.write() as connection:
        write_profiles(connection, None, now=now)
    rate_all(store, now=now, settings=SETTINGS)
    for number in range(PEOPLE):
        with store.write() as connection:
            compute(connection, [f"p{number:03}"], now=now)


def _rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with store.read() as connection:
        for name in _COMPARED:
            table = tables.metadata.tables[name]
            columns = [each for each in table.c if each.name != _BY_CHANCE.get(name)]
            found[name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
    return found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done for many, done for few."""
    monkeypatch.setattr(_compute_all, "LONG", 1)
    monkeypatch.setattr(_compute_all, "_NOTED", 7)


def _assert_alike(one: Store, other: Store) -> None:
    rows, expected = _rows(one), _rows(other)
    for name in _COMPARED:
        assert rows[name] == expected[name], name


@pytest.mark.usefixtures("few")
def test_everybody_computed_by_two_processes_has_the_rows_of_person_after_person(tmp_path: Path) -> None:
    fast, slow = _filled(tmp_path / "fast.sqlite3"), _filled(tmp_path / "slow.sqlite3")
    for now in (NOW, LATER):
        done = compute_all(fast, now=now, rating=SETTINGS, chunk=5)
        _one_by_one(slow, now)
        assert done.persons >= PEOPLE - 1
        _assert_alike(fast, slow)
        for store in (fast, slow):
            _change(store)
    fast.close()
    slow.close()


@pytest.mark.usefixtures("few")
def test_nobody_alone_changes_after_everybody(store: Store) -> None:
    """On each database: what all have together is what each has by themselves."""
    town(5, 12).store(store)
    _ruled(store)
    compute_all(store, now=NOW, rating=SETTINGS, chunk=5)
    before = _rows(store)
    with store.write() as connection:
        assert compute(connection, [f"p{number:03}" for number in range(12)], now=NOW).offers_changed == 0
    assert _rows(store) == before
    assert all(before[name] for name in _COMPARED[:5])


@pytest.mark.usefixtures("few")
def test_whoever_a_scale_was_made_of_is_no_newcomer_of_it(store: Store) -> None:
    """Else everybody would be measured, and computed in two goes, once more the day after."""
    town(5, 12).store(store)
    _ruled(store)
    for days in (0, 1):
        compute_all(store, now=NOW + timedelta(days=days), rating=SETTINGS, chunk=5)
        with store.read() as connection:
            scale = ratings.newest_scale(connection)
        assert scale is not None
        assert (scale.at, scale.newcomers) == (NOW, 0)
    with store.write() as connection:
        for table in (tables.rating, tables.rating_scale):
            connection.execute(delete(table))
        rate(connection, [f"p{number:03}" for number in range(12)], now=NOW, settings=SETTINGS)
        made = ratings.newest_scale(connection)
    assert made is not None
    assert made.newcomers == 0


@pytest.mark.slow
@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("after", [1, 4])
def test_broken_off_anywhere_and_done_again_it_is_whole(tmp_path: Path, after: int) -> None:
    store, whole = _filled(tmp_path / "broken.sqlite3"), _filled(tmp_path / "whole.sqlite3")
    left = count()

    @contextmanager
    def write() -> Iterator[Connection]:
        with store.write() as connection:
            yield connection
            if next(left) == after:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_all(store, now=NOW, rating=SETTINGS, write=write)
    compute_all(store, now=NOW, rating=SETTINGS)
    compute_all(whole, now=NOW, rating=SETTINGS)
    _assert_alike(store, whole)
    store.close()
    whole.close()


@pytest.mark.usefixtures("few")
def test_when_the_second_process_ends_it_is_said_and_due_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = _filled(tmp_path / "store.sqlite3")
    with monkeypatch.context() as ending:
        ending.setattr(_compute_beside, "_PROGRAM", "raise SystemExit(1)")
        with pytest.raises(RetryError, match="due again"):
            compute_all(store, now=NOW)
    assert compute_all(store, now=NOW).persons >= PEOPLE - 1
    store.close()


def test_what_was_worked_out_is_not_written_where_anything_changed_since(tmp_path: Path) -> None:
    """A change marks the person; whoever was erased has no mark any more."""
    store = _filled(tmp_path / "store.sqlite3")
    file = store.file
    assert file is not None
    notes = Notes.of(file, now=NOW, profiles=None)
    some, others = ["p001", "p002"], ["p007", "p008"]
    made, untouched = notes.made(some, Part.WHOLE), notes.made(others, Part.WHOLE)
    with store.write() as connection:
        mark_dirty(connection, "facts", ["p002"])
        assert not write_noted(connection, some, made)
        assert write_noted(connection, others, untouched)
        assert _portraits(connection) == 2
    erased = notes.made(["p009"], Part.WHOLE)
    with store.write() as connection:
        connection.execute(insert(tables.erased_account), [{"account_id": "1:p009-0x", "token": "t"}])
        assert not write_noted(connection, ["p009"], erased)
    notes.noting.close()
    store.close()


def test_profiles_that_are_not_read_again_are_compared_with_those_of_the_store(tmp_path: Path) -> None:
    filled = _filled(tmp_path / "store.sqlite3")
    compute_all(filled, now=NOW, rating=SETTINGS, processes=1)
    _change(filled)
    everybody = [f"p{number:03}" for number in range(PEOPLE) if number not in {4, 31}]
    file = filled.file
    assert file is not None
    fresh, used = (Notes.of(file, now=LATER, profiles=None) for _ in range(2))
    used.made(everybody[:5], Part.WHOLE)
    for part in (Part.PORTRAYED, Part.WHOLE):
        told = [
            [note for note in notes.made(everybody, part).notes or () if note[0] != "dirty"]
            for notes in (fresh, used)
        ]
        assert told[0] == told[1]
        assert any(table == "person_profile" and rows for table, _, rows in told[0])
    for notes in (fresh, used):
        notes.noting.close()
    filled.close()


def test_everybody_is_listed_once_by_whatever_is_known_of_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_compute_all, "_ID_PAGE", 4)
    town(5, PEOPLE).store(store)
    fact = {"currency": "UAH", "orders": 1, "goods": 1, "refunded": 0, "net": 1}
    with store.write() as connection:
        write_profiles(connection, ["p002", "p007"], now=NOW)
        connection.execute(insert(tables.person_fact), [{**fact, "person_id": id_} for id_ in ("a", "p009x")])
        known = {id_ for (id_,) in connection.execute(select(tables.account.c.person_id)) if id_}
    run = _compute_all._Run(store, store.write, NOW, None, 3, 0.0)
    assert [id_ for chunk in run._chunks(3) for id_ in chunk] == sorted({*known, "a", "p009x"})


def test_who_reads_meanwhile_sees_each_person_whole_or_as_before(tmp_path: Path) -> None:
    """Nothing of a person is in the store before all of it is."""
    store = _filled(tmp_path / "store.sqlite3")
    file = store.file
    assert file is not None
    notes = Notes.of(file, now=NOW, profiles=None)
    made = notes.made(["p001"], Part.WHOLE)
    assert made.notes
    with store.read() as connection:
        assert _portraits(connection) == 0
    notes.noting.close()
    store.close()


def _portraits(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(tables.person_profile)) or 0
