"""What was written about an account that its shop merged into another: it is that other's."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

import regulars_store as store_face
from identity_scene import Scene
from identity_world import NOW, Attributes
from regulars_store import Store, resolve_all, tables

ANNA = Attributes("anna@example.com", given_name="Anna", family_name="Koval")
LATER = Attributes("anna.k@example.com", given_name="Anna", family_name="Koval")


class Merging(Scene):
    """A scene in which shops merge and people write."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.play([("put", id_, LATER if id_ == "1:20" else ANNA) for id_ in ("1:2", "1:9", "1:10", "1:20")])

    def forget_all(self) -> None:
        with self.store.write() as connection:
            connection.execute(tables.record_edit.delete())
            connection.execute(tables.stop_list_entry.delete())
            connection.execute(tables.reminder.delete())
        super().forget_all()

    def merge(self, kept: str, gone: str) -> int | None:
        with self.store.write() as connection:
            words = {"shop": "tea", "kept": kept, "gone": gone, "why": "w"}
            return store_face.shop_merged(connection, **words, now=NOW)

    def edit(self, id_: str, value: str, day: int) -> None:
        with self.store.write() as connection:
            at = NOW + timedelta(days=day)
            store_face.write_edit(connection, id_, "manager", value, who="o", why="", now=at)

    def take_back(self, decision: int) -> int:
        with self.store.write() as connection:
            return store_face.revoke(connection, decision, who="o", why="", now=NOW + timedelta(days=1))

    def manager(self, account: str) -> str:
        query = select(tables.person.c.manager).join(
            tables.account, tables.account.c.person_id == tables.person.c.id
        )
        with self.store.read() as connection:
            return str(connection.scalar(query.where(tables.account.c.id == account)))

    def asked(self, question: str, *words: Any, **named: Any) -> Any:
        with self.store.read() as connection:
            return getattr(store_face, question)(connection, *words, **named)


@pytest.fixture
def scene(store: Store) -> Merging:
    """Account 1:9 was written about, and merged into 1:20."""
    made = Merging(store)
    made.edit("1:9", "Olha", 0)
    made.merge("1:20", "1:9")
    return made.play([("lose", "1:9")])


def test_an_edit_of_the_one_who_is_gone_is_the_kept_one_s_until_a_newer_one(scene: Merging) -> None:
    assert scene.manager("1:20") == "Olha"
    scene.edit("1:20", "Petro", 1)
    scene.play([])
    assert scene.manager("1:20") == "Petro"
    found = scene.asked("edits_about", ["1:20"])
    assert {(one.account, one.value) for one in found["1:20"]} == {("1:9", "Olha"), ("1:20", "Petro")}


def test_through_merges_of_merges_and_a_rebuild_says_the_same(scene: Merging) -> None:
    scene.edit("1:10", "Iryna", 2)
    scene.merge("1:10", "1:20")
    scene.play([("lose", "1:20")])
    assert scene.asked("merged_from", ["1:10", "1:2"]) == {"1:9": "1:10", "1:20": "1:10"}
    assert scene.asked("with_merged", ["1:2"]) == ["1:2"]
    assert scene.asked("heirs_of", ["1:2", "1:9", "1:20"]) == {"1:9": {"1:10"}, "1:20": {"1:10"}}
    assert scene.manager("1:10") == "Iryna"
    before = scene.rows()
    resolve_all(scene.store, chunk=2, guard=scene.guard, processes=1)
    assert scene.rows() == before


def test_a_merge_taken_back_gives_the_kept_one_its_own_record(scene: Merging) -> None:
    second = scene.merge("1:10", "1:20")
    scene.play([("lose", "1:20")])
    assert scene.manager("1:10") == "Olha"
    assert second is not None
    scene.take_back(second)
    scene.play([])
    assert scene.manager("1:10") == ""
    assert scene.asked("merged_from", ["1:10"]) == {}


def test_one_who_comes_back_has_their_own_record_again(scene: Merging) -> None:
    scene.play([("put", "1:9", ANNA)])
    assert scene.asked("merged_from", ["1:20"]) == {}
    assert scene.asked("heirs_of", ["1:9"]) == {}
    assert scene.manager("1:9") == "Olha"


@pytest.fixture
def chain(store: Store) -> Merging:
    """Four accounts of four addresses: 1:31, which was written about, merged into 1:32, that into 1:33, and
    that into 1:34."""
    made = Merging(store)
    for number in range(31, 35):
        made.put(f"1:{number}", Attributes(f"anna{number}@example.com", given_name="Anna"))
    made.edit("1:31", "Olha", 0)
    for number in range(31, 34):
        word = made.merge(f"1:{number + 1}", f"1:{number}")
        assert word is not None
        made.said.append(word)
        made.play([("lose", f"1:{number}")])
    assert made.manager("1:34") == "Olha"
    return made


def rebuilt(scene: Merging) -> bool:
    before = scene.rows()
    resolve_all(scene.store, chunk=2, guard=scene.guard, processes=1)
    return scene.rows() == before


def test_one_of_a_chain_who_comes_back_has_it_at_once_and_the_far_end_no_more(chain: Merging) -> None:
    for number in (31, 32, 33):
        back = Attributes(f"anna{number}@example.com", given_name="Anna")
        chain.play([("put", f"1:{number}", back)])
        # The shop's word still makes one person of it and the account that it was merged into.
        assert (chain.manager(f"1:{number}"), chain.manager("1:34")) == (
            "Olha",
            "Olha" if number == 33 else "",
        )
        assert rebuilt(chain)
        chain.play([("lose", f"1:{number}")])
        assert chain.manager("1:34") == "Olha"


def test_any_merge_of_a_chain_taken_back_ends_it_at_the_far_end_until_it_counts_again(chain: Merging) -> None:
    for word in list(chain.said):
        revoke = chain.take_back(word)
        chain.play([])
        assert chain.manager("1:34") == ""
        assert rebuilt(chain)
        chain.take_back(revoke)
        chain.play([])
        assert chain.manager("1:34") == "Olha"


def test_a_circle_of_merges_leads_nowhere_and_ends(scene: Merging) -> None:
    scene.merge("1:9", "1:20")
    scene.play([("lose", "1:20")])
    assert scene.asked("merged_from", ["1:2", "1:9", "1:20"]) == {}


def test_the_stop_list_and_reminders_tell_the_person_of_today(scene: Merging) -> None:
    (person,) = (who for who, accounts in scene.members().items() if "1:20" in accounts)
    entry = {"account_id": "1:9", "reason": "rude", "evidence": {}, "state": "confirmed", "at": NOW}
    due = {"account_id": "1:9", "kind": "call", "due_at": NOW, "text": "", "owner": "", "at": NOW, "who": "o"}
    with scene.store.write() as connection:
        connection.execute(insert(tables.stop_list_entry).values(**entry, who="o", why="", until=None))
        connection.execute(insert(tables.reminder).values(due))
    assert [row["person_id"] for row in scene.asked("stop_entries")] == [person]
    assert [row["person_id"] for row in scene.asked("open_reminders", limit=9)] == [person]
    assert scene.asked("stopped_by_gone", [person], now=NOW) == {person}
    assert scene.asked("stopped_by_gone", ["nobody"], now=NOW) == set()
