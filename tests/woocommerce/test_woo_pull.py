"""Pulling from a shop over HTTPS: everything comes, in its order, also while the shop changes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from regulars_connectors import Cursor, Page, RawRecord, Scan, Window
from regulars_mapping import Kind, MisconfiguredError, Order, OrderStatus, PermanentError, RetryError
from regulars_sandbox import ApiKey, Faults, Noise, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._translate import CURRENCY_KEY
from woocommerce.conftest import START, Opener, a_customer, a_product, a_shop, an_order, exported, minutes


def all_pages(
    connector: WooCommerceConnector, kind: Kind, scan: Scan = Scan.HISTORY, **given: Any
) -> list[Page]:
    return list(connector.pages(kind, scan, **given))


def ids(pages: list[Page], kind: Kind) -> list[str]:
    found = [record.external_id for page in pages for record in page.records if record.kind is kind]
    return list(dict.fromkeys(found))


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def in_seconds(count: int, *, apart: float = 1.0, first: int = 1) -> list[Any]:
    return [an_order(first + at, START + timedelta(seconds=int(at * apart))) for at in range(count)]


def test_orders_come_newest_first_with_their_refunds(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    pages = all_pages(opened(recorded_shop), Kind.ORDER)
    expected = sorted(exported("orders"), key=lambda one: (one["date_created_gmt"], one["id"]), reverse=True)
    assert ids(pages, Kind.ORDER) == [str(one["id"]) for one in expected]
    stated = {str(refund["id"]) for order in exported("orders") for refund in order["refunds"]}
    known = stated & {str(refund["id"]) for refund in exported("refunds")}
    assert set(ids(pages, Kind.REFUND)) == known


def test_refunds_carry_the_currency_of_their_order(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    connector = opened(recorded_shop)
    records = [record for page in all_pages(connector, Kind.ORDER) for record in page.records]
    refund = next(record for record in records if record.kind is Kind.REFUND and record.external_id == "263")
    assert refund.payload[CURRENCY_KEY] == "EUR"


def test_a_second_with_more_orders_than_a_page_comes_whole(opened: Opener) -> None:
    crowded = [an_order(number, START + minutes(1)) for number in range(101, 351)]
    orders = (*in_seconds(30), *crowded, *in_seconds(30, first=401))
    connector = opened(a_shop(orders=tuple(orders)))
    pages = all_pages(connector, Kind.ORDER)
    assert set(ids(pages, Kind.ORDER)) == {str(order.id) for order in orders}


def test_history_survives_new_and_changed_orders(opened: Opener) -> None:
    shop = a_shop(orders=tuple(in_seconds(250)))
    connector = opened(shop)
    first = connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    for number in range(1, 8):
        shop.load(orders=[{**_payload(connector, 250), "id": 1000 + number}])
    assert first.cursor is not None
    rest = all_pages(connector, Kind.ORDER, cursor=first.cursor)
    assert set(ids([first, *rest], Kind.ORDER)) >= set(numbers(1, 250))


def _payload(connector: WooCommerceConnector, number: int) -> dict[str, Any]:
    record = connector.read(Kind.ORDER, [str(number)]).records[0]
    return {**record.payload, "date_created_gmt": "2026-04-01T00:00:00"}


def test_history_goes_on_from_a_kept_position(opened: Opener) -> None:
    connector = opened(a_shop(orders=tuple(in_seconds(250))))
    first = connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    assert first.remaining == 250
    assert first.cursor is not None
    rest = all_pages(connector, Kind.ORDER, cursor=dict(first.cursor))
    assert set(ids(rest, Kind.ORDER)) >= set(numbers(1, 150))
    assert rest[-1].resume is None


def test_a_window_narrows_the_orders(opened: Opener) -> None:
    connector = opened(a_shop(orders=tuple(in_seconds(20))))
    window = Window(START + timedelta(seconds=5), START + timedelta(seconds=10))
    assert ids(all_pages(connector, Kind.ORDER, window=window), Kind.ORDER) == ["10", "9", "8", "7", "6"]
    assert [total.count for total in connector.totals(window)] == [5]
    assert [list(batch) for batch in connector.list_ids(Kind.ORDER, window)] == [numbers(6, 10)]


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.PRODUCT])
def test_customers_and_products_come_oldest_first(opened: Opener, kind: Kind) -> None:
    customers = tuple(a_customer(number) for number in range(1, 231))
    products = tuple(a_product(number) for number in range(1, 231))
    connector = opened(a_shop(customers=customers, products=products))
    assert ids(all_pages(connector, kind), kind) == numbers(1, 230)


def changed_since(connector: WooCommerceConnector, kind: Kind, cursor: Cursor) -> tuple[list[str], Page]:
    pages = all_pages(connector, kind, Scan.CHANGES, cursor=cursor)
    return ids(pages, kind), pages[-1]


@pytest.mark.parametrize(("kind", "requests"), [(Kind.ORDER, 2), (Kind.PRODUCT, 1)])
def test_changes_bring_what_changed_and_then_nothing_in_a_request_or_two(
    opened: Opener, kind: Kind, requests: int
) -> None:
    products = tuple(a_product(number, START + minutes(number)) for number in range(1, 151))
    orders = tuple(an_order(number, START + minutes(number)) for number in range(1, 151))
    server = opened.served(a_shop(orders=orders, products=products))
    connector = opened.connector(server)
    found, last = changed_since(connector, kind, connector.changes_cursor(kind, START + minutes(31)))
    assert found == numbers(31, 150)
    assert last.resume is not None
    before = server.requests_seen
    found, last = changed_since(connector, kind, last.resume)
    assert (found, server.requests_seen - before) == ([], requests), "of orders, the trash is asked for too"
    assert last.resume is not None


def test_changes_in_one_second_beyond_a_page_come_whole(opened: Opener) -> None:
    orders = tuple(an_order(number, START, modified=START + minutes(5)) for number in range(1, 351))
    connector = opened(a_shop(orders=orders))
    found, last = changed_since(connector, Kind.ORDER, connector.changes_cursor(Kind.ORDER, START))
    assert sorted(found, key=int) == numbers(1, 350)
    assert last.resume is not None
    assert changed_since(connector, Kind.ORDER, last.resume)[0] == []


def test_orders_that_change_during_the_scan_hide_no_others(opened: Opener) -> None:
    orders = tuple(an_order(number, START + minutes(number)) for number in range(1, 251))
    shop = a_shop(orders=orders)
    connector = opened(shop)
    cursor = connector.changes_cursor(Kind.ORDER, START)
    first = connector.page(Kind.ORDER, Scan.CHANGES, cursor=cursor, window=None)
    for number in range(1, 8):
        shop.load(orders=[{**_payload(connector, number), "date_modified_gmt": "2026-04-01T00:00:00"}])
    assert first.cursor is not None
    rest = all_pages(connector, Kind.ORDER, Scan.CHANGES, cursor=first.cursor)
    assert set(ids([first, *rest], Kind.ORDER)) == set(numbers(1, 250))


def test_new_customers_are_found_by_their_ids(opened: Opener) -> None:
    shop = a_shop(customers=tuple(a_customer(number) for number in range(1, 131)))
    server = opened.served(shop)
    connector = opened.connector(server)
    found, last = changed_since(connector, Kind.CUSTOMER, connector.changes_cursor(Kind.CUSTOMER, START))
    assert set(found) == set(numbers(1, 130))
    assert last.resume is not None
    before = server.requests_seen
    assert changed_since(connector, Kind.CUSTOMER, last.resume)[0] == []
    assert server.requests_seen - before == 1
    shop.load(customers=[{**exported("customers")[3], "id": 131, "email": "new@example.com"}])
    assert changed_since(connector, Kind.CUSTOMER, last.resume)[0] == ["131"]


def test_refunds_have_no_pages_of_their_own(opened: Opener) -> None:
    with pytest.raises(PermanentError, match="come with their orders"):
        all_pages(opened(a_shop()), Kind.REFUND)


def test_reading_tells_the_trash_from_the_gone(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    connector = opened(recorded_shop)
    chosen = [str(order["id"]) for order in exported("orders")[:3]]
    trashed = {**exported("orders")[0], "status": "trash"}
    recorded_shop.load(orders=[trashed])
    reading = connector.read(Kind.ORDER, [*chosen, "999999"])
    assert reading.gone == {"999999"}
    orders = [record for record in reading.records if record.kind is Kind.ORDER]
    assert [record.external_id for record in orders] == chosen
    first = connector.translate(orders[0])
    assert isinstance(first, Order)
    assert first.status is OrderStatus.TRASHED


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.PRODUCT])
def test_reading_finds_what_is_there_and_names_what_is_gone(
    opened: Opener, recorded_shop: WooCommerceShop, kind: Kind
) -> None:
    present = str(exported(f"{kind}s")[4]["id"])
    reading = opened(recorded_shop).read(kind, [present, "999999"])
    assert ([record.external_id for record in reading.records], reading.gone) == ([present], {"999999"})


def test_refunds_read_alone_carry_their_orders_currency(
    opened: Opener, recorded_shop: WooCommerceShop
) -> None:
    records = opened(recorded_shop).read(Kind.REFUND, ["263", "999999"]).records
    assert [(record.external_id, record.payload[CURRENCY_KEY]) for record in records] == [("263", "EUR")]


def test_an_id_that_is_no_number_is_refused(opened: Opener) -> None:
    with pytest.raises(PermanentError, match="numbers"):
        opened(a_shop()).read(Kind.ORDER, ["guest-1"])


def test_every_id_is_listed_once_though_others_are_deleted_meanwhile(opened: Opener) -> None:
    shop = a_shop(customers=tuple(a_customer(number) for number in range(1, 351)))
    connector = opened(shop)
    batches = connector.list_ids(Kind.CUSTOMER)
    seen = list(next(batches))
    for number in range(10, 30):
        connector._client.write("DELETE", f"customers/{number}", None, {"force": "true"})
    seen += [external_id for batch in batches for external_id in batch]
    assert len(seen) == len(set(seen))
    assert set(numbers(30, 350)) <= set(seen)


def test_totals_are_the_shops_own(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    totals = {total.kind: total.count for total in opened(recorded_shop).totals()}
    assert totals == {Kind.CUSTOMER: 50, Kind.PRODUCT: 25, Kind.ORDER: 100, Kind.REVIEW: 0}


def test_records_of_an_unchanged_shop_have_equal_digests(
    opened: Opener, recorded_shop: WooCommerceShop
) -> None:
    def digests(connector: WooCommerceConnector) -> list[bytes]:
        return [record.digest for page in all_pages(connector, Kind.ORDER) for record in page.records]

    assert digests(opened(recorded_shop)) == digests(opened(recorded_shop))


def test_a_record_shows_no_personal_data(opened: Opener, recorded_shop: WooCommerceShop) -> None:
    page = opened(recorded_shop).page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
    assert isinstance(page.records[0], RawRecord)
    assert "@" not in repr(page)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(throttle_every=2),
        Faults(crash_every=2),
        Faults(truncate_every=2),
        Faults(noise=Noise.NOTICE),
        Faults(noise=Noise.BOM),
        Faults(noise=Noise.BLANK),
        Faults(noise=Noise.TAIL),
    ],
)
def test_a_shop_on_a_bad_day_is_read_whole(opened: Opener, faults: Faults) -> None:
    server = opened.served(a_shop(orders=tuple(in_seconds(250))), faults=faults)
    assert len(ids(all_pages(opened.connector(server), Kind.ORDER), Kind.ORDER)) == 250


def test_a_shop_in_maintenance_says_when_to_come_back(opened: Opener) -> None:
    connector = opened.connector(opened.served(a_shop(), faults=Faults(maintenance=True)))
    with pytest.raises(RetryError, match="maintenance") as caught:
        connector.totals()
    assert caught.value.retry_after == 600
    assert opened.waits == []


def test_a_browser_check_before_the_shop_is_named(opened: Opener) -> None:
    connector = opened.connector(opened.served(a_shop(), faults=Faults(challenge_every=1)))
    with pytest.raises(MisconfiguredError, match="web page instead of data"):
        connector.totals()


def test_a_signed_request_over_plain_http_is_let_in(opened: Opener) -> None:
    server = opened.served(a_shop(orders=tuple(in_seconds(3))), tls=False)
    assert ids(all_pages(opened.connector(server), Kind.ORDER), Kind.ORDER) == ["3", "2", "1"]


def test_a_shop_with_another_home_is_signed_for_that(opened: Opener) -> None:
    shop = WooCommerceShop(home="http://shop.example.com:8088")
    server = opened.served(shop, tls=False)
    with pytest.raises(MisconfiguredError, match="home_url"):
        opened.connector(server).totals()
    connector = opened.connector(server, home_url="http://shop.example.com:8088/")
    assert [total.count for total in connector.totals()] == [0, 0, 0, 0]


def test_a_key_that_may_not_read_is_named(opened: Opener) -> None:
    shop = a_shop()
    powerless = shop.add_key(ApiKey("ck_none", "cs_none", role="customer"))
    connector = opened.connector(opened.served(shop), key=powerless)
    with pytest.raises(MisconfiguredError, match="administrator or shop manager"):
        connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)


def test_the_shops_clock_comes_with_the_page(opened: Opener) -> None:
    page = opened(a_shop()).page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    assert isinstance(page.shop_time, datetime)
    assert page.shop_time.tzinfo is not None


@pytest.mark.parametrize("gone", [range(1, 151), range(1, 398), range(300, 400)])
def test_changes_of_one_second_come_whole_while_others_of_it_are_trashed(opened: Opener, gone: range) -> None:
    """What is trashed leaves the list, and pulls others up past where the walk stands."""
    shop = a_shop(orders=tuple(an_order(one, START, modified=START + minutes(5)) for one in range(1, 701)))
    connector = opened(shop)
    cursor, seen = connector.changes_cursor(Kind.ORDER, START + minutes(4)), set[str]()
    for number in range(60):
        page = connector.page(Kind.ORDER, Scan.CHANGES, cursor=cursor, window=None)
        seen |= set(ids([page], Kind.ORDER))
        if number == 3:
            for one in gone:
                shop.trash_order(one)
        if page.cursor is None:
            break
        cursor = page.cursor
    assert page.resume is not None
    assert seen == set(numbers(1, 700))
