"""Finding persons in the store."""

import pytest

from regulars_mapping import skeleton_starts
from regulars_store import Store, find_persons, resolve_all
from shop_objects import Counter, contact, customer, order


@pytest.fixture
def known(counter: Counter) -> Store:
    """Customers who bought: one writes to us in Cyrillic letters, one in Latin ones, one without a name."""
    people = {
        "1": contact("olha.k", given_name="Ольга", family_name="Коваленко"),
        "2": contact("olha.kov", given_name="Olha", family_name="Kovalenko"),
        "3": contact("olha.k%", given_name="", family_name=""),
    }
    counter.land(*(customer(number, contact=who) for number, who in people.items()))
    counter.land(order("91", number="#1844", contact=people["1"], customer_id="1"))
    counter.land(order("92", number="1845", contact=people["2"], customer_id="2"))
    resolve_all(counter.store)
    return counter.store


def found(store: Store, text: str, **how: object) -> list[str]:
    with store.read() as connection:
        return [row["email"].partition("@")[0] for row in find_persons(connection, text, **how)]


def test_a_name_as_typed_comes_before_one_that_sounds_alike(known: Store) -> None:
    sounds = skeleton_starts("коваленко")
    assert found(known, "коваленко", sounds=sounds) == ["olha.k", "olha.kov"]
    assert found(known, "kovalenko", sounds=sounds) == ["olha.kov", "olha.k"]
    assert found(known, "kovalenko", sounds=sounds, limit=1) == ["olha.kov"]
    assert found(known, "kovalenko", sounds=sounds, limit=0) == []


@pytest.mark.parametrize("text", ["", "\U0010ffff", "ol%", "olha.k_", "lha.k"])
def test_what_nobody_has_finds_nobody(known: Store, text: str) -> None:
    assert found(known, text) == []


def test_an_e_mail_is_found_by_its_beginning_and_the_whole_one_first(known: Store) -> None:
    assert sorted(found(known, "olha.k")) == ["olha.k", "olha.k%", "olha.kov"]
    assert found(known, "olha.k%") == ["olha.k%"]
    assert found(known, "olha.kov@example.com") == ["olha.kov"]


def test_two_characters_are_too_few_to_begin_an_e_mail(known: Store) -> None:
    assert found(known, "ol") == ["olha.kov"]


def test_an_order_is_found_by_any_of_the_numbers(known: Store) -> None:
    assert found(known, "1844", numbers=["1844", "#1844"]) == ["olha.k"]
    assert found(known, "#1845", numbers=["1845", "#1845"]) == ["olha.kov"]


def test_the_names_are_read_from_an_index_of_them_alone(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        for column in ("name_skeleton", "name_folded"):
            query = f"EXPLAIN QUERY PLAN SELECT id FROM person WHERE instr({column}, 'kov') > 0"
            assert "COVERING INDEX" in connection.exec_driver_sql(query).all()[0][3]
