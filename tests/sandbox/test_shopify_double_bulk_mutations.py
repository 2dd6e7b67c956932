"""Bulk mutations of the Shopify double: variables uploaded by a signed form, one answer a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from regulars_sandbox import BulkConduct

FOLDER = Path(__file__).parent / "shopify_queries"
TAGS = (FOLDER / "bulk_tags_inner.graphql").read_text("utf-8")
FIELDS = (FOLDER / "bulk_metafields_inner.graphql").read_text("utf-8")
TWO = (
    'mutation { a: tagsAdd(id: "x", tags: []) { node { id } } b: tagsAdd(id: "x", tags: []) { node { id } } }'
)
ANN = "gid://shopify/Customer/1"


def _target(client: Any) -> tuple[str, dict[str, str]]:
    (target,) = client.data("staged_upload", filename="variables.jsonl")["stagedUploadsCreate"][
        "stagedTargets"
    ]
    return target["url"], {each["name"]: each["value"] for each in target["parameters"]}


def _uploaded(client: Any, variables: list[Any]) -> str:
    url, form = _target(client)
    body = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in variables)
    assert client.upload(url, form, body) == 201
    return form["key"]


def _run(client: Any, mutation: str, path: str, token: str = "everything") -> Any:
    answer = client("bulk_run_mutation", token=token, mutation=mutation, path=path)
    return answer["data"]["bulkOperationRunMutation"]


def test_each_line_of_variables_is_carried_out_and_answered_by_its_number(shopify: Any) -> None:
    people = [shopify.shop.register(f"p{n}@example.com") for n in range(30)]
    told = [{"id": shopify.node("Customer", n), "tags": ["vip \u2028 \u0454"]} for n in people]
    path = _uploaded(shopify, [*told, {"id": shopify.node("Customer", 999), "tags": ["x"]}, {"id": 5}])
    begun = _run(shopify, TAGS, path)
    assert (begun["userErrors"], begun["bulkOperation"]["type"]) == ([], "MUTATION")
    shopify.shop.bulk = BulkConduct(rows_a_look=20)
    operation = begun["bulkOperation"]["id"]
    counts = [shopify.look(operation)["objectCount"] for _ in range(3)]
    assert counts == ["0", "20", "32"]
    done = shopify.ended(operation)
    lines = shopify.lines(done["url"])
    assert [line["__lineNumber"] for line in lines] != list(range(32))
    lines.sort(key=lambda line: line["__lineNumber"])
    assert [line["__lineNumber"] for line in lines] == list(range(32))
    for line, given in zip(lines[:30], told, strict=True):
        assert line["data"]["tagsAdd"] == {"node": {"id": given["id"]}, "userErrors": []}
    assert lines[30]["data"]["tagsAdd"]["userErrors"][0]["message"]
    assert "data" not in lines[31]
    assert lines[31]["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"
    tags = shopify.data("customer_by_id", id=told[0]["id"], ns="x")["customer"]["tags"]
    assert tags == ["vip \u2028 \u0454"]


def test_what_was_carried_out_before_a_failure_stays(shopify: Any) -> None:
    shopify.shop.bulk = BulkConduct(rows_a_look=2, failing=1)
    field = {"ownerId": ANN, "namespace": "regulars", "type": "number_integer", "value": "5"}
    path = _uploaded(shopify, [{"metafields": [{**field, "key": f"k{n}"}]} for n in range(6)])
    operation = _run(shopify, FIELDS, path)["bulkOperation"]["id"]
    failed = shopify.ended(operation)
    assert (failed["status"], failed["objectCount"], failed["url"]) == ("FAILED", "2", None)
    partial = shopify.lines(shopify.look(operation)["partialDataUrl"])
    assert [line["__lineNumber"] for line in partial] == [0]
    shown = "query F($id: ID!) { customer(id: $id) { metafields(first: 9) { nodes { key } } } }"
    kept = shopify.data(shown, id=ANN)["customer"]["metafields"]["nodes"]
    assert {each["key"] for each in kept} == {"k0", "k1"}


def test_a_form_is_taken_only_as_it_was_signed_and_by_no_token(shopify: Any) -> None:
    url, form = _target(shopify)
    assert shopify.upload(url, form, b"{}") == 201
    assert shopify.upload(url, form, b"{}", x_shopify_access_token="everything") == 400
    assert shopify.upload(url, form | {"policy": "another"}, b"{}") == 403
    assert shopify.upload(url, form | {"key": "tmp/elsewhere"}, b"{}") == 403
    assert shopify.upload(url, {"key": form["key"]}, b"{}") == 403
    assert shopify.upload(url, form, b"x" * (16 * 1024 * 1024 + 1)) == 400
    assert shopify.get(url).status == 400


@pytest.mark.parametrize(
    ("mutation", "body", "code"),
    [
        (TAGS, None, "NO_SUCH_FILE"),
        (TAGS, b"", "INVALID_STAGED_UPLOAD_FILE"),
        (TAGS, b"{}\n[1]\n", "INVALID_STAGED_UPLOAD_FILE"),
        (TAGS, b"{}\nid: 5\n", "INVALID_STAGED_UPLOAD_FILE"),
        (TWO, b"{}\n", "INVALID_MUTATION"),
        ("{ shop { name } }", b"{}\n", "INVALID_MUTATION"),
        ("mutation { nonsense }", b"{}\n", "INVALID_MUTATION"),
    ],
)
def test_what_cannot_be_run_is_a_user_error(
    shopify: Any, mutation: str, body: bytes | None, code: str
) -> None:
    url, form = _target(shopify)
    if body is not None:
        assert shopify.upload(url, form, body) == 201
    refused = _run(shopify, mutation, form["key"])
    assert (refused["bulkOperation"], refused["userErrors"][0]["code"]) == (None, code)


def test_mutations_have_room_of_their_own_and_the_scopes_of_their_app(shopify: Any) -> None:
    shopify.shop.bulk = BulkConduct(stuck=99)
    path = _uploaded(shopify, [{"id": ANN, "tags": ["x"]}])
    for _ in range(5):
        assert _run(shopify, TAGS, path)["userErrors"] == []
    assert _run(shopify, TAGS, path)["userErrors"][0]["code"] == "LIMIT_REACHED"
    shopify.bulk("{ customers { edges { node { id } } } }")
    shopify.shop.bulk = BulkConduct()
    shopify.shop.add_token("reader", scopes=frozenset({"read_customers"}))
    operation = _run(shopify, TAGS, path, token="reader")["bulkOperation"]["id"]
    for _ in range(3):
        seen = shopify("bulk_status", token="reader", id=operation)["data"]["bulkOperation"]
    assert (seen["status"], seen["errorCode"]) == ("FAILED", "ACCESS_DENIED")
