"""Whose is what was written about an account that its shop deleted: who it would be with, if it came back."""

from dataclasses import replace

import pytest

import regulars_store as store_face
from identity_scene import CANNOT, MUST, Scene, account_row
from identity_world import NOW, Attributes
from regulars_store import Store, mark_dirty, tables, upsert

FIRST, SECOND, THIRD = "1:2", "1:9", "2:10"
PHONE = "+380671234567"
ANNA = Attributes("anna@example.com", PHONE, "Anna", "Koval")
CALLED = Attributes("a.koval@example.org", PHONE, "Anna", "Koval")
OTHER = Attributes("petro@example.net", "", "Petro", "Bilyk")


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


def led(scene: Scene, *gone: str) -> dict[str, set[str]]:
    with scene.store.read() as connection:
        return store_face.heirs_of(connection, gone)


def under(scene: Scene, *accounts: str) -> list[str]:
    with scene.store.read() as connection:
        return store_face.written_under(connection, accounts)


def told(scene: Scene, shop: str, kept: str, gone: str) -> None:
    with scene.store.write() as connection:
        words = {"shop": shop, "kept": kept, "gone": gone, "why": "w"}
        store_face.shop_merged(connection, **words, now=NOW)


def test_by_a_shared_key_to_whom_it_is_one_person_with_and_to_nobody_else(scene: Scene) -> None:
    scene.play([("put", FIRST, ANNA), ("put", SECOND, CALLED), ("put", THIRD, OTHER), ("lose", FIRST)])
    assert led(scene, FIRST, SECOND, "1:404") == {FIRST: {SECOND}}
    assert (under(scene, SECOND), under(scene, THIRD)) == ([SECOND, FIRST], [THIRD])
    # Another one's name on the same phone is another one.
    scene.play([("put", SECOND, replace(CALLED, given_name="Petro", family_name="Bilyk"))])
    assert (led(scene, FIRST), under(scene, SECOND)) == ({}, [SECOND])


def test_whoever_deletes_all_and_registers_anew_with_that_e_mail_has_it(scene: Scene) -> None:
    scene.play([("put", FIRST, ANNA), ("lose", FIRST)])
    assert led(scene, FIRST) == {}
    scene.play([("put", THIRD, ANNA)])
    assert (led(scene, FIRST), under(scene, THIRD)) == ({FIRST: {THIRD}}, [THIRD, FIRST])


def test_through_others_that_are_gone_until_one_comes_back(scene: Scene) -> None:
    last = Attributes("a.koval@example.org", "", "Anna", "Koval")
    scene.play([("put", FIRST, ANNA), ("put", SECOND, CALLED), ("put", THIRD, last)])
    scene.play([("lose", FIRST), ("lose", SECOND)])
    assert led(scene, FIRST, SECOND) == {FIRST: {THIRD}, SECOND: {THIRD}}
    assert under(scene, THIRD) == [THIRD, FIRST, SECOND]
    scene.play([("put", FIRST, ANNA)])
    assert led(scene, FIRST, SECOND) == {SECOND: {FIRST, THIRD}}


def test_what_people_decided_leads_and_bars(scene: Scene) -> None:
    scene.play([("put", FIRST, ANNA), ("put", SECOND, CALLED), ("put", THIRD, OTHER)])
    scene.play([("say", MUST, (FIRST, THIRD)), ("say", CANNOT, (FIRST, SECOND)), ("lose", FIRST)])
    assert led(scene, FIRST) == {FIRST: {THIRD}}
    scene.play([("undo", 0), ("undo", 1)])
    assert led(scene, FIRST) == {FIRST: {SECOND}}


def test_never_to_one_that_it_is_kept_apart_from_over_a_third(scene: Scene) -> None:
    last = Attributes("a.koval@example.org", "", "Anna", "Koval")
    scene.play([("put", FIRST, ANNA), ("put", SECOND, CALLED), ("put", THIRD, last)])
    scene.play([("say", CANNOT, (FIRST, THIRD)), ("lose", SECOND), ("lose", FIRST)])
    assert led(scene, FIRST, SECOND) == {SECOND: {THIRD}}


def test_its_shop_s_word_outweighs_keys(scene: Scene) -> None:
    scene.play([("put", FIRST, ANNA), ("put", SECOND, ANNA), ("put", "1:20", OTHER)])
    told(scene, "tea", "1:20", FIRST)
    scene.play([("lose", FIRST)])
    assert led(scene, FIRST) == {FIRST: {"1:20"}}
    assert under(scene, SECOND) == [SECOND]


def test_a_key_that_very_many_have_leads_nowhere(scene: Scene) -> None:
    scene.play([("put", FIRST, ANNA), ("lose", FIRST)])
    scene.play([("put", f"2:{number}", CALLED) for number in range(100, 121)], at_most=30)
    assert led(scene, FIRST) == {}
    assert under(scene, "2:100") == ["2:100"]


def test_deleting_and_registering_again_and_again_makes_no_key_nobody_s_own(scene: Scene) -> None:
    numbers = [f"1:{number}" for number in range(100, 125)]
    scene.play([("put", id_, ANNA) for id_ in numbers[:5]], at_most=30)
    with scene.store.write() as connection:
        rows = [account_row(id_, ANNA, gone=True) for id_ in numbers]
        upsert(connection, tables.account, rows)
        mark_dirty(connection, "identity", numbers)
    scene.play([("put", THIRD, ANNA)], at_most=30)
    assert led(scene, *numbers) == {id_: {THIRD} for id_ in numbers}
    assert under(scene, THIRD) == [THIRD, *numbers]
