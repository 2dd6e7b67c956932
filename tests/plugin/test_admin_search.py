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
        "555",
    ],
)
def test_a_customer_is_found_however_it_is_written(people: Shops, owner: Client, text: str) -> None:
    assert names(owner, f"?q={quote(text)}") == ["Ганна Щербак"]


@pytest.mark.parametrize("text", ["nobody", "%", "_", "'; DROP TABLE person; --", "\u200b", "hanna@example"])
def test_who_is_not_there_is_not_found(people: Shops, owner: Client, text: str) -> None:
    page = owner.get(LISTING, {"q": text})
    assert page.status_code == 200
    assert "No customers match your query." in page.content.decode()


def test_a_text_that_no_database_can_hold_is_no_search(people: Shops, owner: Client) -> None:
    assert len(names(owner, "?q=a%00b")) == 2


def test_a_very_long_text_finds_nobody(people: Shops, owner: Client) -> None:
    assert names(owner, "?q=" + "x" * 4_000) == []


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
