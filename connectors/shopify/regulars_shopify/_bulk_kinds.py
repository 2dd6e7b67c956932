"""What a bulk operation brings of each kind, and how its lines become the objects that a page would bring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from regulars_connectors import RawRecord
from regulars_mapping import Kind
from regulars_shopify._bulk_table import UnfitError, Whole
from regulars_shopify._client import Node
from regulars_shopify._records import CURRENCY_KEY, records_of, split_order

_TYPE_KEY: Final = "__typename"
_MOST_FULFILLMENTS: Final = 50
_Name: TypeAlias = Callable[[Node], object]


@dataclass(frozen=True, slots=True)
class _Connection:
    """A connection of the object: ``field`` holds the parts, of which a page brings ``most``; ``name`` tells
    two of them apart, and ``unasked`` is what a page does not ask for."""

    field: str
    most: int | None
    name: _Name
    unasked: tuple[str, ...] = (_TYPE_KEY,)


def _own_id(node: Node) -> object:
    return node.get("id")


_ADDRESSES: Final = _Connection("addressesV2", 20, _own_id)
_METAFIELDS: Final = _Connection(
    "metafields", 10, lambda node: (node.get("namespace"), node.get("key")), (_TYPE_KEY, "id")
)
_LINES: Final = _Connection("lineItems", None, _own_id)
_APPLICATIONS: Final = _Connection("discountApplications", 10, lambda node: node.get("index"), ())
_COLLECTIONS: Final = _Connection("collections", 10, _own_id)
_VARIANTS: Final = _Connection("variants", 50, _own_id)

_CONNECTIONS: Final[Mapping[Kind, Mapping[str, _Connection]]] = {
    Kind.CUSTOMER: {"MailingAddress": _ADDRESSES, "Metafield": _METAFIELDS},
    Kind.ORDER: {
        "LineItem": _LINES,
        "AutomaticDiscountApplication": _APPLICATIONS,
        "DiscountCodeApplication": _APPLICATIONS,
        "ManualDiscountApplication": _APPLICATIONS,
        "ScriptDiscountApplication": _APPLICATIONS,
    },
    Kind.PRODUCT: {"Collection": _COLLECTIONS, "ProductVariant": _VARIANTS},
}


def joined(kind: Kind, wholes: Sequence[Whole], *, currency: str | None) -> tuple[list[RawRecord], list[str]]:
    """The records of those that are complete, and the ids of those that a page or a read brings more of, or
    less. Raises UnfitError for what was not asked for."""
    nodes, others = [], []
    for whole in wholes:
        node = _with_parts(kind, whole)
        if node is None:
            others.append(str(whole.number))
        else:
            nodes.append({**node, CURRENCY_KEY: currency} if currency else node)
    return records_of(kind, nodes), others


def _with_parts(kind: Kind, whole: Whole) -> Node | None:
    """The object as a page brings it; None where a page would not bring it like that."""
    connections = _CONNECTIONS[kind]
    parts: dict[str, dict[str, Node]] = {each.field: {} for each in connections.values()}
    most = {each.field: each.most for each in connections.values()}
    for child in whole.children:
        connection = connections.get(str(child.get(_TYPE_KEY)))
        if connection is None:
            raise UnfitError("Shopify's file of a bulk operation holds parts that nobody asked for.")
        asked = {name: value for name, value in child.items() if name not in connection.unasked}
        parts[connection.field][str(connection.name(child))] = asked
    if any(limit is not None and len(parts[field]) > limit for field, limit in most.items()):
        return None
    if kind is not Kind.ORDER:
        return {**whole.node, **{field: {"nodes": list(found.values())} for field, found in parts.items()}}
    if whole.node.get("refunds") != [] or len(whole.node.get("fulfillments") or ()) > _MOST_FULFILLMENTS:
        return None
    order = {**whole.node, "discountApplications": {"nodes": list(parts["discountApplications"].values())}}
    return split_order(order, list(parts["lineItems"].values()), [])[0]
