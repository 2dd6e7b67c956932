"""What a link rests on: the payloads, the edit, and the rules by which it was judged."""

import pytest

from regulars_agent import (
    Explanation,
    Workspace,
    derive,
    explain_persons,
    set_field,
)
from regulars_mapping import rule_version
from regulars_store import tables
from shop_objects import Counter, contact, customer, open_counter, order

ANNA = contact("anna", family_name="Koval")


@pytest.fixture
def counter(empty_workspace: Workspace) -> Counter:
    return open_counter(empty_workspace.store)


def explained(workspace: Workspace, one: str, other: str) -> Explanation:
    derive(workspace)
    return explain_persons(workspace, one, other)


def told(found: Explanation) -> list[tuple[str, str, str, int, str]]:
    return [
        (each.account, each.kind, each.id, each.sequence, each.via)
        for link in found.path
        for each in link.payloads
    ]


def guest_of(counter: Counter) -> str:
    (row,) = counter.rows(tables.account, registered=False)
    return str(row["id"])


def test_a_link_names_the_newest_observation_of_each_account_whatever_came_last(
    empty_workspace: Workspace, counter: Counter
) -> None:
    counter.land(customer("7", 1, contact=ANNA), via="history")
    counter.land(customer("7", 5, contact=ANNA, role="vip"))
    counter.land(customer("7", 3, contact=ANNA))
    counter.land(order("1", 2, contact=ANNA), order("2", 4, contact=ANNA), via="history")
    counter.land(order("2", 6, contact=ANNA, goods=900), via="read")
    guest = guest_of(counter)
    found = explained(empty_workspace, "1:7", guest)
    assert told(found) == [
        ("1:7", "customer", "7", 2, "changes"),
        (guest, "order", "2", 2, "read"),
    ]
    assert {link.rules for link in found.path} == {rule_version()}


def test_a_card_links_by_the_edits_that_wrote_it(empty_workspace: Workspace, counter: Counter) -> None:
    names = {"given_name": "Anna", "family_name": "Koval"}
    for number in ("7", "8"):
        counter.land(customer(number, contact=contact(f"anna{number}", **names)))
    derive(empty_workspace)
    for account in ("1:7", "1:8"):
        set_field(empty_workspace, account, "card_number", "40001234", who="Olha", why="at the till")
    found = explained(empty_workspace, "1:7", "1:8")
    assert [(link.rule, link.evidence) for link in found.path] == [("card", "40001234")]
    assert told(found) == [
        ("1:7", "edit", "card_number", 1, "Olha"),
        ("1:8", "edit", "card_number", 2, "Olha"),
    ]


def test_what_an_account_no_longer_has_is_no_source(empty_workspace: Workspace, counter: Counter) -> None:
    counter.land(customer("7", 1, contact=ANNA), customer("8", 1, contact=ANNA))
    derive(empty_workspace)
    counter.land(customer("8", 2, contact=contact("other")))
    found = explain_persons(empty_workspace, "1:7", "1:8")
    assert told(found) == [("1:7", "customer", "7", 1, "changes")]
    assert explained(empty_workspace, "1:7", "1:8").path == ()


def test_a_correction_named_by_another_account_parts_nobody(
    empty_workspace: Workspace, counter: Counter
) -> None:
    names = {"given_name": "Anna", "family_name": "Koval", "phone": "+380671234567"}
    counter.land(*(customer(number, contact=contact(f"anna{number}", **names)) for number in ("7", "8")))
    derive(empty_workspace)
    for account, born in (("1:7", "1990-05-17"), ("1:8", "1991-05-17"), ("1:8", None), ("1:7", "1992-05-17")):
        set_field(empty_workspace, account, "birth_date", born, who="Olha")
        (person,) = counter.rows(tables.person)
        assert (person["accounts"], person["birth_date"]) == (2, born or "")
        assert counter.marks("identity") == set()
    assert {row["birth_date"] for row in counter.rows(tables.account)} == {"", "1992-05-17"}
