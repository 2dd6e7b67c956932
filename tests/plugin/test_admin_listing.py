"""The listing of customers."""

from django.test import Client

from plugin.site_world import Shops, cells


def test_each_customer_is_a_row_with_what_all_shops_know(people: Shops, owner: Client) -> None:
    assert cells(owner) == []
