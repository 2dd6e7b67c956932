"""The parts of objects that did not fit into the answer that brought them: never cut off silently."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from regulars_mapping import PermanentError, RetryError
from regulars_shopify._client import MOST_A_PAGE, Node, ShopifyClient, part
from regulars_shopify._records import split_order

REFUNDS_ASKED: Final = 20
"""How many refunds come with an order; the documents say the same."""
ADDRESSES_ASKED: Final = 20
"""How many addresses come with a customer; the documents say the same."""
COLLECTIONS_ASKED: Final = 10
"""How many collections come with a product; the documents say the same."""
_MOST_PAGES: Final = 1_000


def whole_orders(client: ShopifyClient, orders: Iterable[Node]) -> tuple[list[Node], list[Node]]:
    """These orders with all their lines, and all their refunds with all their lines."""
    found: list[Node] = []
    refunds: list[Node] = []
    for order in orders:
        listed = [whole_refund(client, refund) for refund in _refunds(client, order)]
        whole, noted = split_order(order, _lines(client, order), listed)
        found.append(whole)
        refunds += noted
    return found, refunds


def whole_customer(client: ShopifyClient, customer: Node) -> Node:
    """A customer with all addresses."""
    return _whole(client, customer, "addressesV2", "customer_addresses", ADDRESSES_ASKED)


def whole_product(client: ShopifyClient, product: Node) -> Node:
    """A product with all collections that it is in."""
    return _whole(client, product, "collections", "product_collections", COLLECTIONS_ASKED)


def _whole(client: ShopifyClient, owner: Node, field: str, document: str, asked: int) -> Node:
    """An object with all of a connection, of which ``asked`` came with it."""
    if len(_dicts(part(owner.get(field), "nodes"))) < asked:
        return owner
    nodes: list[Node] = []
    variables = {"ids": [owner.get("id")], "first": MOST_A_PAGE}
    for _ in range(_MOST_PAGES):
        page = part(_only(client.ask(document, variables).data.get("nodes")), "page")
        nodes += _nodes(page)
        after = _after(page)
        if not after:
            return {**owner, field: {"nodes": nodes}}
        variables["after"] = after
    raise _circle("object")


def whole_refund(client: ShopifyClient, refund: Node) -> Node:
    """A refund with all its lines."""
    page = part(refund, "refundLineItems")
    lines = _nodes(page)
    for _ in range(_MOST_PAGES):
        after = _after(page)
        if not after:
            return {**refund, "refundLineItems": {"nodes": lines}}
        variables = {"ids": [refund.get("id")], "first": MOST_A_PAGE, "after": after}
        reply = client.ask("refund_lines", variables)
        page = part(_only(reply.data.get("nodes")), "page")
        lines += _nodes(page)
    raise _circle("refund")


def _refunds(client: ShopifyClient, order: Node) -> Sequence[Node]:
    listed = _dicts(order.get("refunds"))
    if len(listed) < REFUNDS_ASKED:
        return listed
    reply = client.ask("order_refunds", {"id": order.get("id"), "first": MOST_A_PAGE})
    listed = _dicts(part(reply.data.get("order"), "refunds"))
    if len(listed) >= MOST_A_PAGE:
        raise PermanentError(f"An order has {MOST_A_PAGE} refunds or more; Shopify lists no more than those.")
    return listed


def _lines(client: ShopifyClient, order: Node) -> list[Node]:
    page = order.get("lineItems")
    lines = _nodes(page)
    for _ in range(_MOST_PAGES):
        after = _after(page)
        if not after:
            return lines
        listing = client.listing("order_lines", {"id": order.get("id"), "after": after}, owner="owner")
        lines += listing.nodes
        page = {"pageInfo": {"hasNextPage": listing.after is not None, "endCursor": listing.after}}
    raise _circle("order")


def _circle(what: str) -> PermanentError:
    return PermanentError(f"The parts of one {what} lead in a circle; it was not taken in half.")


def _nodes(page: Any) -> list[Node]:
    nodes = part(page, "nodes")
    if not isinstance(nodes, list):
        raise RetryError("Shopify answered an object without its parts. It will be asked again.")
    return _dicts(nodes)


def _after(page: Any) -> str:
    info = part(page, "pageInfo")
    after = part(info, "endCursor") if part(info, "hasNextPage") is True else None
    return after if isinstance(after, str) else ""


def _only(nodes: Any) -> Any:
    return nodes[0] if isinstance(nodes, list) and nodes else None


def _dicts(values: Any) -> list[Node]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
