"""Whatever the app was granted, no document asks for what it may not read; and how the schemas are read."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, introspection_from_schema

from regulars_shopify._client import VERSION
from regulars_shopify._queries import Queries
from shopify.shopify_judging import MARKED, STANDS_ON, WANTED, denied, forms, idle, kinds_of, needs, stood_on
from shopify.shopify_package import PackageError, Scopes, Shipped, read
from shopify.shopify_part import PART, PART_SCOPES, built, documents, part_of, scopes_of

SCOPES: Scopes = json.loads(PART_SCOPES.read_text("utf-8"))
NARROW = "admin_2027-01.json.gz"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return built(PART.read_text("utf-8"))


def test_no_document_is_sent_with_what_a_missing_scope_keeps_from_it(schema: GraphQLSchema) -> None:
    assert len(forms()) > len(Queries().names) * len({*MARKED, "all", "fewest"})
    assert denied(schema, SCOPES) == {}


def test_lines_that_say_they_need_a_scope_do_and_the_others_need_no_more_than_known(
    schema: GraphQLSchema,
) -> None:
    assert idle(schema, SCOPES) == set()
    assert stood_on(schema, SCOPES) == STANDS_ON
    assert MARKED | frozenset().union(*STANDS_ON.values()) <= WANTED


def test_a_demand_is_found_at_its_line_in_fields_connections_and_fragments(schema: GraphQLSchema) -> None:
    text = """query Q { orders(first: 1) {
      nodes { id
        customer { id } # needs read_customers
        name # needs read_products
      } }
      nodes(ids: []) { ... on Product { id } } }"""
    found = {(line, what): needed for line, what, needed in needs(schema, SCOPES, text)}
    assert "read_orders" in found[1, "QueryRoot.orders"]
    assert found[3, "Order.customer"] == {"read_customers"}
    assert found[6, "Product"] == {"read_products"}
    assert idle(schema, SCOPES, {"q": text}) == {"q.graphql, line 4: nothing there needs read_products"}


def test_the_sandbox_keeps_what_documents_use_in_one_order_and_nothing_else(schema: GraphQLSchema) -> None:
    shipped = Shipped(VERSION, introspection_from_schema(schema), SCOPES)
    again = "make shopify-part writes it anew"
    assert part_of(shipped, documents()) == PART.read_text("utf-8"), again
    assert scopes_of(schema, SCOPES) == PART_SCOPES.read_text("utf-8"), again


def archive_of(folder: Path, files: Mapping[str, bytes]) -> Path:
    archive = folder / "package.tgz"
    with tarfile.open(archive, "w:gz") as members:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/dist/data/{name}")
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return archive


def told(schema: GraphQLSchema, **changes: Any) -> bytes:
    rows = [
        {"type": "type", "typeName": "Order", "offlineScopes": ["read_orders", "read_quick_sale"]},
        {"type": "field", "typeName": "Order", "fieldName": "id", "offlineScopes": []},
        {"type": "field", "typeName": "Order", "fieldName": "note", "offlineScopes": ["read_notes"]},
    ]
    whole = {"data": introspection_from_schema(schema), "offline_scopes": {"items": rows}}
    return gzip.compress(json.dumps({**whole, **changes}).encode())


def test_every_admin_schema_of_a_package_is_read_and_nothing_else_of_it(
    schema: GraphQLSchema, tmp_path: Path
) -> None:
    others = {
        "index.js": b"while (true) {}",
        "storefront_2027-01.json.gz": b"no",
        "admin_2027.json.gz": b"no",
    }
    files = {**others, NARROW: told(schema), "admin_unstable.json.gz": told(schema)}
    first, second = read(archive_of(tmp_path, files))
    assert (first.version, second.version) == ("2027-01", "unstable")
    assert first.scopes == {"Order": ["read_orders", "read_quick_sale"], "Order.note": ["read_notes"]}
    assert kinds_of(first.schema(), "DiscountItems") == kinds_of(schema, "DiscountItems") != set()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no Admin schema"),
        (gzip.compress(b"<html>"), "2027-01 is told in another form"),
        (gzip.compress(b'{"data": {}}'), "offline_scopes"),
        (gzip.compress(b" " * (2**26 + 1), 1), "2027-01 is longer than"),
        (b"not packed", "2027-01 is told in another form"),
    ],
)
def test_a_package_of_another_kind_is_refused_in_words(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    with pytest.raises(PackageError, match=words):
        list(read(archive_of(tmp_path, {NARROW if content else "other.json": content or b""})))
