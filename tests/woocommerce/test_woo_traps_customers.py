"""What a real shop does with customers, each of its traps a test.

Held elsewhere: the default of 10 a page and ties of registration (test_woo_pull: customers come oldest
first); names, entities, the account's e-mail over the billing one, a missing change time
(test_woo_mapping_rules); the labels' update in place and removal, batches and their errors an element
(test_woo_push); what the shop itself does (tests/sandbox/test_woocommerce_double).
"""

import json
from datetime import timedelta
from typing import Any

import pytest

from regulars_connectors import Operation, Outcome, Scan, Target, Verb
from regulars_mapping import Customer, Kind, Order, fold_email
from regulars_sandbox import WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import (
    START,
    Increments,
    Opener,
    Watched,
    a_customer,
    a_product,
    a_shop,
    an_order,
    records_of,
)

HARMLESS = {"role", "per_page", "page", "offset", "orderby", "order", "include", "_fields"}


def listed(connector: WooCommerceConnector, kind: Kind = Kind.CUSTOMER) -> list[str]:
    return [external_id for batch in connector.list_ids(kind) for external_id in batch]


def customer_of(connector: WooCommerceConnector, number: int) -> Customer:
    (record,) = records_of(connector, Kind.CUSTOMER, number)
    customer = connector.translate(record)
    assert isinstance(customer, Customer)
    return customer


def edited_unseen(
    shop: WooCommerceShop, connector: WooCommerceConnector, number: int, **changes: Any
) -> None:
    """Another plug-in writes the customer's metadata: no date moves, nothing fires."""
    (record,) = records_of(connector, Kind.CUSTOMER, number)
    shop.load(customers=[{**record.payload, **changes}])


@pytest.fixture
def shop() -> WooCommerceShop:
    return a_shop(customers=tuple(a_customer(number) for number in (1, 2, 3)), products=(a_product(10),))


@pytest.fixture
def connector(opened: Opener, shop: WooCommerceShop) -> WooCommerceConnector:
    return opened(shop)


