"""One person's record, and finding persons."""

import pytest

from agent_world import COFFEE, World
from regulars_agent import derive, find_persons, person_card, sync

HOME = {
    "first_name": "Ганна",
    "last_name": "Щербак",
    "address_1": "Street 1",
    "city": "Lviv",
    "country": "UA",
    "phone": "050 111 22 33",
}


@pytest.fixture
def bought(world: World) -> World:
    """The same person as a guest under two addresses, to one home."""
    for email in ("hanna@example.com", "hanna.sch@example.com"):
        world.double.place_order(items=[(COFFEE, 1)], billing={**HOME, "email": email})
    sync(world.workspace, "tea")
    derive(world.workspace)
    return world


@pytest.mark.parametrize(
    "text",
    [
        "Щербак ",
        "ганна щербак",
        "Shcherbak",
        "scherbak h",
        "щербак г",
        "hanna.sch@example.com",
        "HANNA.sch@exa",
        "0501112233",
        "+380501112233",
    ],
)
def test_a_person_is_found_however_the_name_or_the_phone_is_written(bought: World, text: str) -> None:
    assert [person["family_name"] for person in find_persons(bought.workspace, text)] == ["Щербак"]


def test_no_more_persons_are_found_than_asked_for(bought: World) -> None:
    assert len(find_persons(bought.workspace, "olena", limit=2)) == 2
    assert len(find_persons(bought.workspace, "Олена", limit=2)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \u200b ",
        "\x00",
        "😀",
        "👩\u200d👧",
        "%",
        "ha@",
        "h@n",
        "anna@example",
        "\udcff",
        "щербак" + " " * 200,
    ],
)
def test_nobody_is_found_by_what_nobody_has(bought: World, text: str) -> None:
    assert list(find_persons(bought.workspace, text)) == []


@pytest.fixture
def namesakes(world: World) -> World:
    """A family name in both alphabets."""
    people = (("Olha", "Kovalenko"), ("Ольга", "Коваленко"), ("Кирило", "Коваленко"))
    for number, (given, family) in enumerate(people):
        who = {"first_name": given, "last_name": family, "phone": "", "email": f"p{number}@example.com"}
        world.double.place_order(items=[(COFFEE, 1)], billing={**HOME, **who})
    sync(world.workspace, "tea")
    derive(world.workspace)
    return world


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kovalenko", ["Olha Kovalenko", "Кирило Коваленко", "Ольга Коваленко"]),
        ("Коваленко", ["Кирило Коваленко", "Ольга Коваленко", "Olha Kovalenko"]),
        ("ковален", ["Кирило Коваленко", "Ольга Коваленко", "Olha Kovalenko"]),
        ("kovalenko olha", ["Olha Kovalenko", "Ольга Коваленко"]),
        ("Коваленко Ольга", ["Olha Kovalenko", "Ольга Коваленко"]),
        ("Kovalenko Kyr", ["Кирило Коваленко"]),
        ("valenko", ["Olha Kovalenko"]),
    ],
)
def test_a_name_is_found_in_both_alphabets_as_typed_first(
    namesakes: World, text: str, found: list[str]
) -> None:
    persons = find_persons(namesakes.workspace, text)
    assert [f"{person['given_name']} {person['family_name']}" for person in persons] == found
    assert list(find_persons(namesakes.workspace, text, limit=2)) == list(persons[:2])


def test_an_address_shared_by_accounts_of_a_person_is_one_with_all_its_deliveries(bought: World) -> None:
    (person,) = find_persons(bought.workspace, "щербак")
    card = person_card(bought.workspace, person["id"])
    assert card is not None
    assert len(card.accounts) == 2
    assert [(address.deliveries, address.kind.value) for address in card.addresses] == [(2, "home")]
    assert set(card.addresses[0].accounts) == {account["id"] for account in card.accounts}
    assert card.addresses[0].last_used_at == max(order["placed_at"] for order in card.orders)


def test_the_id_of_an_account_leads_to_its_person(bought: World) -> None:
    (person,) = find_persons(bought.workspace, "щербак")
    card = person_card(bought.workspace, person["id"])
    assert card is not None
    assert person_card(bought.workspace, card.accounts[1]["id"]) == card


def test_who_is_not_there_has_no_card(bought: World) -> None:
    assert person_card(bought.workspace, "nobody") is None
