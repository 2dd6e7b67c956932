"""What people complain about in other connectors to Shopify, one by one: here it cannot happen, or the check
of the shop says so. Numbers are those of the complaints in the order in which they were collected.

The fifteenth, no memory for the large file of a bulk operation, is a test of that file: it is joined on disk.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars_agent import Workspace
from regulars_connectors import Scan, Severity
from regulars_mapping import Customer, Kind, PermanentError, RetryError
from regulars_sandbox import (
    BulkConduct,
    Request,
    Response,
    ShopHistory,
    ShopifyApp,
    ShopLine,
    ShopRefund,
)
from regulars_sandbox.shopify import SCOPES
from regulars_shopify._address import home_of
from regulars_shopify._client import VERSION
from regulars_store import Store
from shopify.conftest import START, a_customer, a_product, an_order, gid, minutes
from shopify.shopify_bulks import a_history, asked, operations
from shopify_world import Boutique, a_boutique, a_workspace

Opening = Callable[..., Boutique]
SET = (
    "mutation M($all: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $all) { userErrors { message } } }"
)
APP = ShopifyApp("app-id", "shpss_app")


@pytest.fixture
def workspace(sqlite_store: Store, tmp_path: Path) -> Iterator[Workspace]:
    with a_workspace(sqlite_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def opening(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    """Opens the one shop of a test."""
    monkeypatch.setattr("regulars_shopify._bulk._LONGEST_WAIT", 0.01)
    with ExitStack() as stack:
        yield lambda **terms: stack.enter_context(a_boutique(workspace, **terms))


def history(**content: Any) -> ShopHistory:
    return ShopHistory("UAH", "Europe/Kyiv", "UA", **content)


def by_bulk(opening: Opening, *, app: ShopifyApp | None = None, **conduct: Any) -> Boutique:
    """A shop of 24 orders that come by a bulk operation which goes like that."""
    options = {"bulk_from": "10", "page_size": "5"}
    made = opening(history=a_history(size=12), options=options, app=app)
    made.shop.bulk = BulkConduct(**conduct)
    return made


def warned(boutique: Boutique, subject: str) -> str:
    """What the check of the shop says to its owner about a subject."""
    return " ".join(one.message for one in boutique.checked.findings if one.subject == subject)


def orders(count: int) -> tuple[Any, ...]:
    return tuple(an_order(number, START + minutes(number)) for number in range(1, count + 1))


def test_01_a_history_of_sixty_days_is_no_silent_one(opening: Opening) -> None:
    made = opening(without=frozenset({"read_all_orders"}), history=history(orders=orders(5)))
    recent = made.buy()
    assert made.backfill()
    assert made.here("order") == {recent}
    assert "last 60 days only" in warned(made, "history")


@pytest.mark.parametrize("fault", ["missing_lines", "emptied"])
def test_02_a_bulk_operation_that_lost_rows_is_no_success(opening: Opening, fault: str) -> None:
    made = by_bulk(opening, **{fault: 1})
    whole = {str(number) for number in range(1, 25)}
    for _ in range(6):
        try:
            done = made.backfill()
        except (RetryError, PermanentError):
            done = False
        # Nothing counts as read that is not here, whatever the operation said of itself.
        if done:
            break
        made.shop.bulk = BulkConduct()
    assert done
    assert made.here("order") == whole


def test_03_a_failed_bulk_operation_skips_nothing(opening: Opening) -> None:
    made = by_bulk(opening, failing=6, failure="INTERNAL_SERVER_ERROR")
    assert made.backfill()
    assert len(made.here("order")) == 24
    assert "FAILED" in operations(made.server.url)


def test_04_and_18_parents_and_parts_past_a_page_all_come_wherever_a_run_ends(opening: Opening) -> None:
    # Refunds are younger than the orders that come next, and more than come with their order.
    refunds = tuple(ShopRefund(9_000 + number, 1, START + timedelta(days=number)) for number in range(25))
    lines = tuple(ShopLine(f"Tea {number}", 1, 100, 100) for number in range(70))
    large = an_order(8, START + minutes(8), lines=lines, refunds=refunds, paid=START)
    made = opening(
        history=history(orders=(*orders(7), large, *(replace(one, id=one.id + 8) for one in orders(8)))),
        options={"page_size": "3"},
    )
    cursor, found = None, list[str]()
    for _ in range(20):
        with made.workspace.connector(made.stored) as connector:
            page = connector.page(Kind.ORDER, Scan.HISTORY, cursor=cursor, window=None)
        found += [one.external_id for one in page.records if one.kind is Kind.ORDER]
        if page.cursor is None:
            break
        cursor = json.loads(json.dumps(page.cursor))
    assert sorted(map(int, found)) == list(range(1, 17))
    assert made.backfill()
    assert len(made.here("refund")) == 25
    assert len(made.rows("order_line", "order_id")) == 7 + 70 + 8


def test_05_many_changes_of_one_second_are_all_read(opening: Opening) -> None:
    people = tuple(a_customer(number) for number in range(1, 24))
    made = opening(history=history(customers=people), options={"page_size": "5"})
    assert made.backfill()
    for number in range(1, 24):
        made.shop.edit_customer(number, first_name="Anna")
        made.shop._customer(number).updated = made.shop._core.now() // 3_600 * 3_600
    made.sync()
    assert {name for (name,) in made.rows("account", "given_name")} == {"Anna"}


def test_06_what_changes_while_changes_are_read_is_not_missed(opening: Opening) -> None:
    people = tuple(a_customer(number) for number in range(1, 12))
    made = opening(history=history(customers=people), options={"page_size": "4"})
    assert made.backfill()
    for number in range(1, 12):
        made.shop.edit_customer(number, first_name="Anna")

    def meanwhile(name: str) -> None:
        if name == "CustomersChanges":
            made.shop.edit_customer(1 + made.pane.asked[name] % 11, first_name="Inna")

    made.pane.after = meanwhile
    made.sync()
    made.pane.after = lambda _name: None
    made.sync()
    names = {made.shop._customer(number).state.first_name for number in range(1, 12)}
    assert {name for (name,) in made.rows("account", "given_name")} == names == {"Anna", "Inna"}


def test_07_labels_of_customers_who_were_there_before_come_along(opening: Opening) -> None:
    made = opening(history=history(customers=tuple(a_customer(number) for number in (1, 2))))
    level = {"namespace": "regulars", "key": "level", "type": "single_line_text_field", "value": "Gold"}
    assert asked(made.server.url, SET, all=[{"ownerId": gid("Customer", 2), **level}])
    with made.workspace.connector(made.stored) as connector:
        page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=None, window=None)
        people = [connector.translate(record) for record in page.records]
    assert [one.labels for one in people if isinstance(one, Customer)] == [{}, {"level": "Gold"}]


def test_08_who_was_deleted_is_gone_without_a_webhook(opening: Opening) -> None:
    made = opening(history=history(customers=tuple(a_customer(number) for number in (1, 2))))
    order, other = made.buy(), made.buy()
    assert made.backfill()
    made.shop.delete_customer(2)
    made.shop.delete_order(int(order))
    assert made.verify().complete
    assert "2" not in made.here("account")
    assert made.here("order") == {other}


def test_09_a_sync_with_nothing_new_reads_a_page_of_each_kind_and_writes_nothing(opening: Opening) -> None:
    people = tuple(a_customer(number) for number in range(1, 31))
    made = opening(history=history(customers=people, orders=orders(30)), options={"page_size": "5"})
    assert made.backfill()
    made.buy()
    made.sync()
    made.clock.forward(hours=1)
    before = made.rows("observation", "shop_id", "kind", "external_id", "digest")
    made.pane.asked.clear()
    made.sync()
    assert made.rows("observation", "shop_id", "kind", "external_id", "digest") == before
    assert set(made.pane.asked.values()) == {1}
    assert len(made.pane.asked) == 3


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_10_a_green_check_is_kept_and_a_red_one_names_the_scope(opening: Opening, scope: str) -> None:
    # The right to write includes the right to read.
    lacking = {scope, scope.replace("read_", "write_")} if scope != "read_all_orders" else {scope}
    made = opening(without=frozenset(lacking), history=a_history(size=3))
    made.buy()
    if made.checked.usable:
        assert made.backfill()
    else:
        said = [one.message for one in made.checked.findings if one.severity is Severity.PROBLEM]
        assert any(missing in one for one in said for missing in lacking)


def test_11_an_old_object_that_changes_is_read_again(opening: Opening) -> None:
    made = opening(history=history(orders=(an_order(1, START), *orders(5)[1:])))
    assert made.backfill()
    made.shop.edit_order(1, note="by the door")
    made.shop.pay_order(1)
    report = made.sync()
    assert report.pulled.as_dict()["order"]["changed"] == 1


def test_12_a_part_that_moves_no_date_of_its_order_is_found_by_the_sweep(opening: Opening) -> None:
    made = opening(history=history(orders=tuple(replace(one, paid=START) for one in orders(3))))
    assert made.backfill()
    row = made.shop._order(2)
    moment = row.updated
    refund = made.shop.refund_order(2, 300)
    row.updated = moment
    made.sync()
    assert made.here("refund") == set()
    assert made.verify().complete
    assert made.here("refund") == {str(refund)}
    assert made.verify().complete


def test_12_a_change_that_the_search_never_showed_is_found_by_the_sweep(opening: Opening) -> None:
    made = opening(history=a_history(size=4))
    assert made.backfill()
    made.clock.forward(hours=1)
    made.shop.edit_customer(1, first_name="Anna")
    made.shop.edit_order(1, note="by the door")
    made.sync()
    # The search lags, and shows these only once others that changed later are known.
    made.shop.edit_customer(2, first_name="Inna")
    made.shop._customer(2).updated -= 1_800
    made.shop.cancel_order(4)
    made.shop._order(4).updated -= 1_800

    def known() -> tuple[str, str]:
        named = dict(made.rows("account", "external_id", "given_name"))
        return named["2"], dict(made.rows("order", "external_id", "status"))["4"]

    made.sync()
    assert known() == ("Olena", "completed")
    made.verify()
    assert known() == ("Inna", "cancelled")


def test_13_who_changes_today_is_read_today(opening: Opening) -> None:
    made = opening(history=history(customers=tuple(a_customer(number) for number in (1, 2))))
    assert made.backfill()
    for hours, name in ((1, "Anna"), (0.1, "Inna"), (23, "Olha")):
        made.clock.forward(hours=hours)
        made.shop.edit_customer(1, first_name=name)
        made.sync()
        assert ("1", name) in made.rows("account", "external_id", "given_name")


def test_14_stuck_operations_stop_nobody(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    # That all places are taken by others is a test of bulk operations.
    monkeypatch.setattr("regulars_shopify._bulk._STILL", 4)
    made = by_bulk(opening, stuck=9)
    assert made.backfill()
    assert len(made.here("order")) == 24
    # What we began and gave up is no burden to whoever comes next.
    assert not {"CREATED", "RUNNING"} & set(operations(made.server.url))


def test_16_a_shop_that_breaks_down_over_large_pages_is_read_by_small_ones(opening: Opening) -> None:
    made = opening(history=history(orders=orders(30)))
    sizes: list[int] = []

    def instead(name: str, request: Request) -> Response | None:
        if name != "OrdersHistory":
            return None
        first = re.search(rb'"first":\s*(\d+)', request.body)
        assert first is not None
        sizes.append(int(first[1]))
        return Response(500, (), b"") if sizes[-1] > 9 else None

    made.pane.instead = instead
    with made.workspace.connector(made.stored) as connector:
        connector._client._sleep = lambda _seconds: None
        pages = list(connector.pages(Kind.ORDER, Scan.HISTORY))
    assert sum(len(page.records) for page in pages) == 30
    assert max(sizes) > 9 >= sizes[-1]


def test_17_nothing_but_the_graphql_api_of_one_version_is_asked(opening: Opening) -> None:
    made = opening(history=a_history(size=6))
    targets = set[str]()
    made.pane.instead = lambda _name, request: targets.add(request.target)
    made.buy()
    assert made.backfill()
    made.sync()
    made.verify()
    assert targets == {f"/admin/api/{VERSION}/graphql.json"}


def test_17_lists_within_an_object_are_not_cut(opening: Opening) -> None:
    shelves = tuple(f"{number:02d} shelf" for number in range(30))
    goods = tuple(replace(a_product(number), categories=shelves[: number - 500]) for number in (501, 530))
    made = opening(history=history(customers=(a_customer(1), a_customer(2)), products=goods))
    for number in range(45):
        made.shop.add_address(1, {"address_1": f"Street {number}", "city": "Kyiv"})
    assert made.backfill()
    streets = {street for (street,) in made.rows("address", "line1")}
    assert streets >= {f"Street {number}" for number in range(45)}
    found = dict(made.rows("product", "external_id", "categories"))
    assert (found["501"], sorted(found["530"])) == (["00 shelf"], list(shelves))


def test_19_a_token_that_ends_in_the_middle_is_renewed(opening: Opening) -> None:
    made = by_bulk(opening, app=APP, rows_a_look=2)

    def meanwhile(name: str) -> None:
        if made.pane.asked[name] % 2 and "token" not in name:
            made.shop.expire_tokens()

    made.pane.after = meanwhile
    assert made.backfill()
    assert len(made.here("order")) == 24


def test_20_a_shop_s_name_may_be_given_as_any_address_of_it_and_the_version_is_ours() -> None:
    given = ("my-shop", "my-shop.myshopify.com", "https://my-shop.myshopify.com/admin?x=1")
    assert {home_of(one) for one in given} == {"https://my-shop.myshopify.com"}
    assert re.fullmatch(r"20\d\d-(01|04|07|10)", VERSION)


def test_visits_do_not_multiply_orders(opening: Opening) -> None:
    made = opening(history=history(customers=(a_customer(1),)))
    order = made.buy(customer=1)
    made.shop.attribute_order(int(order), source="newsletter")
    assert made.backfill()
    assert made.rows("order", "external_id", "source") == [(order, {"kind": "ad", "source": "newsletter"})]
