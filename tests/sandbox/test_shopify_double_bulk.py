"""Bulk queries of the Shopify double: what they give, how they move, what they refuse, how they fail."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from graphql import build_schema, parse, validate

from regulars_sandbox import BulkConduct, RateLimit, ShopifyShop, serve
from regulars_sandbox.population import generate
from regulars_sandbox.shopify._bulk_document import BulkFault, prepared
from regulars_sandbox.shopify._contract import Document

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CUSTOMERS = "{ customers { edges { node { __typename id email } } } }"
LINES = "{ orders { edges { node { id name lineItems { edges { node { id title } } } } } } }"
NESTED = "{ products { edges { node { %s variants { edges { node { id } } } } } } }"
REFUNDS = "{ orders { edges { node { id refunds { id refundLineItems { edges { node { id } } } } } } } }"
OF_LINES = "lineItems { edges { node { id } } } "
SIX = "{ orders { edges { node { id " + "".join(f"l{n}: {OF_LINES}" for n in range(6)) + "} } } }"
TOP = '{ nodes(ids: ["gid://shopify/Customer/1"]) { id } }'


@pytest.fixture
def busy(shopify: Any) -> Any:
    """Three orders: of 60 lines, of two with a refund, and a guest's of one."""
    shopify.shop.place_order(items=[(2, 1)] * 60, customer_id=1, note="First\u2028second \U0001f600 \x85")
    second = shopify.shop.place_order(items=[(2, 3), (2, 1)], customer_id=1)
    shopify.shop.refund_order(second, 5_000, reason="late")
    shopify.shop.place_order(items=[(2, 1)], email="bo@example.com")
    return shopify


def _joined(lines: list[Any]) -> dict[str, dict[str, Any]]:
    """The root rows with the number of the rows under each."""
    below = Counter(line["__parentId"] for line in lines if "__parentId" in line)
    return {line["id"]: {**line, "below": below[line["id"]]} for line in lines if "__parentId" not in line}


def test_the_file_holds_what_pages_give_with_children_on_lines_of_their_own(shopify_of: Any) -> None:
    client = shopify_of(rate_limit=RateLimit(1e9, 1e9))
    population = generate(seed=3, customers=100, orders=200, now=NOW)
    client.shop = ShopifyShop.of(
        population.history, rate_limit=RateLimit(1e9, 1e9), clock=lambda: NOW, home="https://shop.example"
    )
    client.shop.add_token("everything")
    client.shop.bulk = BulkConduct(rows_a_look=60)
    bulk = client.ended(client.bulk("bulk_orders_inner"))
    lines = client.lines(bulk["url"])
    paged, after = list[Any](), None
    while True:
        page = client.data("orders_page", first=100, after=after)["orders"]
        paged += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (bulk["objectCount"], bulk["rootObjectCount"]) == (str(len(lines)), str(len(paged)))
    children: dict[str, list[Any]] = {}
    for line in lines:
        children.setdefault(line.pop("__parentId", ""), []).append(line)
    roots = {line["id"]: line for line in children.pop("")}
    assert roots.keys() == {order["id"] for order in paged}
    assert children.keys() <= roots.keys()
    for order in paged:
        rows = children.get(order["id"], [])
        for name, kind in (("lineItems", "LineItem"), ("discountApplications", "DiscountCodeApplication")):
            mine = [row for row in rows if row["__typename"] == kind]
            theirs = order[name]["nodes"]
            shown = [{field: row[field] for field in theirs[0]} for row in mine]
            assert sorted(shown, key=str) == sorted(theirs, key=str)
        same = order.keys() & roots[order["id"]].keys()
        assert len(same) > 30
        assert all(order[name] == roots[order["id"]][name] for name in same - {"refunds"})


