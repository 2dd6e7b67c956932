"""The file of a bulk operation: taken whole or not at all, on from where it broke off, without a trace."""

import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars_connectors import Scan
from regulars_mapping import Kind, RetryError
from regulars_shopify import ShopifyConnector
from regulars_shopify._bulk_kinds import joined
from regulars_shopify._bulk_table import BulkTable, UnfitError, Whole
from regulars_shopify._records import TYPES
from shopify.conftest import API, HOME, Opener, answer, gid
from shopify.shopify_bulks import Walk, a_bulk_shop, a_history, is_personal
from shopify.shopify_payloads import a_customer

FILE = "https://files.example.com/bulk-1?Signature=abc"
TAKEN = {"bulk": "1", "files": 1}


def root(number: int, **changes: Any) -> dict[str, Any]:
    plain = {
        key: value for key, value in a_customer(**changes).items() if key not in {"addressesV2", "metafields"}
    }
    return {**plain, "id": gid("Customer", number)}


def address(owner: int, number: int, **changes: Any) -> dict[str, Any]:
    values = {
        "__typename": "MailingAddress",
        "id": f"{gid('MailingAddress', number)}?model_name=CustomerAddress",
        "city": "Porto",
        "__parentId": gid("Customer", owner),
    }
    return values | changes


def written(*lines: Any) -> bytes:
    return b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in lines)


def told(objects: int | None, **changes: Any) -> dict[str, Any]:
    """An operation that is done."""
    values = {
        "id": gid("BulkOperation", 1),
        "status": "COMPLETED",
        "errorCode": None,
        "objectCount": None if objects is None else str(objects),
        "rootObjectCount": None,
        "fileSize": None,
        "url": FILE,
    }
    return answer({"bulkOperation": values | changes})


def read(connector: ShopifyConnector, kind: Kind = Kind.CUSTOMER) -> Walk:
    """What a bulk operation that is done brings."""
    walk = Walk(lambda: connector, kind)
    cursor: Any = {"bulk": "1"}
    while cursor is not None:
        walk.pages.append(connector.page(kind, Scan.HISTORY, cursor=cursor, window=None))
        cursor = walk.pages[-1].cursor
    return walk


@settings(deadline=None, max_examples=40)
@given(order=st.permutations(range(9)), twice=st.lists(st.integers(0, 8), max_size=4))
def test_children_find_their_parents_whatever_the_order_of_lines(
    order: Sequence[int], twice: list[int]
) -> None:
    lines = [written(each) for each in [*map(root, (3, 1, 2)), *(address(1 + at % 3, at) for at in range(6))]]
    table = BulkTable("Customer")
    for at in (*order, *twice):
        table.take(lines[at])
    counts = table.complete()
    assert (counts.lines, counts.roots, table.distinct()) == (9 + len(twice), 3, 9)
    wholes = [*table.page(0, 2), *table.page(2, 2)]
    assert [whole.number for whole in wholes] == [1, 2, 3]
    for whole in wholes:
        found = {child["id"].partition("?")[0] for child in whole.children}
        assert found == {gid("MailingAddress", at) for at in range(6) if 1 + at % 3 == whole.number}
    table.close()


@pytest.mark.parametrize(
    "lines",
    [
        [root(1), b'{"id": "gid://shopify/Customer/2", "first\n'],
        [root(1), b"<html>Olena</html>\n"],
        [root(1), [1, 2]],
        [root(1), {"firstName": "Olena"}],
        [root(1), {"id": gid("Order", 2), "email": "olena@example.com"}],
        [root(1), root(2**63)],
        [root(1), root(0)],
        [root(1), address(2, 1)],
        [root(1), {**address(1, 1), "__parentId": gid("Order", 1)}],
        [root(1), {**address(1, 1), "__parentId": None}],
        [root(1), {**address(1, 1), "__typename": "LineItem"}],
        [root(1)],
        [root(1), root(2), root(3)],
    ],
)
def test_a_file_that_is_not_what_was_asked_for_is_not_taken(
    opened: Opener, api: responses.RequestsMock, lines: list[Any]
) -> None:
    api.post(API, json=told(2))
    api.get(FILE, body=written(*lines))
    with pytest.raises(UnfitError) as refused:
        read(opened.connector())
    assert not is_personal(str(refused.value))


