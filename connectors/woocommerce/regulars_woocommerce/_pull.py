"""Pulling from a shop: pages, single objects, lists of ids, totals."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from regulars_connectors import Cursor, Page, RawRecord, Reading, Scan, Total, Window
from regulars_mapping import Kind, PermanentError
from regulars_woocommerce._client import PAGE_SIZE, Item, Listing, WooClient, id_of, is_number
from regulars_woocommerce._records import PATHS, record_of
from regulars_woocommerce._scans import Changed, Newest, Pages, Registered, State, window_params
from regulars_woocommerce._translate import CURRENCY_KEY

PAGED_KINDS: Final = (Kind.CUSTOMER, Kind.PRODUCT, Kind.ORDER)
# Without role=all the shop lists only those whose role is customer, and a role can change unseen.
_FILTERS: Final[dict[Kind, dict[str, str | int]]] = {Kind.CUSTOMER: {"role": "all"}}


def page(client: WooClient, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None) -> Page:
    """One page of a scan; orders come with their refunds. Only HISTORY of orders heeds ``window``."""
    state = _state(kind, scan, cursor or {})
    bounds = window_params(window) if kind is Kind.ORDER and scan is Scan.HISTORY else {}
    params = {"per_page": PAGE_SIZE, **_filters(kind), **bounds, **state.params()}
    listing = client.listing(PATHS[kind], params)
    step = state.step(listing)
    return Page(
        records=[*_records(kind, step.items), *_refunds_of(client, kind, step.items)],
        cursor=step.following.cursor() if step.following else None,
        remaining=_remaining(listing, int(params.get("page", 1))),
        shop_time=listing.time,
        resume=step.resume.cursor() if step.resume else None,
    )


def _state(kind: Kind, scan: Scan, cursor: Cursor) -> State:
    if kind not in PAGED_KINDS:
        raise PermanentError(f"WooCommerce lists no {kind}s of their own; they come with their orders.")
    if scan is Scan.HISTORY:
        return Newest.load(cursor) if kind is Kind.ORDER else Pages.load(cursor)
    return Registered.load(cursor) if kind is Kind.CUSTOMER else Changed.load(cursor)


def _filters(kind: Kind) -> dict[str, str | int]:
    return _FILTERS.get(kind, {})


def _remaining(listing: Listing, asked: int) -> int | None:
    return None if listing.total is None else max(0, listing.total - (asked - 1) * PAGE_SIZE)


def _records(kind: Kind, items: Iterable[Item]) -> list[RawRecord]:
    return [record_of(kind, item) for item in items]


def _refunds_of(client: WooClient, kind: Kind, orders: Sequence[Item]) -> list[RawRecord]:
    """The refunds of these orders, whole, each with a note of its order's currency."""
    if kind is not Kind.ORDER:
        return []
    currencies = {
        id_of(refund): order.get("currency")
        for order in orders
        for refund in _refund_list(order)
        if id_of(refund)
    }
    refunds = _included(client, Kind.REFUND, [str(number) for number in currencies])
    return _records(
        Kind.REFUND, (_with_currency(refund, currencies.get(id_of(refund))) for refund in refunds)
    )


def _refund_list(order: Item) -> list[Item]:
    refunds = order.get("refunds")
    return [refund for refund in refunds if isinstance(refund, dict)] if isinstance(refunds, list) else []


def _with_currency(refund: Item, currency: Any) -> Item:
    return {**refund, CURRENCY_KEY: currency} if isinstance(currency, str) else refund


def _included(client: WooClient, kind: Kind, ids: Sequence[str], fields: str = "") -> Iterator[Item]:
    narrowed: dict[str, str | int] = {"_fields": fields} if fields else {}
    for start in range(0, len(ids), PAGE_SIZE):
        include = ",".join(ids[start : start + PAGE_SIZE])
        params = {**_filters(kind), **narrowed, "include": include, "per_page": PAGE_SIZE}
        yield from client.listing(PATHS[kind], params).items


def read(client: WooClient, kind: Kind, ids: Sequence[str]) -> Reading:
    """These objects as they are; orders come with their refunds.

    A listing hides what is in the trash, so what it leaves out is asked for one by one, and only an answer
    "no such id" makes it gone. A refund cannot be asked for alone: its order says whether it stands.
    """
    wanted = _numbers(ids)
    found = {str(id_of(item)): item for item in _included(client, kind, wanted)}
    if kind is Kind.REFUND:
        return Reading(_records(kind, _with_order_currencies(client, list(found.values()))))
    gone: set[str] = set()
    for external_id in wanted:
        if external_id in found:
            continue
        item = client.one(PATHS[kind], external_id)
        if item is None or not id_of(item):
            gone.add(external_id)
        else:
            found[external_id] = item
    items = [found[external_id] for external_id in wanted if external_id in found]
    return Reading([*_records(kind, items), *_refunds_of(client, kind, items)], frozenset(gone))


def _numbers(ids: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    if not all(map(is_number, wanted)):
        raise PermanentError("WooCommerce's ids are numbers; another one was asked for.")
    return wanted


def _with_order_currencies(client: WooClient, refunds: Sequence[Item]) -> list[Item]:
    parents = list(dict.fromkeys(str(refund.get("parent_id", "")) for refund in refunds))
    orders = _included(client, Kind.ORDER, _numbers([parent for parent in parents if parent]), "id,currency")
    currencies = {id_of(order): order.get("currency") for order in orders}
    return [_with_currency(refund, currencies.get(refund.get("parent_id", 0))) for refund in refunds]


def list_ids(client: WooClient, kind: Kind, window: Window | None) -> Iterator[Sequence[str]]:
    """Every listed id, ascending, each once; only orders heed ``window``.

    Each request begins at the last id that was seen. When another stands there, something before it was
    deleted meanwhile and others moved up past us: then the walk goes back a page.
    """
    bounds = window_params(window) if kind is Kind.ORDER else {}
    params = {
        "per_page": PAGE_SIZE,
        "orderby": "id",
        "order": "asc",
        "_fields": "id",
        **_filters(kind),
        **bounds,
    }
    offset, last = 0, 0
    while True:
        listing = client.listing(PATHS[kind], {**params, "offset": offset})
        ids = sorted(id_of(item) for item in listing.items)
        if offset and (not ids or ids[0] > last):
            offset = max(0, offset - PAGE_SIZE)
            continue
        fresh = [number for number in ids if number > last]
        if fresh:
            yield [str(number) for number in fresh]
            last = fresh[-1]
        if not fresh or not _goes_on(listing, offset):
            return
        offset += len(ids) - 1


def _goes_on(listing: Listing, offset: int) -> bool:
    if listing.total is None:
        return len(listing.items) >= PAGE_SIZE
    return listing.total > offset + len(listing.items)


def totals(client: WooClient, window: Window | None) -> Sequence[Total]:
    """The shop's own counts. Only orders can be counted in a window."""
    counted = []
    for kind in (Kind.ORDER,) if window else PAGED_KINDS:
        params: dict[str, str | int] = {
            "per_page": 1,
            "_fields": "id",
            **_filters(kind),
            **window_params(window),
        }
        total = client.listing(PATHS[kind], params).total
        if total is None:
            raise PermanentError(
                "The shop does not say how much it holds: something before it removes the X-WP-Total header. "
                "Let that header through."
            )
        counted.append(Total(kind, total, window))
    return counted