def test_an_operation_is_created_runs_and_is_completed_in_that_order(busy: Any) -> None:
    operation = busy.bulk(LINES)
    first, second, third = busy.look(operation), busy.look(operation), busy.look(operation)
    assert [each["status"] for each in (first, second, third)] == ["RUNNING", "RUNNING", "COMPLETED"]
    assert [each["objectCount"] for each in (first, second, third)] == ["0", "66", "66"]
    assert (first["completedAt"], second["url"], third["rootObjectCount"]) == (None, None, "3")
    body = busy.get(third["url"]).body
    assert int(third["fileSize"]) == len(body)
    assert body.count(b"\n") == 66
    assert (third["type"], third["errorCode"], third["partialDataUrl"]) == ("QUERY", None, None)


def test_rows_past_any_page_come_and_a_raw_text_ends_no_line(busy: Any) -> None:
    done = busy.ended(busy.bulk("bulk_orders_inner"))
    joined = _joined(busy.lines(done["url"]))
    assert sorted(each["below"] for each in joined.values()) == [1, 2, 60]
    assert {each["note"] for each in joined.values()} == {None, "First\u2028second \U0001f600 \x85"}
    assert "\u2028".encode() in busy.get(done["url"]).body


def test_children_follow_their_parents_only_where_objects_are_grouped(busy: Any) -> None:
    grouped = busy.lines(busy.ended(busy.bulk(LINES, grouped=True))["url"])
    loose = busy.lines(busy.ended(busy.bulk(LINES))["url"])
    again = busy.lines(busy.ended(busy.bulk(LINES))["url"])
    parent = ""
    for line in grouped:
        assert line.get("__parentId", line["id"]) == (parent if "__parentId" in line else line["id"])
        parent = line["id"] if "__parentId" not in line else parent
    assert loose != grouped
    assert loose == again
    assert sorted(loose, key=str) == sorted(grouped, key=str)
    seen = set[str]()
    early = [line for line in loose if seen.add(line["id"]) or line.get("__parentId", line["id"]) not in seen]
    assert early


def test_two_levels_of_nesting_know_their_nearest_parent(busy: Any) -> None:
    done = busy.ended(busy.bulk(NESTED % "id"))
    assert _joined(busy.lines(done["url"]))[busy.node("Product", 2)]["below"] == 1


def test_what_nests_three_levels_below_the_first_connection_is_refused() -> None:
    kind = "type Row { id: ID! rows: RowConnection! } type RowEdge { node: Row! }"
    info = "type PageInfo { hasNextPage: Boolean! endCursor: String }"
    page = "type RowConnection { edges: [RowEdge!]! pageInfo: PageInfo! }"
    schema = build_schema(
        f"type Query {{ rows(first: Int, after: String): RowConnection! }} {kind} {page} {info}"
    )

    def deep(levels: int) -> Document:
        text = "id"
        for _ in range(levels):
            text = f"id rows {{ edges {{ node {{ {text} }} }} }}"
        return Document(parse("{ " + text.removeprefix("id ") + " }"), (), {})

    assert validate(schema, prepared(schema, deep(3))) == []
    with pytest.raises(BulkFault, match="deeper than 2"):
        prepared(schema, deep(4))


def test_no_rows_make_no_file(busy: Any) -> None:
    none = "{ orders(query: \"created_at:>'2030-01-01'\") { edges { node { id } } } }"
    done = busy.ended(busy.bulk(none))
    assert (done["status"], done["objectCount"]) == ("COMPLETED", "0")
    assert (done["url"], done["fileSize"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ shop { name } }", "at least one connection"),
        (SIX, "more than 5 connections"),
        (NESTED % "title", "must select the 'id' field"),
        (NESTED % "title id2: id", "must select the 'id' field"),
        (REFUNDS, "within a list field"),
        (TOP, "top level"),
        ("query Q($q: String) { orders(query: $q) { edges { node { id } } } }", "without variables"),
        ("{ orders { edges { node { id nonsense } } } }", "'nonsense' doesn't exist"),
        ("{ orders { edges { node", "Syntax Error"),
        ('mutation { tagsAdd(id: "x", tags: []) { node { id } } }', "without variables"),
    ],
)
def test_what_no_bulk_query_may_ask_is_a_user_error(busy: Any, text: str, said: str) -> None:
    answer = busy.data("bulk_run_query", query=text)["bulkOperationRunQuery"]
    (error,) = answer["userErrors"]
    assert (answer["bulkOperation"], error["code"], error["field"]) == (None, "INVALID", ["query"])
    assert said in error["message"]


