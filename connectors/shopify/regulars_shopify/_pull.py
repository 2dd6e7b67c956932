"""Pulling from a shop: pages, single objects, lists of ids, totals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from regulars_connectors import Cursor, Page, RawRecord, Reading, Scan, Total, Window
from regulars_mapping import Kind, PermanentError, RetryError
from regulars_shopify._client import Listing, Node, ShopifyClient, gid_of, is_number, number_of, part
from regulars_shopify._labels import NAMESPACE
from regulars_shopify._parts import whole_customer, whole_orders, whole_product, whole_refund
from regulars_shopify._records import CURRENCY_KEY, TYPES, records_of
from regulars_shopify._refusals import TooCostlyError
from regulars_shopify._scans import ById, Changed, Newest, State, window_query
from regulars_shopify._times import parsed

PAGED_KINDS: Final = (Kind.CUSTOMER, Kind.PRODUCT, Kind.ORDER)
# More orders at once cost more than Shopify allows, with their lines and refunds.
_MOST: Final[Mapping[Kind, int]] = {Kind.CUSTOMER: 250, Kind.PRODUCT: 100, Kind.ORDER: 50}
_NAMESPACED: Final[Mapping[Kind, Mapping[str, str]]] = {Kind.CUSTOMER: {"ns": NAMESPACE}}


def page(
    client: ShopifyClient, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None
) -> Page:
    """One page of a scan; orders come with their refunds. Only HISTORY of orders heeds ``window``."""
    state = state_of(kind, scan, cursor or {}, window)
    state, listing = _listed(client, kind, scan, state)
    step = state.step(listing)
    return Page(
        records=_records(client, kind, step.nodes, listing.reply.data),
        cursor=step.following.cursor() if step.following else None,
        shop_time=listing.reply.time,
        resume=step.resume.cursor() if step.resume else None,
    )


def state_of(kind: Kind, scan: Scan, cursor: Cursor, window: Window | None = None) -> State:
    """Where a scan stands."""
    if kind not in PAGED_KINDS:
        raise PermanentError(f"Shopify lists no {kind}s of their own; they come with their orders.")
    if scan is Scan.CHANGES:
        return Changed.load(cursor, whole_days=kind is Kind.CUSTOMER)
    return Newest.load(cursor, window) if kind is Kind.ORDER else ById.load(cursor)


def _listed(client: ShopifyClient, kind: Kind, scan: Scan, state: State) -> tuple[State, Listing]:
    document = f"{kind}s_{scan}"
    fixed = _NAMESPACED.get(kind, {})
    try:
        return state, client.listing(document, {**fixed, **state.variables()}, most=_MOST[kind])
    except PermanentError:
        # A cursor that Shopify does not take any more has no code of its own.
        again = state.restarted()
        if again is None:
            raise
        return again, client.listing(document, {**fixed, **again.variables()}, most=_MOST[kind])


def _records(client: ShopifyClient, kind: Kind, nodes: Sequence[Node], data: Node) -> list[RawRecord]:
    if kind is Kind.ORDER:
        orders, refunds = whole_orders(client, nodes)
        return [*records_of(kind, orders), *records_of(Kind.REFUND, refunds)]
    if kind is Kind.CUSTOMER:
        nodes = [whole_customer(client, node) for node in nodes]
    if kind is Kind.PRODUCT:
        nodes = [whole_product(client, node) for node in nodes]
        currency = part(data.get("shop"), "currencyCode")
        nodes = [{**node, CURRENCY_KEY: currency} for node in nodes] if currency else nodes
    if kind is Kind.REFUND:
        nodes = [whole_refund(client, node) for node in nodes]
    return records_of(kind, nodes)


def read(client: ShopifyClient, kind: Kind, ids: Sequence[str]) -> Reading:
    """These objects as they are; orders come with their refunds. Gone is what Shopify answers null for."""
    wanted = list(dict.fromkeys(ids))
    if not all(map(is_number, wanted)):
        raise PermanentError("Shopify's ids are numbers; another one was asked for.")
    return _read(client, kind, wanted) if wanted else Reading([])


def _read(client: ShopifyClient, kind: Kind, ids: Sequence[str]) -> Reading:
    try:
        reply = client.nodes(
            f"{kind}s_by_id", [gid_of(TYPES[kind], one) for one in ids], _NAMESPACED.get(kind)
        )
    except TooCostlyError:
        if len(ids) == 1:
            raise
        half = len(ids) // 2
        first, second = _read(client, kind, ids[:half]), _read(client, kind, ids[half:])
        return Reading([*first.records, *second.records], first.gone | second.gone)
    answered = answered_nodes(reply.data, ids)
    found = [node for node in answered.values() if node is not None]
    gone = frozenset(one for one, node in answered.items() if node is None)
    return Reading(_records(client, kind, found, reply.data), gone)


def answered_nodes(data: Node, ids: Sequence[str]) -> dict[str, Node | None]:
    """What ``nodes(ids:)`` answered for each id, in order; None is Shopify's word that there is none."""
    nodes = data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != len(ids):
        raise RetryError("Shopify answered other objects than were asked for. It will be asked again.")
    for one, node in zip(ids, nodes, strict=True):
        if node is not None and number_of(part(node, "id")) != one:
            raise RetryError("Shopify answered another object than was asked for. It will be asked again.")
    return dict(zip(ids, nodes, strict=True))


