"""What a real shop does with orders and refunds, each of its traps a test.

Held elsewhere: page drift, ties past a page in one second (test_woo_pull; that page numbers count within one
second only, test_woo_scans); an order without an e-mail, statuses, prefixes, money, statuses of drafts
(test_woo_mapping_rules); that the shop shifts a time with a zone, refunds above the total, date_modified and
what moves it (tests/sandbox/test_woocommerce_double, test_recorded_findings).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from regulars_connectors import RawRecord, Scan, Window
from regulars_mapping import Kind, Order, OrderStatus, Refund, SkipError
from regulars_sandbox import Faults, Tax, WooCommerceShop
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
    minutes,
    records_of,
)

SECOND = timedelta(seconds=1)
NO_FILTERS = {"per_page", "page", "offset", "orderby", "order", "include", "_fields"}
TIMES = {"after", "before", "modified_after", "modified_before"}
ZONES = ["Europe/Kyiv", "America/New_York", "Pacific/Kiritimati", "UTC"]


class Till:
    """The clock of a shop."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def till() -> Till:
    return Till(datetime.now(UTC))


@pytest.fixture
def shop(till: Till) -> WooCommerceShop:
    shop = WooCommerceShop(clock=till)
    shop.load(products=[_product(10)])
    return shop


def _product(number: int) -> dict[str, Any]:
    filled = a_shop(products=(a_product(number),))
    (row,) = filled._core.products
    return row.record


@pytest.fixture
def connector(opened: Opener, shop: WooCommerceShop) -> WooCommerceConnector:
    return opened(shop)


@pytest.fixture
def increments(connector: WooCommerceConnector, till: Till) -> Increments:
    return Increments(connector, Kind.ORDER, till.now)


def order_in(connector: WooCommerceConnector, record: RawRecord) -> Order:
    order = connector.translate(record)
    assert isinstance(order, Order)
    return order


def order_of(connector: WooCommerceConnector, number: int) -> Order:
    return order_in(connector, records_of(connector, Kind.ORDER, number)[0])


def bought(shop: WooCommerceShop, **given: Any) -> int:
    return shop.place_order(**{"items": [(10, 2)], "billing": {"email": "buyer@example.com"}, **given})


def test_modified_after_excludes_its_second_so_ours_begins_a_second_earlier(
    connector: WooCommerceConnector, shop: WooCommerceShop, till: Till
) -> None:
    number = bought(shop)
    exactly = till.now.replace(microsecond=0)
    assert str(number) in Increments(connector, Kind.ORDER, exactly)()
    assert str(number) in Increments(connector, Kind.ORDER, exactly + timedelta(milliseconds=900))()
    assert str(number) not in Increments(connector, Kind.ORDER, exactly + SECOND)()


@pytest.mark.parametrize("zone", ZONES)
def test_the_shops_zone_shifts_no_time_that_we_ask_by(opened: Opener, zone: str) -> None:
    orders = tuple(an_order(number, START + minutes(number)) for number in range(1, 181))
    watched = Watched(a_shop(zone=zone, orders=orders))
    connector = opened(watched)
    assert set(Increments(connector, Kind.ORDER, START + minutes(100))()) == set(map(str, range(100, 181)))
    window = Window(START + minutes(30), START + minutes(60))
    found = [one for page in connector.pages(Kind.ORDER, Scan.HISTORY, window=window) for one in page.records]
    assert {one.external_id for one in found} == set(map(str, range(30, 60)))
    assert [total.count for total in connector.totals(window)] == [30]
    timed = [one for one in watched.asked("orders") if TIMES & one.keys()]
    assert timed
    for one in timed:
        assert one["dates_are_gmt"] == "true"
        assert all(datetime.fromisoformat(one[name]).tzinfo is None for name in TIMES & one.keys())


@pytest.mark.parametrize(
    "around",
    [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)],
    ids=["back", "on"],
)
def test_the_hour_in_which_clocks_go_back_or_on_is_read_whole_and_once(
    opened: Opener, around: datetime
) -> None:
    orders = tuple(an_order(number, around + minutes(number - 90)) for number in range(1, 181))
    connector = opened(a_shop(zone="Europe/Kyiv", orders=orders))
    for start in (-90, -60, -30, 0, 30):
        window = Window(around + minutes(start), around + minutes(start + 30))
        batches = list(connector.list_ids(Kind.ORDER, window))
        assert [one for batch in batches for one in batch] == [
            str(number) for number in range(start + 90, start + 120) if number
        ]
    since = around + minutes(-30)
    assert set(Increments(connector, Kind.ORDER, since)()) == set(map(str, range(60, 181)))