@pytest.mark.parametrize(
    ("lines", "counted", "changes"),
    [
        ([root(1), address(1, 1)], 2, {"rootObjectCount": "1"}),
        ([root(1), address(1, 1), root(1), address(1, 1)], 4, {"rootObjectCount": "2"}),
        ([root(1), address(1, 1), root(1), address(1, 1)], 2, {"rootObjectCount": "1"}),
        ([root(1), b"\n", address(1, 1), b"\r\n"], 2, {"fileSize": "7"}),
        ([root(1), address(1, 1)], 2, {"fileSize": "99999"}),
    ],
)
def test_what_came_twice_is_one(
    opened: Opener, api: responses.RequestsMock, lines: list[Any], counted: int, changes: dict[str, Any]
) -> None:
    api.post(API, json=told(counted, **changes))
    api.get(FILE, body=written(*lines).rstrip(b"\n"))
    walk = read(opened.connector())
    (record,) = [one for page in walk.pages for one in page.records]
    assert len(record.payload["addressesV2"]["nodes"]) == 1


@pytest.mark.parametrize(
    ("kind", "changes", "part", "most"),
    [
        (Kind.CUSTOMER, {}, {"__typename": "MailingAddress"}, 20),
        (Kind.CUSTOMER, {}, {"__typename": "Metafield", "namespace": "regulars"}, 10),
        (Kind.ORDER, {"refunds": []}, {"__typename": "AutomaticDiscountApplication"}, 10),
        (Kind.ORDER, {"refunds": [], "fulfillments": [{}] * 50}, {"__typename": "LineItem"}, 300),
        (Kind.PRODUCT, {}, {"__typename": "Collection"}, 10),
        (Kind.PRODUCT, {}, {"__typename": "ProductVariant"}, 50),
    ],
)
def test_what_has_no_more_parts_than_a_page_brings_is_put_together(
    kind: Kind, changes: dict[str, Any], part: dict[str, Any], most: int
) -> None:
    def whole(parts: int, **more: Any) -> Whole:
        node = {"id": gid(TYPES[kind], 1), **changes, **more}
        numbered = [part | {"id": gid("Part", at), "key": str(at), "index": at} for at in range(parts)]
        return Whole(1, node, numbered)

    records, others = joined(kind, [whole(most)], currency=None)
    assert ([one.external_id for one in records], others) == (["1"], [])
    too_many = whole(1, fulfillments=[{}] * 51) if kind is Kind.ORDER and most > 10 else whole(most + 1)
    assert joined(kind, [too_many], currency=None) == ([], ["1"])


@pytest.mark.parametrize("refunds", [[{"id": gid("Refund", 1)}], None])
def test_an_order_that_came_back_is_read_by_its_id(refunds: Any) -> None:
    order = Whole(7, {"id": gid("Order", 7), "refunds": refunds}, [])
    assert joined(Kind.ORDER, [order], currency=None) == ([], ["7"])


def test_a_count_of_roots_that_differs_is_heeded(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=told(2, rootObjectCount="2"))
    api.get(FILE, body=written(root(1), address(1, 1)))
    with pytest.raises(UnfitError):
        read(opened.connector())


def test_text_that_no_database_takes_comes_as_by_pages(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=told(1))
    odd = b'{"id": "gid://shopify/Customer/1", "firstName": "A\\u0000b\\ud800\xe2\x80\xa8"}\n'
    api.get(FILE, body=odd)
    (record,) = [one for page in read(opened.connector()).pages for one in page.records]
    assert record.payload["firstName"] == "A\ufffdb\ufffd\u2028"


