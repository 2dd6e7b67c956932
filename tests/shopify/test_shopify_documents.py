"""Every document is valid for the pinned version of the API, whatever the app was granted."""

import json
from importlib.resources import files

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from regulars_shopify._client import VERSION
from regulars_shopify._queries import Queries

SCHEMA = files("regulars_sandbox") / "shopify" / "contract" / f"admin_{VERSION}.graphql"
NAMES = sorted(Queries().names)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    # A part of Shopify's own, so that some of its interfaces are not whole.
    return build_schema(SCHEMA.read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True)


def test_there_are_documents() -> None:
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scopes", [None, {"read_customers", "read_orders"}, set[str]()])
def test_every_document_is_valid_with_and_without_its_scopes(
    schema: GraphQLSchema, name: str, scopes: set[str] | None
) -> None:
    queries = Queries()
    if scopes is not None:
        queries.grant(frozenset(scopes))
    assert validate(schema, parse(queries.text(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_lists_says_how_much_it_wants(name: str) -> None:
    text = Queries().text(name)
    assert ("page:" in text) == ("$first: Int!" in text) or name == "order_refunds"


def test_what_needs_a_missing_scope_is_left_out() -> None:
    queries = Queries()
    assert "product { id }" in queries.text("orders_history")
    queries.grant(frozenset({"read_orders"}))
    text = queries.text("orders_history")
    assert "product { id }" not in text
    assert "customer { id }" not in text
    assert "taxLines" in text


def test_a_fragment_that_several_parts_need_comes_once() -> None:
    text = Queries().text("orders_history")
    assert text.count("fragment Money on MoneyBag") == 1
    assert "#" not in text


@pytest.mark.parametrize("kind", ["orders", "customers", "products"])
def test_what_shopify_runs_by_itself_has_its_variables_written_in(schema: GraphQLSchema, kind: str) -> None:
    odd = 'processed_at:>="2026" \\ $ns'
    text = Queries().written_out(f"bulk_{kind}", {"query": odd, "ns": "regulars"})
    (operation, *fragments) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert not operation.variable_definitions
    assert fragments
    assert validate(schema, parse(text)) == []
    assert text.count("edges") <= 5
    assert kind != "orders" or json.dumps(odd) in text