def test_the_rest_of_the_second_in_which_we_asked_is_not_lost(
    increments: Increments, shop: WooCommerceShop
) -> None:
    first = bought(shop)
    assert str(first) in increments()
    second = bought(shop)
    assert str(second) in increments()


@pytest.mark.parametrize("skew", [300.0, -300.0])
def test_the_rest_of_the_second_is_not_lost_to_a_clock_before_the_shop_that_goes_wrong(
    opened: Opener, shop: WooCommerceShop, till: Till, skew: float
) -> None:
    server = opened.served(shop, faults=Faults(clock_skew=skew))
    increments = Increments(opened.connector(server), Kind.ORDER, till.now)
    assert str(bought(shop)) in increments()
    assert str(bought(shop)) in increments()


@pytest.mark.parametrize("ahead", [minutes(10), timedelta(days=30)])
def test_a_change_dated_in_the_future_hides_none_of_today(
    increments: Increments, shop: WooCommerceShop, till: Till, ahead: timedelta
) -> None:
    today = till.now
    till.now = today + ahead
    odd = bought(shop)
    till.now = today
    assert str(odd) in increments()
    till.now = today + SECOND
    number = bought(shop)
    assert str(number) in increments()


def test_a_shop_whose_clock_was_set_back_loses_nothing(
    connector: WooCommerceConnector, shop: WooCommerceShop, till: Till
) -> None:
    increments = Increments(connector, Kind.ORDER, till.now + timedelta(hours=2))
    number = bought(shop)
    assert str(number) in increments()


def test_changes_of_hundreds_in_the_future_end(opened: Opener) -> None:
    ahead = datetime.now(UTC) + timedelta(days=3)
    orders = tuple(an_order(number, START, modified=ahead) for number in range(1, 251))
    increments = Increments(opened(a_shop(orders=orders)), Kind.ORDER, START)
    assert len(increments()) == len(increments()) == 250


def test_orders_of_one_second_that_change_again_while_it_is_paged_hide_no_others(
    opened: Opener,
) -> None:
    shop = a_shop(
        orders=tuple(an_order(number, START, modified=START + minutes(5)) for number in range(1, 351))
    )
    connector = opened(shop)
    cursor, found = connector.changes_cursor(Kind.ORDER, START), set[str]()
    again = iter(range(1, 29))
    for page in connector.pages(Kind.ORDER, Scan.CHANGES, cursor=cursor):
        found |= {record.external_id for record in page.records}
        for number in islice(again, 7):
            shop.edit_order(number, customer_note="moved on")
    assert found == set(map(str, range(1, 351)))


def test_an_unfinished_cart_is_no_order_until_it_is_one(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop
) -> None:
    with pytest.raises(ValueError, match="invalid_coupon"):
        bought(shop, coupon_codes=["no-such-code"])
    (left,) = increments().values()
    with pytest.raises(SkipError, match="unfinished cart"):
        connector.translate(left)
    shop.edit_order(int(left.external_id), status="processing")
    (order,) = [order_in(connector, record) for record in increments().values()]
    assert order.status is OrderStatus.PROCESSING


def test_the_trash_is_a_listing_of_its_own_and_an_increment_looks_there(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop, till: Till
) -> None:
    kept, trashed = bought(shop), bought(shop)
    increments()
    till.now += SECOND
    shop.trash_order(trashed)
    found = increments()
    assert order_in(connector, found[str(trashed)]).status is OrderStatus.TRASHED
    listed = [one for batch in connector.list_ids(Kind.ORDER) for one in batch]
    assert listed == [str(kept)]
    assert connector.read(Kind.ORDER, [str(trashed)]).gone == frozenset()


def test_what_is_restored_from_the_trash_by_a_status_is_seen_though_nothing_fires(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop, till: Till
) -> None:
    number = bought(shop)
    shop.trash_order(number)
    increments()
    till.now += SECOND
    connector._client.write("PUT", f"orders/{number}", {"status": "completed"})
    assert order_in(connector, increments()[str(number)]).status is OrderStatus.COMPLETED