def test_a_file_goes_on_where_it_broke_off(opened: Opener, api: responses.RequestsMock) -> None:
    body = written(*(root(number) for number in range(1, 41)))
    ranges = []

    def answered(request: Any) -> tuple[int, dict[str, str], bytes]:
        ranges.append(request.headers.get("Range"))
        start = int(ranges[-1][6:-1]) if ranges[-1] else 0
        end = min(len(body), start + 5_000)
        assert "X-Shopify-Access-Token" not in request.headers
        part = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}", "ETag": '"one"'}
        return (206 if start else 200), part, body[start:end]

    api.post(API, json=told(40, fileSize=str(len(body))))
    api.add_callback("GET", FILE, callback=answered)
    walk = read(opened.connector())
    assert len([one for page in walk.pages for one in page.records]) == 40
    assert ranges[:3] == [None, "bytes=4744-", "bytes=9488-"]


@pytest.mark.parametrize("fault", ["bytes", "etag", "range", "whole"])
def test_another_file_is_not_sewn_on(opened: Opener, api: responses.RequestsMock, fault: str) -> None:
    body = written(*(root(number) for number in range(1, 21)))
    other = written(*(root(number, firstName="Petro") for number in range(1, 21)))
    headers = {"ETag": '"one"'}
    api.get(FILE, body=body[:6_000], headers=headers)
    match fault:
        case "bytes":
            part = {"Content-Range": f"bytes 5744-{len(other)}/{len(other)}"}
            api.get(FILE, status=206, body=other[5_744:], headers=headers | part)
        case "etag":
            part = {"Content-Range": f"bytes 5744-{len(body)}/{len(body)}", "ETag": '"two"'}
            api.get(FILE, status=206, body=body[5_744:], headers=part)
        case "range":
            part = {"Content-Range": f"bytes 6000-{len(body)}/{len(body)}"}
            api.get(FILE, status=206, body=body[6_000:], headers=headers | part)
        case "whole":
            api.get(FILE, body=other, headers=headers)
    api.post(API, json=told(20, fileSize=str(len(body))))
    with pytest.raises(UnfitError, match="another"):
        read(opened.connector())


def test_a_file_that_brings_nothing_is_given_up_for_now(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=told(1, fileSize="100"))
    api.get(FILE, status=503, headers={"Retry-After": "86400"})
    for _ in range(4):
        api.get(FILE, status=503)
    with pytest.raises(RetryError):
        read(opened.connector())
    assert list(opened.waits) == [60.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("url", ["http://files.example.com/a", "file:///etc/passwd", "", "https://[", 7])
def test_an_address_that_is_not_safe_is_not_asked(
    opened: Opener, api: responses.RequestsMock, url: Any
) -> None:
    api.post(API, json=told(1, url=url))
    connector = opened.connector(HOME)
    page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor={"bulk": "1"}, window=None)
    assert page.cursor == {"bulk": "", "anew": 1}


def test_a_long_file_comes_in_slices(opened: Opener) -> None:
    shop = a_bulk_shop(a_history(size=20))
    url = opened.served(shop).url
    ticks = count(0, 15)
    opened.waits.clock = lambda: float(next(ticks))  # type: ignore[method-assign]  # a clock that runs
    walk = Walk(lambda: opened.connector(url, bulk_from="1", page_size="5"), Kind.CUSTOMER).go()
    got = [cursor["got"] for cursor in walk.cursors if cursor and "got" in cursor]
    assert len(got) > 1
    assert got == sorted(set(got))
    assert len(walk.by_bulk) == 20


def test_nothing_of_a_file_can_be_found_on_the_disk(
    opened: Opener, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars_shopify._bulk_table._MEMORY_KB", 64)
    monkeypatch.setattr("regulars_shopify._bulk._PAGE", 10)
    api.post(API, json=told(900))
    api.get(FILE, body=written(*(root(number, note="x" * 500) for number in range(1, 901))))
    connector = opened.connector()
    page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor={"bulk": "1"}, window=None)
    page = connector.page(Kind.CUSTOMER, Scan.HISTORY, cursor=page.cursor, window=None)
    assert page.cursor == {"bulk": "1", "at": 10}
    spilled = list(_open_files())
    assert spilled
    assert all(name.endswith(" (deleted)") for name in spilled)
    connector.close()
    assert not list(_open_files())


def _open_files() -> Iterator[str]:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            name = str(entry.readlink())
        except OSError:
            continue
        if "etilqs" in name:
            yield name
