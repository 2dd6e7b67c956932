"""Pulling from a shop: pages, single objects, lists of ids, totals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from regulars_connectors import Cursor, Page, RawRecord, Reading, Scan, Total, Window
from regulars_mapping import Kind, MisconfiguredError, PermanentError
from regulars_woocommerce._client import PAGE_SIZE, Item, Listing, Params, WooClient, id_of, is_number
from regulars_woocommerce._records import PATHS, record_of
from regulars_woocommerce._reviews import told_apart
from regulars_woocommerce._scans import (
    Changed,
    ChangedOrTrashed,
    Newest,
    Pages,
    Registered,
    State,
    window_params,
)
from regulars_woocommerce._times import parsed
from regulars_woocommerce._translate import CURRENCY_KEY

_CHANGED: Final = "date_modified_gmt"
PAGED_KINDS: Final = (Kind.CUSTOMER, Kind.PRODUCT, Kind.ORDER, Kind.REVIEW)
# Without role=all the shop lists only those whose role is customer, and a role can change unseen.
# Without status=all it lists published reviews only, and what is held back would read as deleted.
_FILTERS: Final[dict[Kind, dict[str, str | int]]] = {
    Kind.CUSTOMER: {"role": "all"},
    Kind.REVIEW: {"status": "all"},
}
_REGISTERED: Final = frozenset({Kind.CUSTOMER, Kind.REVIEW})
_NO_REVIEW: Final = frozenset({"spam", "trash"})


def page(client: WooClient, kind: Kind, scan: Scan, *, cursor: Cursor | None, window: Window | None) -> Page:
    """One page of a scan; orders come with their refunds. Only HISTORY of orders heeds ``window``."""
    state = _state(kind, scan, cursor or {})
    bounds = window_params(window) if kind is Kind.ORDER and scan is Scan.HISTORY else {}
    params = {"per_page": PAGE_SIZE, **_filters(kind), **bounds, **state.params()}
    listing = _listing(client, kind, params)
    step = state.step(listing)
    return Page(
        records=[*_records(kind, step.items), *_refunds_of(client, kind, step.items)],
        cursor=step.following.cursor() if step.following else None,
        remaining=_remaining(listing, params),
        shop_time=listing.time,
        resume=step.resume.cursor() if step.resume else None,
        reached=_reached(step.items) if kind is Kind.ORDER and scan is Scan.HISTORY else None,
        unsure=step.unsure,
    )


def _reached(items: Sequence[Item]) -> datetime | None:
    times = (parsed(item.get("date_created_gmt")) for item in reversed(items))
    return next((time for time in times if time is not None), None)


def _listing(client: WooClient, kind: Kind, params: Params) -> Listing:
    """A page of a listing; of reviews an empty one where the shop has no route for them."""
    with _telling_apart(client, kind):
        return client.listing(PATHS[kind], params, optional=kind is Kind.REVIEW)


@contextmanager
def _telling_apart(client: WooClient, kind: Kind) -> Iterator[None]:
    """Raises ForbiddenKindError where the key may not read reviews but all else, and else what was raised."""
    try:
        yield
    except MisconfiguredError as error:
        if kind is not Kind.REVIEW:
            raise
        raise told_apart(client, error) from error


def _one(client: WooClient, kind: Kind, external_id: str) -> Item | None:
    """One object; None when there is none. A review that was thrown away as spam is none either."""
    with _telling_apart(client, kind):
        item = client.one(PATHS[kind], external_id, optional=kind is Kind.REVIEW)
    return None if item is None or (kind is Kind.REVIEW and item.get("status") in _NO_REVIEW) else item


def _state(kind: Kind, scan: Scan, cursor: Cursor) -> State:
    if kind not in PAGED_KINDS:
        raise PermanentError(f"WooCommerce lists no {kind}s of their own; they come with their orders.")
    if scan is Scan.HISTORY:
        return Newest.load(cursor) if kind is Kind.ORDER else Pages.load(cursor)
    if kind in _REGISTERED:
        return Registered.load(cursor)
    return ChangedOrTrashed.load(cursor) if kind is Kind.ORDER else Changed.load(cursor)


def changes_cursor(kind: Kind, since: datetime) -> Cursor:
    """Where CHANGES of a kind begin, to cover everything at or after ``since``."""
    if kind in _REGISTERED:
        return Registered(since=since).cursor()
    return (ChangedOrTrashed if kind is Kind.ORDER else Changed).since(since).cursor()


def _filters(kind: Kind) -> dict[str, str | int]:
    return _FILTERS.get(kind, {})


def _remaining(listing: Listing, params: Params) -> int | None:
    before = int(params.get("offset", (int(params.get("page", 1)) - 1) * PAGE_SIZE))
    return None if listing.total is None else max(0, listing.total - before)


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


def _listings(client: WooClient, kind: Kind, ids: Sequence[str], **narrowed: str) -> Iterator[Listing]:
    for start in range(0, len(ids), PAGE_SIZE):
        include = ",".join(ids[start : start + PAGE_SIZE])
        params = {**_filters(kind), **narrowed, "include": include, "per_page": PAGE_SIZE}
        yield _listing(client, kind, params)


def _included(client: WooClient, kind: Kind, ids: Sequence[str], **narrowed: str) -> Iterator[Item]:
    for listing in _listings(client, kind, ids, **narrowed):
        yield from listing.items


def read(client: WooClient, kind: Kind, ids: Sequence[str]) -> Reading:
    """These objects as they are; orders come with their refunds.

    A listing hides what is in the trash, so orders are looked for there too. What no listing shows is asked
    for one by one, and only an answer "no such id" makes it gone. A refund cannot be asked for alone: its
    order says whether it stands.
    """
    wanted = _numbers(ids)
    listings = list(_listings(client, kind, wanted))
    found = {str(id_of(item)): item for listing in listings for item in listing.items}
    if kind is Kind.ORDER and (hidden := [number for number in wanted if number not in found]):
        found |= {str(id_of(item)): item for item in _included(client, kind, hidden, status="trash")}
    if kind is Kind.REFUND:
        return Reading(_records(kind, _with_order_currencies(client, list(found.values()))))
    gone: set[str] = set()
    for external_id in wanted:
        if external_id in found:
            continue
        item = _one(client, kind, external_id)
        if item is None or not id_of(item):
            gone.add(external_id)
        else:
            found[external_id] = item
    items = [found[external_id] for external_id in wanted if external_id in found]
    time = max((listing.time for listing in listings if listing.time is not None), default=None)
    return Reading([*_records(kind, items), *_refunds_of(client, kind, items)], frozenset(gone), time)


def _numbers(ids: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    if not all(map(is_number, wanted)):
        raise PermanentError("WooCommerce's ids are numbers; another one was asked for.")
    return wanted


def _with_order_currencies(client: WooClient, refunds: Sequence[Item]) -> list[Item]:
    parents = list(dict.fromkeys(str(refund.get("parent_id", "")) for refund in refunds))
    orders = _included(
        client, Kind.ORDER, _numbers([parent for parent in parents if parent]), _fields="id,currency"
    )
    currencies = {id_of(order): order.get("currency") for order in orders}
    return [_with_currency(refund, currencies.get(refund.get("parent_id", 0))) for refund in refunds]


# Customers change without a date, refunds never.
_STAMPED: Final = frozenset({Kind.ORDER, Kind.PRODUCT})


def stamps(client: WooClient, kind: Kind, window: Window | None) -> Iterator[Mapping[str, datetime | None]]:
    """Every listed id, ascending, each once, with its change time; only orders heed ``window``.

    Each request begins at the last id that was seen. When another stands there, something before it was
    deleted meanwhile and others moved up past us: then the walk goes back a page.
    """
    bounds = window_params(window) if kind is Kind.ORDER else {}
    params = {
        "per_page": PAGE_SIZE,
        "orderby": "id",
        "order": "asc",
        "_fields": f"id,{_CHANGED}" if kind in _STAMPED else "id",
        **_filters(kind),
        **bounds,
    }
    offset, last = 0, 0
    while True:
        listing = _listing(client, kind, {**params, "offset": offset})
        found = {id_of(item): parsed(item.get(_CHANGED)) for item in listing.items}
        ids = sorted(found)
        if offset and (not ids or ids[0] > last):
            offset = max(0, offset - PAGE_SIZE)
            continue
        fresh = [number for number in ids if number > last]
        if fresh:
            yield {str(number): found[number] for number in fresh}
            last = fresh[-1]
        if not fresh or not _goes_on(listing, offset, len(ids)):
            return
        offset += len(ids) - 1


def _goes_on(listing: Listing, offset: int, different: int) -> bool:
    """Whether more comes after so many different ids: a plug-in's join answers some of them twice."""
    if listing.total is None:
        return len(listing.items) >= PAGE_SIZE
    return listing.total > offset + different


