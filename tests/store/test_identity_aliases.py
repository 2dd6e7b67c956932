"""One mailbox under several spellings, and birth dates that part who would be linked."""

from collections.abc import Iterable

import pytest

from identity_scene import Scene
from identity_world import ALIASES, NOW, Attributes
from regulars_mapping import GuardRules, email_alias
from regulars_store import (
    Store,
    _identity_evidence,
    _identity_reach,
    dirty_marks,
    resolve,
    resolve_all,
    write_edit,
)

PHONE = "+380671234567"
PLAIN, DOTTED, TAGGED = "jdoe@gmail.com", "j.doe@gmail.com", "jdoe+tea@googlemail.com"


def anna(email: str = "", phone: str = "", born: str = "") -> Attributes:
    return Attributes(email, phone, "Anna", "Koval", born)


def one_spelling_each(emails: Iterable[str]) -> list[tuple[str, str, Attributes]]:
    return [("put", f"1:{number}", anna(email)) for number, email in enumerate(emails, start=1)]


def linked_by(scene: Scene) -> set[tuple[str, str, str]]:
    return {row[:3] for row in scene.rows()["identity_link"] if row[4]}


def rebuilt(scene: Scene) -> None:
    before = scene.rows()
    resolve_all(scene.store, guard=scene.guard)
    assert scene.rows() == before


def born_by_hand(scene: Scene, account_id: str, born: str | None) -> None:
    with scene.store.write() as connection:
        write_edit(connection, account_id, "birth_date", born, who="Olha", why="told us", now=NOW)
        marks = dirty_marks(connection, "identity", limit=10)
        resolve(connection, [mark.key for mark in marks], guard=scene.guard)


def test_the_mailboxes_of_the_tests_are_what_the_rules_say() -> None:
    assert {email: email_alias(email) for email in ALIASES} == ALIASES


@pytest.mark.parametrize("order", [(PLAIN, DOTTED, TAGGED), (TAGGED, PLAIN, DOTTED), (DOTTED, TAGGED, PLAIN)])
def test_all_spellings_of_a_mailbox_are_one_persons_whoever_comes_first(store: Store, order) -> None:
    scene = Scene(store).play(one_spelling_each(order), at_most=1)
    assert len(scene.persons()) == 1
    assert {rule for _, _, rule in linked_by(scene)} == {"email_alias"}
    scene.check()
    rebuilt(scene)
    scene.play([("lose", f"1:{1 + order.index(PLAIN)}")]).check()
    assert len(scene.persons()) == 1


def test_another_name_on_the_mailbox_is_another_person(store: Store) -> None:
    son = Attributes(TAGGED, "", "Petro", "Koval")
    scene = Scene(store).play([("put", "1:1", anna(PLAIN)), ("put", "1:2", son)])
    assert len(scene.persons()) == 2
    scene.check()
    rebuilt(scene)


def test_a_mailbox_of_too_many_accounts_links_no_spellings_whoever_they_are(store: Store) -> None:
    scene = Scene(store, guard=GuardRules(accounts_a_key=3))
    scene.play(one_spelling_each([PLAIN, PLAIN, TAGGED, DOTTED]))
    assert scene.persons() == {frozenset({"1:1", "1:2"}), frozenset({"1:3"}), frozenset({"1:4"})}
    scene.play([("lose", "1:2")]).check()
    assert scene.persons() == {frozenset({"1:1", "1:3", "1:4"})}
    rebuilt(scene)


def test_a_birth_date_written_by_hand_parts_father_and_son_and_joins_them_again_when_taken_back(
    store: Store,
) -> None:
    scene = Scene(store).play(
        [("put", "1:1", anna("a@example.com", PHONE, "1960-03-08")), ("put", "1:2", anna("", PHONE))]
    )
    assert len(scene.persons()) == 1
    born_by_hand(scene, "1:2", "1990-03-08")
    assert len(scene.persons()) == 2
    rebuilt(scene)
    born_by_hand(scene, "1:2", None)
    assert len(scene.persons()) == 1
    rebuilt(scene)


def test_birth_dates_part_nobody_of_one_email(store: Store) -> None:
    one, other = anna("a@example.com", born="1960-03-08"), anna("a@example.com", born="1990-03-08")
    assert len(Scene(store).play([("put", "1:1", one), ("put", "1:2", other)]).persons()) == 1


def test_in_a_disputed_set_aliases_and_birth_dates_count_as_everywhere(store: Store) -> None:
    said = [("say", "cannot_link", ("1:1", "1:4"), 0)]
    emails = one_spelling_each([PLAIN, DOTTED, TAGGED, PLAIN])
    scene = Scene(store).play([*emails, ("put", "1:3", anna(TAGGED, born="1990-03-08")), *said])
    scene.play([("put", "1:1", anna(PLAIN, born="1960-03-08"))]).check()
    rebuilt(scene)


def test_the_check_sees_a_resolver_that_knows_no_implied_alias(sqlite_store: Store, monkeypatch) -> None:
    monkeypatch.setattr(_identity_reach, "keys_with_implied", tuple)
    with pytest.raises(AssertionError):
        Scene(sqlite_store).play(one_spelling_each([TAGGED, PLAIN]), at_most=1).check()


def test_an_alias_is_looked_for_by_indexes_alone(sqlite_store: Store) -> None:
    sql = _identity_evidence._SPELT.replace("@place", "rowid")
    with sqlite_store.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert len([line for line in plan if "ix_account_email_alias" in line]) == 2
    assert [line for line in plan if "ix_account_email_folded" in line]
