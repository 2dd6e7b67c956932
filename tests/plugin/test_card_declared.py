"""What a shop declares beyond the orders that it shows, and its tags, on the card of a customer."""

import pytest
from django.test import Client
from sqlalchemy import update

from plugin.site_world import HANNA, Shops, person_named, registered, sections
from regulars_mapping import RECENT_ORDERS, DeclaredTotal
from regulars_store import tables

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def declared(people: Shops) -> Shops:
    """Hanna's shop hides its older orders, has a total of them, and words for her."""
    with people.tea.store.write() as connection:
        cut = update(tables.shop).where(tables.shop.c.id == people.tea.shop.id)
        connection.execute(cut.values(capabilities=[RECENT_ORDERS]))
    total = DeclaredTotal(spent=10**9, orders=500, currency=people.tea.shop.currency or "UAH")
    people.tea.land(registered("7", HANNA, declared=total, tags=("VIP", SCRIPT)))
    people.derive()
    return people


def test_a_declared_sum_is_told_as_such_apart_from_what_was_bought(declared: Shops, owner: Client) -> None:
    card = sections(owner, person_named(declared, "Щербак"))
    profile = card["profile"].replace("\u00a0", " ")
    _, _, told = profile.partition("Before the orders that the shop shows")
    assert "Spent 10,000,000.00 ₴ Orders 500" in told
    assert "Declared by the shop, with tax and shipping." in told
    assert f"VIP, {SCRIPT}" in card["accounts"]


def test_a_shop_s_words_about_people_are_masked_like_others(
    declared: Shops, owner: Client, viewer: Client
) -> None:
    person = person_named(declared, "Щербак")
    assert "VIP" in sections(owner, person)["accounts"]
    assert "VIP" not in sections(viewer, person)["accounts"]
    assert "Declared by the shop" in sections(viewer, person)["profile"]


def test_without_hidden_orders_nothing_is_declared(people: Shops, owner: Client) -> None:
    assert "Declared by" not in sections(owner, person_named(people, "Щербак"))["profile"]