def totals(client: WooClient, window: Window | None) -> Sequence[Total]:
    """The shop's own counts. Only orders can be counted in a window."""
    kinds = (Kind.ORDER,) if window else PAGED_KINDS
    return [Total(kind, count(client, kind, window), window) for kind in kinds]


def count(client: WooClient, kind: Kind, window: Window | None) -> int:
    """The shop's own count of a kind, in one request. Only orders heed ``window``."""
    bounds = window_params(window) if kind is Kind.ORDER else {}
    params: dict[str, str | int] = {"per_page": 1, "_fields": "id", **_filters(kind), **bounds}
    total = _listing(client, kind, params).total
    if total is None:
        raise PermanentError(
            "The shop does not say how much it holds: something before it removes the X-WP-Total header. "
            "Let that header through."
        )
    return total


_UNDATED: Final = 10


def oldest(client: WooClient) -> datetime | None:
    """When the oldest order was placed, in one request; those without a date stand before it."""
    fields = "id,date_created_gmt"
    params: dict[str, str | int] = {"per_page": _UNDATED, "orderby": "date", "order": "asc"}
    items = client.listing(PATHS[Kind.ORDER], {**params, "_fields": fields}).items
    times = (parsed(item.get("date_created_gmt")) for item in items)
    return next((time for time in times if time is not None), None)
