"""Shopify's objects as raw records; orders in parts, each part whole."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from regulars_connectors import RawRecord, fingerprint
from regulars_mapping import Kind
from regulars_shopify._client import Node, number_of
from regulars_shopify._times import parsed

TYPES: Final[Mapping[Kind, str]] = {
    Kind.CUSTOMER: "Customer",
    Kind.ORDER: "Order",
    Kind.PRODUCT: "Product",
    Kind.REFUND: "Refund",
}
CURRENCY_KEY: Final = "_regulars_currency"
"""Where the connector notes a product's currency: its prices are amounts alone."""
_DEEPEST: Final = 100


def record_of(kind: Kind, node: Node) -> RawRecord:
    """A raw record of one object as the shop sent it."""
    try:
        digest = fingerprint(node)
    except TypeError:
        # Deeper or wider than any JSON library writes again; its depths are kept as text.
        node = {key: _flattened(value, _DEEPEST) for key, value in node.items()}
        digest = fingerprint(node)
    return RawRecord(kind, number_of(node.get("id")), parsed(node.get("updatedAt")), digest, node)


def records_of(kind: Kind, nodes: Sequence[Node]) -> list[RawRecord]:
    """Raw records of those that have an id."""
    return [record_of(kind, node) for node in nodes if number_of(node.get("id"))]


def split_order(order: Node, lines: Sequence[Node], refunds: Sequence[Node]) -> tuple[Node, list[Node]]:
    """An order with all its lines and its refunds' ids, and each refund with a note of its order.

    Cursors are left out: they change though the order does not.
    """
    noted = {
        "order": {name: order.get(name) for name in ("id", "currencyCode", "taxesIncluded")},
    }
    ids = [{"id": refund.get("id")} for refund in refunds]
    whole = {**order, "lineItems": {"nodes": list(lines)}, "refunds": ids}
    return whole, [{**refund, **noted} for refund in refunds]


def _flattened(value: Any, depth: int) -> Any:
    if depth == 0 and isinstance(value, list | dict):
        try:
            return json.dumps(value, ensure_ascii=False)
        except RecursionError:
            return ""
    if isinstance(value, list):
        return [_flattened(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {key: _flattened(item, depth - 1) for key, item in value.items()}
    return value