def list_ids(client: ShopifyClient, kind: Kind, window: Window | None) -> Iterator[Sequence[str]]:
    """Every listed id, ascending, each once; only orders heed ``window``. Refunds by way of their orders."""
    narrowed = window_query(window) if kind in {Kind.ORDER, Kind.REFUND} else ""
    document = "order_refund_ids" if kind is Kind.REFUND else f"{kind}_ids"
    for nodes in walk(client, document, narrowed):
        ids = (
            _refund_ids(client, nodes)
            if kind is Kind.REFUND
            else [number_of(node.get("id")) for node in nodes]
        )
        if ids:
            yield ids


def stamps(
    client: ShopifyClient, kind: Kind, window: Window | None
) -> Iterator[Mapping[str, datetime | None]]:
    """The same with each object's change time; refunds bring none that is of use, for orders tell of them."""
    if kind is Kind.REFUND:
        for ids in list_ids(client, kind, window):
            yield dict.fromkeys(ids)
        return
    for nodes in walk(client, f"{kind}_ids", window_query(window) if kind is Kind.ORDER else ""):
        yield {number_of(node.get("id")): parsed(node.get("updatedAt")) for node in nodes}


def walk(
    client: ShopifyClient, document: str, narrowed: str = "", fixed: Mapping[str, str] | None = None
) -> Iterator[Sequence[Node]]:
    """All objects of a listing by id, above the last one each time."""
    state = ById()
    while True:
        query = " ".join(filter(None, [narrowed, state.variables().get("query", "")]))
        listing = client.listing(document, {**(fixed or {}), **({"query": query} if query else {})})
        step = state.step(listing)
        yield listing.nodes
        if step.following is None:
            return
        if step.following == state:
            raise PermanentError(f"Shopify answers the same page again and again ({document}).")
        state = ById.load(step.following.cursor())


_LISTED_REFUNDS: Final = 100


def _refund_ids(client: ShopifyClient, orders: Sequence[Node]) -> list[str]:
    ids = []
    for order in orders:
        listed = order.get("refunds") or []
        if len(listed) >= _LISTED_REFUNDS:
            listed = whole_orders(client, [{**order, "lineItems": {"nodes": []}}])[1]
        ids += [number_of(refund.get("id")) for refund in listed]
    return ids


def totals(client: ShopifyClient, window: Window | None) -> Sequence[Total]:
    """The shop's own counts, left out where Shopify gives no exact one. Only orders heed ``window``."""
    counts = client.ask("counts", {"orders": window_query(window)} if window else {}).data
    counted = []
    for kind in (Kind.ORDER,) if window else PAGED_KINDS:
        count = part(counts.get(f"{kind}s"), "count")
        exact = part(counts.get(f"{kind}s"), "precision") == "EXACT"
        if exact and isinstance(count, int):
            counted.append(Total(kind, count, window))
    return counted
