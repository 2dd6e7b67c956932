"""Shopify's objects as raw records; orders in parts, each part whole."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from regulars_connectors import RawRecord, fingerprint
from regulars_mapping import Kind
from regulars_shopify._client import Node, number_of, part
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
_Key: TypeAlias = Callable[[Node, Node], tuple[int, str]]


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
    return [record_of(kind, tidy(kind, node)) for node in nodes if number_of(node.get("id"))]


def tidy(kind: Kind, node: Node) -> Node:
    """An object with the parts of its connections in one order, whatever order Shopify gave them in, so that
    it is the same object however it came; without cursors."""
    found = {name: key for name, key in _ORDERED.get(kind, {}).items() if part(node.get(name), "nodes")}
    return {**node, **{name: {"nodes": _sorted(node, name, key)} for name, key in found.items()}}


def _sorted(node: Node, name: str, key: _Key) -> list[Node]:
    parts = [one for one in node[name]["nodes"] if isinstance(one, dict)]
    return sorted(parts, key=lambda one: key(node, one))


def _by_number(_owner: Node, one: Node) -> tuple[int, str]:
    number = number_of(one.get("id"))
    return int(number or 0), ""


def _main_first(owner: Node, one: Node) -> tuple[int, str]:
    main = number_of(part(owner.get("defaultAddress"), "id"))
    number = number_of(one.get("id"))
    return -1 if main and number == main else int(number or 0), ""


def _by_place(_owner: Node, one: Node) -> tuple[int, str]:
    place = one.get("position", one.get("index"))
    return place if isinstance(place, int) else 0, number_of(one.get("id"))


def _by_name(_owner: Node, one: Node) -> tuple[int, str]:
    return 0, f"{one.get('namespace')}.{one.get('key')}"


_ORDERED: Final[Mapping[Kind, Mapping[str, _Key]]] = {
    Kind.CUSTOMER: {"addressesV2": _main_first, "metafields": _by_name},
    Kind.ORDER: {"discountApplications": _by_place, "lineItems": _by_number},
    Kind.PRODUCT: {"collections": _by_number, "variants": _by_place},
    Kind.REFUND: {"refundLineItems": _by_number},
}


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
