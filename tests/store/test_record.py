"""What people write by hand, on persons: merged, split, given back, rebuilt."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from identity_scene import CANNOT, MUST, Scene, steps
from identity_world import IDS, NOW, Attributes
from regulars_mapping import CompletenessRule, Property, PropertyType, person_id_of
from regulars_store import (
    Store,
    digest,
    digest_parts,
    edit_history,
    edits_about,
    mark_dirty,
    refresh_records,
    resolve,
    resolve_all,
    save_property,
    save_rule,
    tables,
    write_edit,
)
from regulars_store._identity_evidence import _SHARED

few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANNA = Attributes("anna@example.com", "+380671234567", "Anna", "Koval")
BORN = {"one": "1990-05-17", "two": "--03-08"}


def _as_it_is_kept(edit: tuple) -> tuple:
    """Birth dates are checked before they are written."""
    id_, field, value, days = edit
    return id_, field, BORN.get(value, value) if field == "birth_date" else value, days


written = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.sampled_from(
            ["given_name", "phone", "birth_date", "archived", "manager", "property:vision", "card_number"]
        ),
        st.sampled_from([None, "", "one", "two"]),
        st.integers(0, 3),
    ).map(_as_it_is_kept),
    max_size=8,
)


class Record(Scene):
    """A scene in which people write, too."""

    def forget_all(self) -> None:
        with self.store.write() as connection:
            for table in (tables.record_edit, tables.record_rule, tables.property_definition):
                connection.execute(delete(table))
        super().forget_all()

    def edit(self, id_: str, field: str, value: Any, day: int = 0, *, beside: tuple[str, ...] = ()) -> None:
        with self.store.write() as connection:
            write_edit(
                connection,
                id_,
                field,
                value,
                beside=beside,
                who="olha",
                why="",
                now=NOW + timedelta(days=day),
            )

    def person(self, account: str = "1:2") -> dict[str, Any]:
        query = select(tables.person).join(tables.account, tables.account.c.person_id == tables.person.c.id)
        with self.store.read() as connection:
            return dict(connection.execute(query.where(tables.account.c.id == account)).mappings().one())

    def order(self, account: str, day: int, *, status: str = "completed") -> None:
        texts = ("number", "shop_status", "payment_method", "shipping_method")
        amounts = ("goods", "goods_tax", "discount", "shipping", "shipping_tax", "total")
        row = {
            "id": f"1:order-{day}",
            "shop_id": 1,
            "external_id": f"order-{day}",
            "account_id": account,
            "status": status,
            "bought": True,
            "currency": "UAH",
            "placed_at": NOW + timedelta(days=day),
            **dict.fromkeys(texts, ""),
            **dict.fromkeys(amounts, 0),
            "coupon_codes": [],
            "source": {},
            "contact": {},
        }
        with self.store.write() as connection:
            connection.execute(insert(tables.order).values(row))
            refresh_records(connection, [self.person(account)["id"]])

    def rule(self, *terms: str) -> None:
        with self.store.write() as connection:
            save_rule(connection, CompletenessRule(terms), who="olha", why="", now=NOW)


@pytest.fixture
def anna(store: Store) -> Record:
    """One person with one account, 1:2."""
    record = Record(store)
    record.play([("put", "1:2", ANNA)])
    return record


def test_what_is_written_by_hand_is_shown_with_its_source_and_given_back(anna: Record) -> None:
    before = anna.person()
    assert (before["status"], before["missing"]) == ("entered", [])
    wanted = {
        "given_name": "Hanna",
        "email": "hanna@example.org",
        "phone": "+380501112233",
        "birth_date": "--05-17",
        "manager": "Olha",
    }
    anna.play([("edit", "1:2", field, value) for field, value in wanted.items()])
    after = anna.person()
    assert {field: after[field] for field in wanted} == wanted
    assert after["name_folded"] == "hanna koval"
    assert after["name_skeleton"] != before["name_skeleton"]
    assert {field: after["sources"][field] for field in wanted} == {
        field: {"account": "1:2", "rule": "manual"} for field in wanted
    }
    assert after["sources"]["name"] == before["sources"]["name"]
    anna.play([("edit", "1:2", field, None, 1) for field in wanted])
    assert anna.person() == before


def test_both_halves_of_a_name_by_hand_leave_nothing_to_the_shops(anna: Record) -> None:
    anna.play([("edit", "1:2", "given_name", "Hanna"), ("edit", "1:2", "family_name", "")])
    assert "name" not in anna.person()["sources"]
    assert anna.person()["name_folded"] == "hanna"


def test_an_edit_is_no_evidence_of_identity(store: Store) -> None:
    record = Record(store)
    record.play([("put", "1:2", ANNA), ("put", "1:9", Attributes("oleh@example.net", "", "Oleh", "Bondar"))])
    record.play([("edit", "1:9", "email", ANNA.email_folded), ("edit", "1:9", "phone", ANNA.phone_e164)])
    record.check()
    assert len(record.members()) == 2


def test_merged_the_newest_edit_counts_and_split_each_account_keeps_its_own(store: Store) -> None:
    record = Record(store)
    record.play([("put", "1:2", ANNA), ("put", "1:9", Attributes("oleh@example.net", "", "Oleh", "Bondar"))])
    record.play([("edit", "1:2", "manager", "Olha", 1), ("edit", "1:9", "manager", "Petro", 2)])
    before = record.rows()
    record.play([("say", MUST, ("1:2", "1:9"), 3)])
    assert record.person()["manager"] == "Petro"
    assert record.person()["sources"]["manager"]["account"] == "1:9"
    record.play([("undo", 0)])
    assert record.rows() == before
    assert (record.person("1:2")["manager"], record.person("1:9")["manager"]) == ("Olha", "Petro")


def test_a_field_given_back_by_the_newest_word_is_given_back_for_the_whole_person(store: Store) -> None:
    record = Record(store)
    record.play([("put", "1:2", ANNA), ("put", "1:9", ANNA)])
    record.play([("edit", "1:2", "manager", "Olha", 1), ("edit", "1:9", "manager", None, 2)])
    assert record.person()["manager"] == ""


def test_a_clock_that_was_set_back_makes_no_word_older_than_what_it_answers(anna: Record) -> None:
    anna.play([("edit", "1:2", "manager", "Olha", 5), ("put", "1:9", ANNA)])
    anna.edit("1:9", "manager", "Petro", 1, beside=("1:2",))
    assert anna.play([]).person()["manager"] == "Petro"
    with anna.store.read() as connection:
        found = edit_history(connection, ["1:2", "1:9"], field="manager")
    assert [entry.edit.value for entry in found] == ["Petro", "Olha"]
    assert "Petro" not in repr(found)


def test_what_a_record_lacks_is_said_and_what_is_written_fills_it(anna: Record) -> None:
    with anna.store.write() as connection:
        vision = Property("vision", "Eyesight", PropertyType.NUMBER, required=True)
        save_property(connection, vision, who="olha", now=NOW)
    anna.rule("name", "birth_date|gender", "property:vision")
    anna.play([])
    assert anna.person()["status"] == "control"
    assert anna.person()["missing"] == ["birth_date|gender", "property:vision"]
    anna.play([("edit", "1:2", "gender", "f"), ("edit", "1:2", "property:vision", "-2.5")])
    assert (anna.person()["status"], anna.person()["missing"]) == ("entered", [])
    anna.play([("edit", "1:2", "gender", "", 1)])
    assert anna.person()["missing"] == ["birth_date|gender"]


def test_a_property_that_ended_is_not_asked_for(anna: Record) -> None:
    vision = Property("vision", "Eyesight", PropertyType.NUMBER, required=True)
    with anna.store.write() as connection:
        save_property(connection, vision, who="olha", now=NOW)
    anna.rule("name", "property:vision", "property:vision|phone")
    assert anna.play([]).person()["missing"] == ["property:vision"]
    with anna.store.write() as connection:
        save_property(connection, vision, ended=True, who="olha", now=NOW)
    assert anna.play([]).person()["missing"] == []


def test_an_address_may_be_asked_for(anna: Record) -> None:
    anna.rule("address")
    assert anna.play([]).person()["missing"] == ["address"]
    names = [column.name for column in tables.address.c if column.name not in ("id", "account_id")]
    with anna.store.write() as connection:
        row = {"id": "1:2:x", "account_id": "1:2", **dict.fromkeys(names, "")}
        connection.execute(insert(tables.address).values(row))
        refresh_records(connection, [person_id_of("1:2")])
    assert anna.person()["missing"] == []


def test_who_is_archived_comes_back_with_a_new_order_and_can_be_archived_again(anna: Record) -> None:
    anna.order("1:2", 1)
    anna.play([("edit", "1:2", "archived", True, 2)])
    assert anna.person()["status"] == "archived"
    anna.order("1:2", 3, status="trashed")
    assert anna.person()["status"] == "archived"
    anna.order("1:2", 4)
    assert anna.person()["status"] == "entered"
    anna.play([("edit", "1:2", "archived", True, 5)])
    assert anna.person()["status"] == "archived"
    anna.play([("edit", "1:2", "archived", False, 6)])
    assert anna.person()["status"] == "entered"


def test_a_company_s_name_is_a_name(store: Store) -> None:
    record = Record(store)
    record.play([("put", "1:2", Attributes("shop@example.com"))])
    assert record.person()["missing"] == ["name"]
    record.play([("edit", "1:2", "kind", "company"), ("edit", "1:2", "company", {"name": "Optyka"})])
    assert (record.person()["missing"], record.person()["kind"]) == ([], "company")


def test_a_card_links_those_whose_names_agree_until_it_is_taken_back(store: Store) -> None:
    record = Record(store)
    record.play([("put", "1:2", ANNA), ("put", "1:9", Attributes("a@example.net", "", "Anya", "Koval"))])
    record.play([("put", "2:1", Attributes("oleh@example.net", "", "Oleh", "Bondar"))])
    before = record.persons()
    record.play([("edit", id_, "card_number", "40001234") for id_ in ("1:2", "1:9", "2:1")])
    assert record.persons() == {frozenset({"1:2", "1:9"}), frozenset({"2:1"})}
    (link,) = record.rows()["identity_link"]
    assert (link[2], "40001234" in str(link)) == ("card", False)
    found = record.rows()
    rebuilt(record)
    assert record.rows() == found
    record.play([("edit", "1:9", "card_number", None, 1)])
    assert record.persons() == before
    assert ("card", "40001234", "1:2") in record.rows()["identity_key"]


def test_a_card_that_too_many_hold_links_nobody(store: Store) -> None:
    record = Record(store)
    accounts = ["1:2", "1:9", "1:10", "1:11", "2:1"]
    assert len(accounts) > record.guard.accounts_a_key
    record.play(
        [("put", id_, Attributes(f"{id_[2:]}.{id_[0]}@example.com", "", "Anna", "Koval")) for id_ in accounts]
    )
    record.play([("edit", id_, "card_number", "40001234") for id_ in accounts])
    assert len(record.persons()) == 5
    found = record.rows()
    rebuilt(record)
    assert record.rows() == found


def test_cards_are_found_by_the_index_of_those_who_have_one(sqlite_store: Store) -> None:
    sql = _SHARED.replace("@column", "card_number").replace("@place", "rowid").replace("@order", "")
    with sqlite_store.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert len([line for line in plan if "ix_account_card_number" in line]) == 2


def rebuilt(record: Record) -> None:
    resolve_all(record.store, chunk=2, guard=record.guard, processes=1)


@few
@given(steps, written, st.randoms(use_true_random=False))
def test_from_scratch_persons_are_those_of_change_by_change(sqlite_store, history, edits, chance) -> None:
    record = Record(sqlite_store)
    mixed = [*history, *(("edit", *one) for one in edits)]
    chance.shuffle(mixed)
    record.play(mixed)
    before = record.rows()
    rebuilt(record)
    assert record.rows() == before


@few
@given(steps, written.filter(lambda some: len({one[3] for one in some}) == len(some)), st.data())
def test_the_order_in_which_edits_arrive_does_not_matter(sqlite_store, history, edits, data) -> None:
    record = Record(sqlite_store)
    said = [one for one in history if one[0] in ("put", "lose")]
    found = []
    for order in (edits, data.draw(st.permutations(edits))):
        record.forget_all()
        record.seconds = 0
        record.play(said)
        with record.store.write() as connection:
            # Straight into the journal: as an import of another's journal brings them.
            for id_, field, value, day in order:
                row = {"account_id": id_, "field": field, "value": value, "folded": "", "who": "o", "why": ""}
                connection.execute(insert(tables.record_edit).values(row | {"at": NOW + timedelta(days=day)}))
                mark_dirty(connection, "identity", [id_])
        found.append(record.play([]).rows()["person"])
    assert found[0] == found[1]


def test_a_rebuild_gives_one_digest_on_both_databases(sqlite_store: Store, postgres_store: Store) -> None:
    digests = []
    for store in (sqlite_store, postgres_store):
        record = Record(store)
        record.play([("put", "1:2", ANNA), ("put", "1:9", ANNA), ("put", "2:1", Attributes("x@example.com"))])
        record.play([("say", CANNOT, ("1:2", "1:9"), 0)])
        record.rule("name", "property:vision", "birth_date")
        edits: list[tuple[str, str, Any]] = [
            ("1:2", "given_name", "Ганна «A»"),
            ("1:9", "archived", True),
            ("2:1", "company", {"name": "Optyka", "bank": "UA12"}),
            ("2:1", "contacts", [{"name": "Іван", "role": "", "phones": [], "emails": []}]),
            ("2:1", "property:vision", "-2.5"),
        ]
        record.play([("edit", *one) for one in edits])
        with store.read() as connection:
            before = digest_parts(connection)
            (company,) = [one for one in edits_about(connection, ["2:1"])["2:1"] if one.field == "company"]
            assert company.value == {"name": "Optyka", "bank": "UA12"}
        rebuilt(record)
        with store.read() as connection:
            assert digest_parts(connection) == before
            digests.append(digest(connection))
    assert digests[0] == digests[1]


def test_an_edit_of_an_account_that_is_gone_waits_for_it(anna: Record) -> None:
    anna.play([("edit", "1:2", "manager", "Olha"), ("lose", "1:2")])
    assert anna.members() == {}
    assert anna.play([("put", "1:2", ANNA)]).person()["manager"] == "Olha"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_one_moment_the_greater_anchor_decides(sqlite_store: Store, order: tuple[int, ...]) -> None:
    record = Record(sqlite_store)
    record.play([("put", id_, ANNA) for id_ in ("1:2", "1:9", "2:1")])
    for index in order:
        record.edit(("1:2", "1:9", "2:1")[index], "manager", ("a", "b", "c")[index])
    with sqlite_store.write() as connection:
        resolve(connection, ["1:2"], guard=record.guard)
    assert record.person()["manager"] == "c"
