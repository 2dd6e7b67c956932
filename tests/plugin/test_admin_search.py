"""Finding a customer in the admin."""

from urllib.parse import quote

import pytest
from django.test import Client

from plugin.site_world import LISTING, Shops, names, registered
from shop_objects import contact
from wagtail_regulars import _customers


@pytest.mark.parametrize(
    "text",
    [
        "Щербак",
        "ганна  ЩЕРБАК",
        "Shcherbak",
        "HANNA@Example.com",
        "0501112233",
        "(050) 111-22-33",
        "+380 50 111 22 33",
        "1001",
        "#1001",
        "555",
        "hanna@exam",
        "Han",
    ],
)
def test_a_customer_is_found_however_it_is_written(people: Shops, owner: Client, text: str) -> None:
    assert names(owner, f"?q={quote(text)}") == ["Ганна Щербак"]


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "%",
        "_",
        "'; DROP TABLE person; --",
        "\u200b",
        "anna@example",
        "😀",
        "\x00",
        "a\x00b",
        "щерб\x00ак",
        "koval" + "x" * 196,
        "koval" * 4_000,
    ],
)
def test_who_is_not_there_is_not_found(people: Shops, owner: Client, text: str) -> None:
    page = owner.get(LISTING, {"q": text})
    assert page.status_code == 200
    assert "No customers match your query." in page.content.decode()


@pytest.mark.parametrize("text", ["", "  ", "%09"])
def test_nothing_typed_lists_everybody(people: Shops, owner: Client, text: str) -> None:
    assert len(names(owner, f"?q={text}")) == 2


def test_the_field_takes_no_more_than_is_looked_for(people: Shops, owner: Client) -> None:
    assert 'maxlength="200"' in owner.get(LISTING).content.decode()


@pytest.mark.parametrize("text", ["Koval", "Коваль"])
def test_a_name_is_found_in_both_alphabets_at_once(people: Shops, owner: Client, text: str) -> None:
    people.tea.land(registered("9", contact("other", given_name="Олена", family_name="Коваль")))
    people.derive()
    assert sorted(names(owner, f"?q={quote(text)}")) == ["Olena Koval", "Олена Коваль"]


def test_a_search_that_finds_too_many_says_so(
    people: Shops, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_customers, "MOST_FOUND", 2)
    people.tea.land(*(registered(f"1{n}", contact(f"x{n}", family_name="Same")) for n in range(3)))
    people.derive()
    page = owner.get(LISTING, {"q": "same"}).content.decode()
    assert "More than 2 customers match" in page
    assert "customers match; 2" not in owner.get(LISTING, {"q": "щербак"}).content.decode()


def test_a_search_without_contact_data_still_masks_what_it_finds(people: Shops, viewer: Client) -> None:
    page = viewer.get(LISTING, {"q": "0501112233"}).content.decode()
    assert "Щербак" in page
    assert "hanna@example.com" not in page
    assert "+380501112233" not in page