def test_who_has_another_role_now_drops_out_of_no_listing_of_ours(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    shop.change_role(2, "wholesale")
    pages = connector.pages(Kind.CUSTOMER, Scan.HISTORY)
    assert [record.external_id for page in pages for record in page.records] == ["1", "2", "3"]
    assert listed(connector) == ["1", "2", "3"]
    assert {total.kind: total.count for total in connector.totals()}[Kind.CUSTOMER] == 3


def test_a_role_changes_without_a_date_and_a_sweep_tells_it_by_its_hash(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    (before,) = records_of(connector, Kind.CUSTOMER, 2)
    shop.change_role(2, "wholesale")
    (after,) = records_of(connector, Kind.CUSTOMER, 2)
    assert after.changed_at == before.changed_at
    assert after.digest != before.digest
    assert customer_of(connector, 2).role == "wholesale"


def test_who_was_imported_has_no_change_time_and_is_listed_read_and_told_by_hash(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.import_customer("Imported@Example.com", billing={"first_name": "Ira"})
    assert str(number) in listed(connector)
    (before,) = records_of(connector, Kind.CUSTOMER, number)
    edited_unseen(shop, connector, number, first_name="Iryna")
    (after,) = records_of(connector, Kind.CUSTOMER, number)
    assert (before.changed_at, after.changed_at) == (None, None)
    assert after.digest != before.digest
    assert customer_of(connector, number).contact.given_name == "Iryna"


def test_metadata_of_another_plugin_moves_no_date_and_is_told_by_hash(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    (before,) = records_of(connector, Kind.CUSTOMER, 1)
    edited_unseen(shop, connector, 1, meta_data=[{"id": 1, "key": "loyalty_card", "value": "77"}])
    (after,) = records_of(connector, Kind.CUSTOMER, 1)
    assert after.changed_at == before.changed_at
    assert after.digest != before.digest


def test_no_filter_is_relied_on_that_the_shop_passes_over_in_silence(opened: Opener) -> None:
    watched = Watched(a_shop(customers=tuple(a_customer(number) for number in range(1, 131))))
    connector = opened(watched)
    increments = Increments(connector, Kind.CUSTOMER, START)
    increments()
    increments()
    list(connector.pages(Kind.CUSTOMER, Scan.HISTORY))
    listed(connector)
    connector.totals()
    connector.read(Kind.CUSTOMER, ["1", "2"])
    asked = watched.asked("customers")
    assert asked
    assert set().union(*asked) <= HARMLESS
    assert all(one["role"] == "all" for one in asked), "the default hides who is no mere customer"
    assert all(int(one["per_page"]) <= 100 for one in asked), "more is a 400"
    assert {one["orderby"] for one in asked if "orderby" in one} == {"id"}, "any other order has ties"


def test_what_reports_say_of_customers_is_not_asked(opened: Opener) -> None:
    watched = Watched(a_shop(customers=(a_customer(1),), orders=(an_order(5, START),)))
    connector = opened(watched)
    for kind in connector.kinds:
        list(connector.pages(kind, Scan.HISTORY))
        Increments(connector, kind, START)()
        listed(connector, kind)
    connector.totals()
    assert {request.target.partition("/wc/")[2].partition("/")[0] for request in watched.seen} == {"v3"}


def test_a_page_past_the_end_is_empty_and_the_end(connector: WooCommerceConnector) -> None:
    page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor={"page": 9}, window=None)
    assert (list(page.records), page.cursor) == ([], None)


def test_guests_are_no_customers_and_their_orders_name_them(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(
        items=[(10, 1)], billing={"first_name": "Ira", "email": "Guest@Example.com", "phone": "067 123-45-67"}
    )
    assert listed(connector) == ["1", "2", "3"]
    order = connector.translate(records_of(connector, Kind.ORDER, number)[0])
    assert isinstance(order, Order)
    assert order.customer_id is None
    assert (order.contact.email, order.contact.phone) == ("Guest@Example.com", "067 123-45-67")


def test_a_guests_orders_stay_a_guests_when_they_register(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(items=[(10, 1)], billing={"email": "guest@example.com"})
    shop.register("guest@example.com")
    order = connector.translate(records_of(connector, Kind.ORDER, number)[0])
    assert isinstance(order, Order)
    assert order.customer_id is None


def test_an_email_keeps_its_case_and_is_one_with_any_other(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.register("Ann.Lee@Example.COM")
    email = customer_of(connector, number).contact.email
    assert email == "Ann.Lee@Example.COM"
    assert fold_email(email) == fold_email("ann.lee@example.com")


def test_who_was_deleted_is_gone_and_their_orders_come_back_as_a_guests(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(items=[(10, 1)], customer_id=2, billing={"email": "person2@example.com"})
    increments = Increments(connector, Kind.ORDER, START)
    increments()
    shop.delete_customer(2)
    assert connector.read(Kind.CUSTOMER, ["1", "2"]).gone == {"2"}
    order = connector.translate(increments()[str(number)])
    assert isinstance(order, Order)
    assert (order.customer_id, order.contact.email) == (None, "person2@example.com")


def test_a_name_loses_its_tags_in_the_shop_and_its_entities_here(connector: WooCommerceConnector) -> None:
    raw = {"company": "<script>alert(1)</script>", "phone": "<b>067</b>"}
    body = {"first_name": "Tom & <i>Ann</i>", "billing": raw}
    connector._client.write("PUT", "customers/1", body)
    contact = customer_of(connector, 1).contact
    assert contact.given_name == "Tom & Ann"
    assert (contact.company, contact.phone) == (raw["company"], raw["phone"]), (
        "text of a stranger, kept as text"
    )


def test_metadata_of_two_hundred_kilobytes_maps(connector: WooCommerceConnector) -> None:
    body = {
        "meta_data": [{"key": "wishlist", "value": "x" * 200_000}, {"key": "nested", "value": {"a": ["б"]}}]
    }
    connector._client.write("PUT", "customers/1", body)
    assert customer_of(connector, 1).external_id == "1"


def test_a_label_goes_out_under_keys_that_the_shop_keeps_and_nothing_else_with_it(opened: Opener) -> None:
    watched = Watched(a_shop(customers=(a_customer(1), a_customer(2))))
    connector = opened(watched)
    document = {"regulars_level": "Silver", "regulars_discount": "7.00"}
    labels = [Operation(f"op-{n}", Verb.UPDATE, Target("label", str(n)), document) for n in (1, 2)]
    assert [result.outcome for result in connector.push(labels)] == [Outcome.DONE, Outcome.DONE]
    (request,) = [one for one in watched.seen if one.method == "POST"]
    assert request.target.endswith("/customers/batch"), "fields narrowed here would hide the errors"
    (part, other) = json.loads(request.body)["update"]
    assert set(part) == set(other) == {"id", "meta_data"}, "an e-mail or password written mails the person"
    keys = {meta["key"] for meta in part["meta_data"]}
    assert all(key.startswith("regulars_") for key in keys), "no hidden key, no wp_capabilities"
    assert customer_of(connector, 1).labels == document


def test_a_new_customer_is_found_though_others_were_deleted_meanwhile(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    increments = Increments(connector, Kind.CUSTOMER, START - timedelta(days=1))
    assert set(increments()) == {"1", "2", "3"}
    shop.delete_customer(3)
    number = shop.register("four@example.com")
    assert set(increments()) == {str(number)}
