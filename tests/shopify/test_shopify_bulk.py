"""A long history comes by a bulk operation, the same as by pages; whatever goes wrong, it comes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from regulars_connectors import Scan, Window
from regulars_mapping import Kind, MisconfiguredError, PermanentError, RetryError
from regulars_sandbox import Faults, ShopifyApp
from regulars_shopify import ShopifyConnector
from shopify.conftest import API, START, Opener, answer, bucket, gid, listing, minutes
from shopify.shopify_bulks import (
    KINDS,
    Walk,
    a_bulk_shop,
    a_history,
    asked,
    found,
    is_personal,
    operations,
    same,
)

SET = (
    "mutation M($all: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $all) { userErrors { message } } }"
)
RUN = "mutation R($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id } } }"
ALL = "{ customers { edges { node { id } } } }"
CANCEL = "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { id } } }"


@pytest.fixture
def by_bulk(opened: Opener) -> Callable[..., Callable[[], ShopifyConnector]]:
    """Connectors that take bulk operations from the first object past a page on."""

    def at(url: str, **options: Any) -> Callable[[], ShopifyConnector]:
        return lambda: opened.connector(url, **{"bulk_from": "1", "page_size": "5", **options})

    return at


def by_pages(opened: Opener, url: str, kind: Kind, window: Window | None = None) -> Any:
    connector = opened.connector(url, bulk_from="never")
    return found(connector.pages(kind, Scan.HISTORY, window=window))


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=6)
@given(
    name=st.one_of(st.sampled_from(["Олена\u2028\u0085", 'a"b\\n{}', "\ufeff👩‍👩‍👧"]), NAMES),
    lines=st.sampled_from([1, 3, 70]),
    refunded=st.integers(1, 9),
    seed=st.integers(0, 99),
    cut_at=st.integers(0, 30_000),
    repeated=st.sampled_from([0, 3]),
    no_ranges=st.booleans(),
)
def test_what_comes_by_bulk_is_what_comes_by_pages(
    name: str, lines: int, refunded: int, seed: int, cut_at: int, repeated: int, no_ranges: bool
) -> None:
    history = a_history(size=8, name=name, lines=lines, refunded=refunded)
    shop = a_bulk_shop(
        history, seed=seed, cut_at=cut_at, cuts=3, repeated_lines=repeated, no_ranges=no_ranges
    )
    with Opener.within() as opened:
        url = opened.served(shop).url
        shop.erase_customer(3)
        for kind in KINDS:
            walk = Walk(lambda: opened.connector(url, bulk_from="1", page_size="3"), kind).go()
            assert same(walk.by_bulk, by_pages(opened, url, kind))
            assert not walk.went_by_pages


def test_who_has_more_than_a_page_brings_is_read_by_the_way_of_pages(opened: Opener, by_bulk: Any) -> None:
    url = opened.served(a_bulk_shop()).url
    for owner, many in ((6, 3), (7, 14)):
        fields = [
            {
                "ownerId": gid("Customer", owner),
                "namespace": "regulars",
                "key": f"key{number:02d}",
                "type": "single_line_text_field",
                "value": "x",
            }
            for number in range(many)
        ]
        assert asked(url, SET, all=fields)["metafieldsSet"]["userErrors"] == []
    walk = Walk(by_bulk(url), Kind.CUSTOMER).go()
    assert same(walk.by_bulk, by_pages(opened, url, Kind.CUSTOMER))
    metafields = walk.by_bulk[Kind.CUSTOMER, "7"].payload["metafields"]["nodes"]
    assert len(metafields) == 10


def test_a_window_is_the_operations_too(opened: Opener, by_bulk: Any) -> None:
    url = opened.served(a_bulk_shop()).url
    window = Window(START + minutes(4), START + minutes(17))
    walk = Walk(by_bulk(url), Kind.ORDER, window).go()
    assert same(walk.by_bulk, by_pages(opened, url, Kind.ORDER, window))
    assert set(walk.by_bulk_ids) == {str(number) for number in range(4, 17)}


def test_objects_come_by_id_each_once(opened: Opener, by_bulk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars_shopify._bulk._PAGE", 5)
    walk = Walk(by_bulk(opened.served(a_bulk_shop()).url), Kind.CUSTOMER).go()
    assert walk.by_bulk_ids == [str(number) for number in range(1, 13)]


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ORDER])
def test_a_run_may_end_after_any_page(
    opened: Opener, by_bulk: Any, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars_shopify._bulk._PAGE", 5)
    url = opened.served(a_bulk_shop(a_history(size=7))).url
    whole = Walk(by_bulk(url), kind).go()
    for stop in range(1, len(whole.pages)):
        walk = Walk(by_bulk(url), kind)
        walk.run(stop)
        walk.run(500)
        assert same(walk.by_bulk, whole.by_bulk)
    assert len(operations(url)) == len(whole.pages)


def test_a_start_without_an_answer_is_not_made_twice(opened: Opener, by_bulk: Any) -> None:
    server = opened.served(a_bulk_shop())
    walk = Walk(by_bulk(server.url), Kind.CUSTOMER)
    walk.run(1)
    server.faults = Faults(drop_after_effect_every=1)
    walk.run(1)
    server.faults = Faults()
    assert len(walk.go().by_bulk) == 12
    assert operations(server.url) == ["COMPLETED"]


def test_an_app_that_may_not_see_goods_reads_orders_by_bulk_without_them(opened: Opener) -> None:
    shop = a_bulk_shop()
    shop.add_token("shpat_few", scopes=frozenset({"read_orders", "read_customers"}))
    url = opened.served(shop).url
    few = {"access_token": SecretStr("shpat_few")}
    walk = Walk(lambda: opened.connector(url, credentials=few, bulk_from="1", page_size="5"), Kind.ORDER)
    # Whoever starts the operation has not asked for a page, and knows of no scopes.
    walk.run(1)
    walk.run(500)
    pages = opened.connector(url, credentials=few, bulk_from="never").pages(Kind.ORDER, Scan.HISTORY)
    assert same(walk.by_bulk, found(pages))
    assert not walk.went_by_pages


def test_a_token_that_ends_while_an_operation_runs_is_renewed(opened: Opener) -> None:
    shop = a_bulk_shop()
    shop.add_app(ShopifyApp("id", "secret"))
    url = opened.served(shop).url
    app = {"client_id": SecretStr("id"), "client_secret": SecretStr("secret")}
    walk = Walk(lambda: opened.connector(url, credentials=app, bulk_from="1", page_size="5"), Kind.CUSTOMER)
    connector = walk.connector()
    for page in connector.pages(Kind.CUSTOMER, Scan.HISTORY):
        walk.pages.append(page)
        shop.expire_tokens()
    assert len(walk.by_bulk) == 12
    assert not walk.went_by_pages


@pytest.mark.parametrize(
    ("conduct", "started", "pages"),
    [
        ({"failing": 1}, 2, False),
        ({"failing": 1, "failure": "TIMEOUT"}, 2, False),
        ({"failing": 2}, 2, True),
        ({"failing": 1, "failure": "ACCESS_DENIED"}, 1, True),
        ({"expired": 1}, 2, False),
        ({"expired": 2}, 2, True),
        ({"emptied": 1}, 2, False),
        ({"emptied": 2}, 2, True),
        ({"stuck": 1}, 1, True),
        ({"cut_at": 5_000, "cuts": 20}, 1, False),
        ({"cut_at": 5_000, "cuts": 1, "gzipped": True}, 1, False),
        ({"limit": 0}, 0, True),
    ],
)
def test_whatever_becomes_of_an_operation_everything_comes(
    opened: Opener, by_bulk: Any, conduct: dict[str, Any], started: int, pages: bool
) -> None:
    url = opened.served(a_bulk_shop(**conduct)).url
    walk = Walk(by_bulk(url), Kind.CUSTOMER).go()
    assert same(walk.by_bulk, by_pages(opened, url, Kind.CUSTOMER))
    assert (len(operations(url)), walk.went_by_pages) == (started, pages)
    assert max(opened.waits) <= 30
    assert sum(opened.waits) < 40 * 60


@pytest.mark.parametrize("fault", ["missing_lines", "spoilt_lines"])
def test_a_file_that_is_not_whole_fails_the_run(opened: Opener, by_bulk: Any, fault: str) -> None:
    url = opened.served(a_bulk_shop(**{fault: 1})).url
    walk = Walk(by_bulk(url), Kind.CUSTOMER)
    with pytest.raises(RetryError, match=r"Nothing of it was taken") as failed:
        walk.go()
    assert not is_personal(str(failed.value))
    assert walk.by_bulk == {}
    # What never becomes whole is read by pages in the end.
    walk.go(runs=12)
    assert len(walk.errors) == 4
    assert walk.went_by_pages
    assert len(walk.by_bulk) == 12


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"status": "EXPIRED", "objectCount": "0", "url": None},
        {"status": "CANCELED"},
        {"status": "FAILED", "errorCode": "SOMETHING_NEW"},
        {"status": "COMPLETED", "objectCount": "5", "url": None},
    ],
)
def test_an_operation_that_came_to_nothing_is_run_once_more(
    opened: Opener, api: responses.RequestsMock, told: Any
) -> None:
    api.post(API, json=answer({"bulkOperation": told}))
    connector = opened.connector()
    page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor={"bulk": "1", "at": 9}, window=None)
    assert page.cursor == {"bulk": "", "at": 9, "anew": 1}
    api.post(API, json=answer(listing()))
    last = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor={"bulk": "1", "at": 9, "anew": 1}, window=None)
    assert last.cursor is None
    assert b'"id:>9"' in (api.calls[-1].request.body or b"")


def test_while_all_places_are_taken_ours_is_waited_for(opened: Opener, by_bulk: Any) -> None:
    shop = a_bulk_shop(limit=1, stuck=1)
    url = opened.served(shop).url
    other = asked(url, RUN, query=ALL)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    walk = Walk(by_bulk(url), Kind.CUSTOMER)
    walk.run(4)
    assert [set(cursor or ()) for cursor in walk.cursors] == [{"bulk"}, *[{"bulk", "polls"}] * 3]
    asked(url, CANCEL, id=other)
    assert len(walk.go().by_bulk) == 12
    assert operations(url) == ["COMPLETED", "CANCELED"]


def test_a_cancelled_operation_is_started_once_more(opened: Opener, by_bulk: Any) -> None:
    url = opened.served(a_bulk_shop(rows_a_look=1)).url
    walk = Walk(by_bulk(url), Kind.CUSTOMER)
    walk.run(4)
    ours = asked(url, "{ bulkOperations(first: 9) { nodes { id } } }")["bulkOperations"]["nodes"][0]["id"]
    asked(url, CANCEL, id=ours)
    assert len(walk.go().by_bulk) == 12
    assert operations(url) == ["COMPLETED", "CANCELED"]


def test_a_shop_without_anything_left_answers_no_file(opened: Opener, by_bulk: Any) -> None:
    shop = a_bulk_shop()
    walk = Walk(by_bulk(opened.served(shop).url), Kind.CUSTOMER)
    walk.run(1)
    for number in range(1, 13):
        for order in (number,):
            shop.delete_order(order)
        shop.delete_customer(number)
    assert walk.go().by_bulk == {}
    assert not walk.went_by_pages


def test_every_page_of_waiting_has_another_position(opened: Opener, by_bulk: Any) -> None:
    shop = a_bulk_shop(rows_a_look=1)
    walk = Walk(by_bulk(opened.served(shop).url), Kind.CUSTOMER).go()
    kept = [tuple(sorted((cursor or {}).items())) for cursor in walk.cursors]
    assert len(set(kept)) == len(kept) > 14


def test_what_fits_on_a_page_is_not_counted(opened: Opener) -> None:
    server = opened.served(a_bulk_shop())
    for options in ({"bulk_from": "never"}, {}):
        connector, before = opened.connector(server.url, **options), server.requests_seen
        list(connector.pages(Kind.CUSTOMER, Scan.HISTORY))
        assert server.requests_seen - before == 1


@pytest.mark.parametrize(
    ("option", "count", "rate", "bulk"),
    [
        ("", 1_999, 50, False),
        ("", 2_000, 50, True),
        ("", 2_000, 100, True),
        ("", 5_000, 1_000, False),
        ("", 20_000, 1_000, True),
        ("30", 29, 1_000, False),
        ("30", 30, 1_000, True),
    ],
)
def test_a_shop_is_read_by_bulk_from_where_pages_would_take_minutes(
    opened: Opener, api: responses.RequestsMock, option: str, count: int, rate: float, bulk: bool
) -> None:
    api.post(API, json=answer(listing(after="c"), cost=bucket(1_000, rate=rate)))
    api.post(API, json=answer({"orders": {"count": count, "precision": "EXACT"}}))
    connector = opened.connector(bulk_from=option)
    page = connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    assert page.cursor is not None
    assert ("bulk" in page.cursor) is bulk


@pytest.mark.parametrize("option", ["0", "-1", "many", "٣", "1" * 30])
def test_an_option_that_is_no_number_is_refused(opened: Opener, option: str) -> None:
    with pytest.raises(MisconfiguredError, match="bulk_from"):
        opened.connector(bulk_from=option)


@pytest.mark.parametrize(
    "cursor", [{"bulk": 7}, {"bulk": "x"}, {"bulk": "1", "at": "9"}, {"bulk": "1", "at": -1}]
)
def test_a_position_that_is_unreadable_is_refused(opened: Opener, cursor: Any) -> None:
    with pytest.raises(PermanentError, match="unreadable"):
        opened.connector().page(Kind.ORDER, Scan.HISTORY, cursor=cursor, window=None)


@pytest.mark.parametrize("stop", [3, 6])
def test_who_wants_no_bulk_any_more_gets_the_rest_by_pages(
    opened: Opener, by_bulk: Any, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    monkeypatch.setattr("regulars_shopify._bulk._PAGE", 4)
    url = opened.served(a_bulk_shop()).url
    walk = Walk(by_bulk(url), Kind.CUSTOMER)
    walk.run(stop)
    assert ("at" in (walk.cursors[-1] or ())) is (stop == 6)
    walk.connector = by_bulk(url, bulk_from="never")
    assert same(walk.go().by_bulk, by_pages(opened, url, Kind.CUSTOMER))
    assert walk.by_bulk_ids == [str(number) for number in range(1, 13)]
    assert walk.went_by_pages


def test_orders_may_change_while_an_operation_runs(opened: Opener, by_bulk: Any) -> None:
    shop = a_bulk_shop()
    url = opened.served(shop).url
    walk = Walk(by_bulk(url), Kind.ORDER)
    walk.run(5)
    shop.refund_order(2, 10)
    shop.delete_order(10)
    walk.go()
    # The tenth had come back in part: it was to be read by its id, and is gone.
    expected = {str(number) for number in range(1, 25)} - {"10"}
    assert set(walk.by_bulk_ids) == expected


def test_an_operation_of_another_time_is_none_of_ours(opened: Opener, api: responses.RequestsMock) -> None:
    connector = opened.connector(bulk_from="1")
    text = connector._bulks._client.queries.written_out("bulk_products", {})
    old = {"id": gid("BulkOperation", 3), "status": "RUNNING", "type": "QUERY", "query": text}
    now = START + timedelta(days=1)
    stamp = {"Date": f"{now:%a, %d %b %Y %H:%M:%S} GMT"}
    api.post(API, json=answer({"currentAppInstallation": {"accessScopes": [{"handle": "read_products"}]}}))
    told = {"bulkOperations": {"nodes": [{**old, "createdAt": "2026-03-01T12:00:00Z"}]}}
    api.post(API, json=answer(told), headers=stamp)
    started = {"result": {"bulkOperation": {"id": gid("BulkOperation", 4)}, "userErrors": []}}
    api.post(API, json=answer(started))
    page = connector.page(Kind.PRODUCT, Scan.HISTORY, cursor={"bulk": ""}, window=None)
    assert page.cursor == {"bulk": "4"}
