"""The listing of customers: what it shows, in which order, and at what cost."""

from collections.abc import Sequence

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plugin.site_world import HANNA, LISTING, OLENA, Shops, bought, cells, names, registered
from regulars_agent import change_shop_options
from shop_objects import contact, day
from wagtail_regulars._workspace import workspace

TAIL = -1


def test_each_customer_is_a_row_with_what_all_shops_know(people: Shops, owner: Client) -> None:
    hanna, olena = cells(owner)
    assert hanna[:5] == ["Ганна Щербак", "hanna@example.com", "+380501112233", "100.00 ₴", "2"]
    assert hanna[TAIL] == "10 %"
    assert olena == ["Olena Koval", "olena@example.com", "+380677654321", "", "0", "", ""]


def test_of_several_accounts_in_a_shop_the_highest_offer_is_shown(people: Shops, owner: Client) -> None:
    people.tea.land(registered("9", HANNA))
    for shop in ("tea", "coffee"):
        change_shop_options(workspace(), shop, {"checks_emails": "no"}, who="the owner")
    people.derive()
    assert cells(owner)[0][TAIL] == "5 % own purchases only"
    change_shop_options(workspace(), "coffee", {"checks_emails": "yes"}, who="the owner")
    people.derive()
    assert cells(owner)[0][TAIL] == "tea: 5 % own purchases only , coffee: 10 %"


def test_who_has_one_account_is_not_told_that_it_alone_counts(people: Shops, owner: Client) -> None:
    people.tea.land(bought("1009", OLENA, 30, customer_id="8", placed_at=day(9)))
    change_shop_options(workspace(), "tea", {"checks_emails": "no"}, who="the owner")
    people.derive()
    olena = cells(owner)[0]
    assert (olena[0], olena[TAIL]) == ("Olena Koval", "5 %")


def test_whoever_may_not_see_contact_data_sees_it_masked(people: Shops, viewer: Client) -> None:
    hanna, _ = cells(viewer)
    assert hanna[:3] == ["Ганна Щербак", "h…@example.com", "… 33"]


@pytest.mark.parametrize(
    ("ordering", "first"),
    [
        ("name", "Borys Rich"),
        ("-name", "Ганна Щербак"),
        ("net", "Borys Rich"),
        ("-net", "Ганна Щербак"),
        ("orders", "Borys Rich"),
        ("-orders", "Ганна Щербак"),
        ("last_order", "Ганна Щербак"),
        ("-last_order", "Borys Rich"),
        ("nonsense", "Borys Rich"),
    ],
)
def test_customers_are_ordered_by_a_column_those_without_a_value_last(
    people: Shops, owner: Client, ordering: str, first: str
) -> None:
    borys = contact("borys", given_name="Borys", family_name="Rich")
    people.tea.land(registered("9", borys), bought("1002", borys, 70, customer_id="9", placed_at=day(9)))
    people.derive()
    shown = names(owner, f"?ordering={ordering}")
    assert shown[0] == first
    assert len(shown) == 3
    if ordering.lstrip("-") != "name":
        assert shown[TAIL] == "Olena Koval"


def test_sums_in_two_currencies_are_both_shown_and_the_main_one_orders(people: Shops, owner: Client) -> None:
    people.tea.land(bought("1003", OLENA, 5_000, currency="EUR"), bought("1004", OLENA, 1))
    people.derive()
    hanna, olena = cells(owner, "?ordering=-net")
    assert hanna[0] == "Ганна Щербак"
    assert olena[3] == "€5,000.00, 1.00 ₴"
    assert olena[TAIL] == "held back"


def test_a_page_holds_fifty_and_the_next_one_follows(shops: Shops, owner: Client) -> None:
    _crowd(shops, 60)
    first, second = names(owner, "?ordering=name"), names(owner, "?ordering=name&p=2")
    assert (len(first), len(second)) == (50, 10)
    assert sorted({*first, *second}) == [*first, *second]


@pytest.mark.parametrize("query", ["", "?ordering=-net", "?ordering=-orders", "?q=person", "?q=ліна"])
def test_the_listing_asks_as_much_for_fifty_customers_as_for_two(
    shops: Shops, owner: Client, query: str
) -> None:
    _crowd(shops, 2)
    few = _questions(owner, query)
    _crowd(shops, 60)
    many = _questions(owner, query)
    assert len(many) == len(few) <= 5, many


def _crowd(shops: Shops, size: int) -> None:
    for number in range(size):
        person = contact(f"p{number}", given_name="Person", family_name=f"No{number:03}")
        shops.tea.land(
            registered(str(number), person), bought(f"1{number}", person, 30, customer_id=str(number))
        )
    shops.derive()


def _questions(client: Client, query: str) -> Sequence[str]:
    """What the store's alias was asked for one page."""
    client.get(LISTING + query)
    with CaptureQueriesContext(connections["regulars"]) as asked:
        assert client.get(LISTING + query).status_code == 200
    return [question["sql"] for question in asked.captured_queries]


def test_the_results_alone_are_there_for_a_search_that_is_being_typed(people: Shops, owner: Client) -> None:
    page = owner.get(f"{LISTING}results/?q=hanna@example.com")
    assert page.status_code == 200
    assert "Щербак" in page.content.decode()
    assert "<html" not in page.content.decode()


def test_an_empty_store_says_so(shops: Shops, owner: Client) -> None:
    assert "There are no customers to display." in owner.get(LISTING).content.decode()


def test_a_store_without_tables_is_told_in_plain_words(people: Shops, owner: Client) -> None:
    with people.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE person_fact RENAME TO elsewhere")
        connection.exec_driver_sql("DELETE FROM alembic_version")
    try:
        page = owner.get(LISTING)
        assert page.status_code == 503
        assert "regulars init" in page.content.decode()
    finally:
        with people.store.write() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO person_fact")


def test_hanna_is_who_she_is_in_both_shops(people: Shops, owner: Client) -> None:
    assert names(owner, "?q=hanna@example.com") == [f"{HANNA.given_name} {HANNA.family_name}"]