def test_more_trash_than_a_page_comes_whole_and_is_asked_for_apart(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START + minutes(number)) for number in range(1, 251)))
    for number in range(1, 231):
        shop.trash_order(number)
    watched = Watched(shop)
    connector = opened(watched)
    increments = Increments(connector, Kind.ORDER, START)
    assert set(increments()) == set(map(str, range(1, 251)))
    statuses = {one.get("status") for one in watched.asked("orders")}
    assert statuses == {None, "trash"}, "any,trash would show no trash"


def test_an_order_deleted_for_good_is_in_no_list_and_gone_when_read(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop
) -> None:
    kept, deleted = bought(shop), bought(shop)
    increments()
    shop.delete_order(deleted)
    assert str(deleted) not in increments(), "nothing tells of it"
    assert [one for batch in connector.list_ids(Kind.ORDER) for one in batch] == [str(kept)]
    assert connector.read(Kind.ORDER, [str(kept), str(deleted)]).gone == {str(deleted)}


def test_a_refund_leaves_the_total_alone_and_comes_with_its_order(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop, till: Till
) -> None:
    number = bought(shop)
    before = order_in(connector, increments()[str(number)])
    till.now += SECOND
    refund = shop.refund_order(number, 500, reason="broken")
    found = increments()
    after = order_in(connector, found[str(number)])
    assert (after.total, after.status) == (before.total, OrderStatus.PROCESSING)
    assert after.refund_ids == (str(refund),)
    given_back = connector.translate(found[str(refund)])
    assert isinstance(given_back, Refund)
    assert (given_back.amount, given_back.order_id) == (500, str(number))


@pytest.mark.parametrize(
    "whole",
    [
        lambda shop, number: shop.refund_order(number, 2000),
        lambda shop, number: shop.edit_order(number, status="refunded"),
    ],
    ids=["by amount", "by status"],
)
def test_a_whole_refund_sets_the_status_and_makes_a_record(
    connector: WooCommerceConnector,
    increments: Increments,
    shop: WooCommerceShop,
    whole: Callable[[WooCommerceShop, int], object],
) -> None:
    number = bought(shop)
    whole(shop, number)
    found = increments()
    order = order_in(connector, found[str(number)])
    assert (order.status, order.total) == (OrderStatus.REFUNDED, 2000)
    (refund,) = [record for record in found.values() if record.kind is Kind.REFUND]
    given_back = connector.translate(refund)
    assert isinstance(given_back, Refund)
    assert given_back.amount == 2000


def test_a_refund_deleted_moves_no_date_and_is_told_by_the_hash_of_its_order(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop, till: Till
) -> None:
    number = bought(shop)
    refund = shop.refund_order(number, 500)
    increments()
    (before,) = records_of(connector, Kind.ORDER, number)
    till.now += minutes(1)
    shop.delete_refund(refund)
    (after,) = records_of(connector, Kind.ORDER, number)
    assert after.changed_at == before.changed_at
    assert after.digest != before.digest
    assert order_in(connector, after).refund_ids == ()
    assert [*connector.read(Kind.REFUND, [str(refund)]).records] == []


def test_an_erased_customers_orders_come_back_as_nobodys_and_the_account_keeps_its_name(
    connector: WooCommerceConnector, increments: Increments, shop: WooCommerceShop, till: Till
) -> None:
    person = shop.register("ann@example.com", billing={"first_name": "Ann", "phone": "0671234567"})
    billing = {"first_name": "Ann", "email": "ann@example.com", "phone": "0671234567"}
    numbers = [bought(shop, customer_id=person, billing=billing) for _ in range(3)]
    increments()
    till.now += SECOND
    shop.erase_customer(person)
    found = increments()
    for number in numbers:
        order = order_in(connector, found[str(number)])
        assert order.customer_id is None
        assert set(order.contact.model_dump().values()) == {""}
        assert (order.billing, order.delivery, order.total) == (None, None, 2000)
    (account,) = records_of(connector, Kind.CUSTOMER, person)
    assert account.payload["email"] == "ann@example.com"