@pytest.mark.parametrize(
    "text",
    [
        "{ orders { nodes { id } } }",
        "{ orders { rows: edges { node { id } } } }",
        "{ orders { edges { row: node { id } } } }",
        "{ orders { edges { node { id } } } customers { edges { node { id } } } }",
        "{ orders { edges { node { id customer { id addressesV2 { edges { node { id } } } } } } } }",
        '{ orders(after: "x") { edges { node { id } } } }',
    ],
)
def test_what_nobody_knows_of_bulk_queries_is_refused_by_name(busy: Any, text: str) -> None:
    answer = busy("bulk_run_query", query=text)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]
    assert busy.data("bulk_list")["bulkOperations"]["nodes"] == []


def test_five_run_at_a_time_for_each_app_and_time_makes_room(busy: Any) -> None:
    busy.shop.add_token("other")
    busy.shop.bulk = BulkConduct(rows_a_second=1)
    operations = [busy.bulk(CUSTOMERS)]
    busy.shop.bulk = BulkConduct(rows_a_second=1, stuck=4)
    operations += [busy.bulk(CUSTOMERS) for _ in range(4)]
    refused = busy.data("bulk_run_query", query=CUSTOMERS)["bulkOperationRunQuery"]
    assert (refused["bulkOperation"], refused["userErrors"][0]["code"]) == (None, "LIMIT_REACHED")
    assert len(busy.data("bulk_list")["bulkOperations"]["nodes"]) == 5
    others = busy("bulk_run_query", token="other", query=CUSTOMERS)["data"]["bulkOperationRunQuery"]
    assert others["bulkOperation"]
    assert busy("bulk_status", token="other", id=operations[0])["data"]["bulkOperation"] is None
    busy.tick(60)
    assert busy.ended(operations[0])["status"] == "COMPLETED"
    assert busy.data("bulk_run_query", query=CUSTOMERS)["bulkOperationRunQuery"]["userErrors"] == []
    busy.shop.bulk = BulkConduct(limit=1)
    refused = busy.data("bulk_run_query", query=CUSTOMERS)["bulkOperationRunQuery"]
    assert refused["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"


def test_a_cancelled_operation_ends_later_and_gives_nothing(busy: Any) -> None:
    busy.shop.bulk = BulkConduct(stuck=1)
    operation = busy.bulk(LINES)
    assert [busy.look(operation)["status"] for _ in range(9)] == ["RUNNING"] * 9
    cancelled = busy.data("bulk_cancel", id=operation)["bulkOperationCancel"]
    assert (cancelled["bulkOperation"]["status"], cancelled["userErrors"]) == ("CANCELING", [])
    ended = busy.ended(operation)
    assert (ended["status"], ended["url"], ended["completedAt"]) == ("CANCELED", None, None)
    again = busy.data("bulk_cancel", id=operation)["bulkOperationCancel"]
    assert "cannot be canceled" in again["userErrors"][0]["message"]
    strange = busy.data("bulk_cancel", id="gid://shopify/BulkOperation/99")["bulkOperationCancel"]
    assert strange["userErrors"][0]["field"] == ["id"]


def test_operations_are_listed_newest_first_by_status_and_type(busy: Any) -> None:
    first, second = busy.bulk(LINES), busy.bulk(CUSTOMERS)
    busy.ended(first)
    listing = "query L($q: String) { bulkOperations(first: 5, query: $q) { nodes { id status } } }"
    every = busy.data(listing)["bulkOperations"]["nodes"]
    assert [each["id"] for each in every] == [second, first]
    assert busy.data(listing, q="status:completed operation_type:mutation")["bulkOperations"]["nodes"] == []
    assert len(busy.data(listing, q="status:completed operation_type:query")["bulkOperations"]["nodes"]) == 2
    assert busy.data("{ currentBulkOperation { id } }")["currentBulkOperation"]["id"] == second


def test_what_the_app_may_not_see_fails_the_operation_or_is_not_in_it(busy: Any) -> None:
    busy.tick(90 * 86_400)
    busy.shop.place_order(items=[(2, 1)], customer_id=1)
    busy.shop.add_token("recent", scopes=frozenset({"read_orders"}))

    def ended(text: str) -> Any:
        begun = busy("bulk_run_query", token="recent", query=text)["data"]["bulkOperationRunQuery"]
        operation = begun["bulkOperation"]["id"]
        seen = [busy("bulk_status", token="recent", id=operation)["data"]["bulkOperation"] for _ in range(3)]
        return seen[-1]

    recent, denied = ended(LINES), ended(CUSTOMERS)
    assert (recent["status"], recent["rootObjectCount"]) == ("COMPLETED", "1")
    assert (denied["status"], denied["errorCode"], denied["url"]) == ("FAILED", "ACCESS_DENIED", None)


def test_the_address_of_a_file_is_all_that_is_asked_for_and_it_ends_after_seven_days(busy: Any) -> None:
    operation = busy.bulk(LINES)
    url = busy.ended(operation)["url"]
    assert busy.get(url).status == 200
    assert busy.get(url, "HEAD").headers["content-type"] == "application/jsonl"
    assert busy.get(url, x_shopify_access_token="everything").status == 400
    assert busy.get(url.replace("Signature=", "Signature=x")).status == 403
    assert busy.get(url.replace("-final", "-other")).status == 404
    assert busy.get(url, "POST").status == 405
    busy.tick(7 * 86_400 - 1)
    assert (busy.get(url).status, busy.look(operation)["url"]) == (200, url)
    busy.tick()
    late = busy.look(operation)
    assert (busy.get(url).status, late["status"], late["url"]) == (403, "EXPIRED", None)


def test_a_part_of_a_file_is_given_while_the_file_is_the_same(busy: Any) -> None:
    url = busy.ended(busy.bulk(LINES))["url"]
    whole = busy.get(url)
    size, tag = len(whole.body), whole.headers["etag"]
    part = busy.get(url, range="bytes=100-", if_range=tag)
    assert (part.status, part.body) == (206, whole.body[100:])
    assert part.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    assert busy.get(url, range="bytes=5-9").body == whole.body[5:10]
    assert busy.get(url, range="bytes=-7").body == whole.body[-7:]
    assert busy.get(url, range="bytes=100-", if_range='"another"').body == whole.body
    assert busy.get(url, range=f"bytes={size}-").status == 416
    busy.shop.bulk = BulkConduct(no_ranges=True)
    unparted = busy.get(url, range="bytes=100-")
    assert (unparted.status, unparted.body) == (200, whole.body)
    busy.shop.bulk = BulkConduct(gzipped=True)
    assert busy.get(url, range="bytes=5-9", accept_encoding="identity").body == whole.body[5:10]
    packed = busy.get(url, accept_encoding="gzip, deflate")
    assert (packed.headers["content-encoding"], gzip.decompress(packed.body)) == ("gzip", whole.body)
    assert busy.get(url, accept_encoding="gzip", range="bytes=10-").body == packed.body[10:]


def test_a_failed_operation_shows_half_of_what_it_read_a_look_later(busy: Any) -> None:
    busy.shop.bulk = BulkConduct(failing=1, failure="TIMEOUT")
    operation, good = busy.bulk(LINES), busy.bulk(LINES)
    failed = busy.ended(operation)
    assert (failed["status"], failed["errorCode"], failed["partialDataUrl"]) == ("FAILED", "TIMEOUT", None)
    later = busy.look(operation)
    assert len(busy.lines(later["partialDataUrl"])) == 33
    assert (later["url"], later["objectCount"], later["completedAt"]) == (None, "66", None)
    assert busy.ended(good)["status"] == "COMPLETED"
    busy.shop.bulk = BulkConduct(failing=1)
    empty = busy.ended(busy.bulk("{ orders(query: \"created_at:>'2030-01-01'\") { edges { node { id } } } }"))
    assert (empty["status"], busy.look(empty["id"])["partialDataUrl"]) == ("FAILED", None)


def test_files_may_lack_lines_repeat_them_be_gone_or_never_have_been(busy: Any) -> None:
    def file(**conduct: Any) -> tuple[int, Any]:
        busy.shop.bulk = BulkConduct(**conduct)
        done = busy.ended(busy.bulk(LINES))
        assert done["status"] == "COMPLETED"
        return int(done["objectCount"]), done["url"]

    counted, url = file(missing_lines=3)
    assert (counted, len(busy.lines(url))) == (66, 63)
    counted, url = file(repeated_lines=2)
    lines = busy.lines(url)
    assert (counted, len(lines), len({json.dumps(line) for line in lines})) == (68, 68, 66)
    counted, url = file(spoilt_lines=4)
    pieces = busy.get(url).body.split(b"\n")[:-1]
    assert (counted, len(pieces), sum(not piece.endswith(b"}") for piece in pieces)) == (66, 66, 4)
    counted, url = file(expired=1)
    assert (counted, busy.get(url).status) == (66, 403)
    assert busy.get(busy.ended(busy.bulk(LINES))["url"]).status == 200
    assert file(emptied=1) == (66, None)


def test_the_shops_clock_may_say_how_far_an_operation_is(busy: Any) -> None:
    busy.shop.bulk = BulkConduct(rows_a_second=1)
    operation = busy.bulk(LINES)
    assert [busy.look(operation)["rootObjectCount"] for _ in range(3)] == ["0", "0", "0"]
    busy.tick(2)
    assert busy.look(operation)["rootObjectCount"] == "2"
    busy.tick(10)
    assert (busy.look(operation)["status"], busy.look(operation)["status"]) == ("RUNNING", "COMPLETED")


def test_a_download_breaks_off_once_and_goes_on_where_it_stopped() -> None:
    shop = ShopifyShop()
    shop.add_token("t")
    for n in range(50):
        shop.register(f"person{n}@example.com")
    shop.bulk = BulkConduct(cut_at=1_000)
    with serve(shop) as server, requests.Session() as session:
        session.trust_env = False
        where = f"{server.url}/admin/api/2026-10/graphql.json"

        def asked(query: str, **variables: Any) -> Any:
            body, token = {"query": query, "variables": variables}, {"X-Shopify-Access-Token": "t"}
            return session.post(where, json=body, headers=token, timeout=10).json()["data"]

        run = "mutation R($q: String!) { bulkOperationRunQuery(query: $q) { bulkOperation { id } } }"
        begun = asked(run, q=CUSTOMERS)["bulkOperationRunQuery"]["bulkOperation"]
        look = "query S($id: ID!) { bulkOperation(id: $id) { url fileSize } }"
        done = [asked(look, **begun)["bulkOperation"] for _ in range(3)][-1]
        broken, read = session.get(done["url"], timeout=10, stream=True), b""
        assert broken.headers["Content-Length"] == done["fileSize"]
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for piece in broken.iter_content(100):
                read += piece
        rest = session.get(done["url"], timeout=10, headers={"Range": f"bytes={len(read)}-"})
        assert (rest.status_code, len(read)) == (206, 1_000)
    assert (read + rest.content).count(b"\n") == 50
