"""An order that was paid in another currency than the shop's own, on the card of a customer."""

from django.test import Client
from sqlalchemy import update

from plugin.site_world import Shops, person_named, sections
from regulars_store import compress, tables

TOTAL = {
    "shopMoney": {"amount": "100.0", "currencyCode": "UAH"},
    "presentmentMoney": {"amount": "2.41", "currencyCode": "USD"},
}


def test_what_the_buyer_paid_stands_beside_the_order_s_own_total(people: Shops, owner: Client) -> None:
    person = person_named(people, "Щербак")
    with people.tea.store.write() as connection:
        connection.execute(update(tables.shop).values(platform="shopify"))
        mine = update(tables.observation).where(tables.observation.c.kind == "order")
        connection.execute(mine.values(payload=compress({"totalPriceSet": TOTAL})))
    assert "paid as $2.41" in sections(owner, person)["orders"]
    with people.tea.store.write() as connection:
        # A platform whose connector is not installed any more.
        connection.execute(update(tables.shop).values(platform="elsewhere"))
    assert "paid as" not in sections(owner, person)["orders"]