def test_an_erased_order_by_phone_is_not_one_person_with_every_other(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    person = shop.register("ann@example.com")
    number = bought(shop, customer_id=person, billing={"first_name": "Ann", "phone": "0671234567"})
    shop.erase_customer(person)
    order = order_of(connector, number)
    assert set(order.contact.model_dump().values()) == {""}, "+000000000000 is everybody's"


def test_an_order_for_a_product_that_is_not_there_is_a_line_of_nothing(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    order = order_of(connector, bought(shop, items=[(999, 1), (10, 1)]))
    assert [(line.product_id, line.name, line.net) for line in order.lines] == [
        ("", "", 0),
        ("10", "Coffee 10", 1000),
    ]


def test_a_price_that_is_a_json_number_is_no_money(connector: WooCommerceConnector, opened: Opener) -> None:
    shop = WooCommerceShop(tax=Tax(20))
    shop.load(products=[{**_product(10), "price": "10.00"}])
    taxed = opened(shop)
    number = bought(shop, items=[(10, 3)])
    (record,) = records_of(taxed, Kind.ORDER, number)
    line = {**record.payload["line_items"][0], "price": 1e308}
    order = order_in(taxed, RawRecord(Kind.ORDER, "1", None, b"", {**record.payload, "line_items": [line]}))
    assert (order.lines[0].net, order.lines[0].tax, order.total) == (3000, 600, 3600)


def test_no_filter_is_relied_on_that_means_nothing(opened: Opener) -> None:
    watched = Watched(a_shop(orders=tuple(an_order(number, START) for number in range(1, 131))))
    connector = opened(watched)
    increments = Increments(connector, Kind.ORDER, START)
    increments()
    list(connector.pages(Kind.ORDER, Scan.HISTORY))
    list(connector.list_ids(Kind.ORDER))
    connector.totals(Window(START, None))
    connector.read(Kind.ORDER, ["1", "999"])
    asked = watched.asked("orders")
    assert set().union(*asked) <= NO_FILTERS | TIMES | {"dates_are_gmt", "status"}
    assert {one["orderby"] for one in asked if "orderby" in one} == {"date", "id", "modified"}
    assert all(int(one["per_page"]) <= 100 for one in asked)


@pytest.mark.parametrize("hpos", [True, False], ids=["tables of their own", "posts"])
def test_old_and_new_storage_of_orders_are_read_alike(opened: Opener, hpos: bool) -> None:
    orders = tuple(an_order(number, START + minutes(number // 120)) for number in range(1, 251))
    connector = opened(a_shop(hpos=hpos, orders=orders))
    everything = list(map(str, range(1, 251)))
    assert set(Increments(connector, Kind.ORDER, START)()) == set(everything)
    history = [one for page in connector.pages(Kind.ORDER, Scan.HISTORY) for one in page.records]
    assert {one.external_id for one in history} == set(everything)
    assert [one for batch in connector.list_ids(Kind.ORDER) for one in batch] == everything
    past = connector.page(Kind.ORDER, Scan.CHANGES, cursor={"trash_offset": 900, "in_trash": 1}, window=None)
    assert (list(past.records), past.cursor) == ([], None)


def attributed(**values: str) -> list[dict[str, str]]:
    return [{"key": f"_wc_order_attribution_{name}", "value": value} for name, value in values.items()]


def test_where_an_order_came_from_stands_in_its_metadata(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = bought(shop)
    metas = attributed(
        source_type="utm",
        utm_source="newsletter",
        utm_medium="email",
        utm_campaign="осінь-2026",
        device_type="Mobile",
        referrer="https://www.example.com/news",
        session_pages="7",
    )
    shop.edit_order(number, meta_data=metas)
    source = order_of(connector, number).source
    assert source is not None
    assert source.model_dump() == {
        "kind": "utm",
        "source": "newsletter",
        "medium": "email",
        "campaign": "осінь-2026",
        "referrer": "https://www.example.com/news",
        "device": "Mobile",
    }


def test_a_source_that_says_none_says_nothing_and_a_long_referrer_keeps_its_page(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = bought(shop)
    referrer = "https://search.example.com/results"
    metas = attributed(utm_medium="(none)", referrer=f"{referrer}?q={'x' * 3_000}", utm_source="(direct)")
    shop.edit_order(number, meta_data=metas)
    source = order_of(connector, number).source
    assert source is not None
    assert (source.medium, source.referrer, source.source) == ("", referrer, "(direct)")


def test_an_order_nobody_attributed_has_no_source(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    assert order_of(connector, bought(shop)).source is None


def test_customers_and_guests_of_one_address_are_told_apart_by_the_shop(opened: Opener) -> None:
    orders = (
        an_order(1, START, customer_id=7),
        an_order(2, START + minutes(1), customer_id=None),
    )
    connector = opened(a_shop(customers=(a_customer(7),), orders=orders))
    assert [order_of(connector, number).customer_id for number in (1, 2)] == ["7", None]
