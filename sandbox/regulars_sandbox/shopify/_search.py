"""The search syntax of root connections, as far as it is known to behave.

Terms are joined by AND.  A filter that the API does not know, or a value it cannot read, is ignored and
only a warning in ``extensions.search`` tells of it: the listing is then of everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars_sandbox.shopify._errors import not_modelled
from regulars_sandbox.shopify._state import Row, seconds

__all__ = ["Found", "Notice", "parsed"]

Notice = dict[str, str]
Test = Callable[[Row[Any]], bool]
_TERM = re.compile(r"""(-?)([\w.]+):\s*(>=|<=|>|<)?\s*('[^']*'|"[^"]*"|[^\s()'"]+)""")
_JOINERS = frozenset({"AND", ""})


@dataclass(frozen=True, slots=True)
class Found:
    """A query understood: the tests a row must pass, and what the service warns of."""

    tests: tuple[Test, ...]
    warnings: tuple[Notice, ...]

    def matches(self, row: Row[Any]) -> bool:
        """True when the row passes all tests."""
        return all(test(row) for test in self.tests)


def _source(row: Row[Any]) -> str:
    name: str = row.state.source_name
    return name.lower()


def _test_order(row: Row[Any]) -> str:
    return "true" if row.state.test else "false"


def _first_code(row: Row[Any]) -> str:
    # The service looks at the first code of an order only.
    codes: list[str] = row.state.codes
    return codes[0].lower() if codes else ""


_ID = ("id", lambda row: row.id)
_UPDATED = ("time", lambda row: row.updated)
_CREATED = ("time", lambda row: row.created)
_TAG = ("tag", lambda row: row.tags)
_EMAIL = ("text", lambda row: row.email)
_FILTERS: Mapping[str, Mapping[str, tuple[str, Callable[[Row[Any]], Any]]]] = {
    "Customer": {
        "id": _ID,
        "updated_at": ("day", lambda row: row.updated),
        "customer_date": _CREATED,
        "email": _EMAIL,
        "tag": _TAG,
    },
    "Order": {
        "id": _ID,
        "updated_at": _UPDATED,
        "created_at": _CREATED,
        "processed_at": ("time", lambda row: row.processed),
        "customer_id": ("id", lambda row: row.owner),
        "email": _EMAIL,
        "name": ("text", lambda row: row.name.lower()),
        "tag": _TAG,
        "test": ("text", _test_order),
        "source_name": ("text", _source),
        "discount_code": ("text", _first_code),
    },
    "Product": {"id": _ID, "updated_at": _UPDATED, "created_at": _CREATED, "tag": _TAG},
    "DiscountNode": {"id": _ID, "tag": _TAG},
    "DiscountAutomaticNode": {"id": _ID, "tag": _TAG},
    "Segment": {"id": _ID, "name": ("text", lambda row: row.state.name.lower())},
}
# Filters the API has and of which nothing known tells how they behave; to ignore them would be a lie.
_UNSEEN: Mapping[str, frozenset[str]] = {
    "Customer": frozenset({
        *("accepts_marketing", "country", "first_name", "last_name", "last_abandoned_order_date"),
        *("order_date", "orders_count", "phone", "state", "tag_not", "total_spent"),
    }),
    "Order": frozenset({
        *("cart_token", "channel", "channel_id", "chargeback_status", "checkout_token"),
        *("confirmation_number", "current_total_price", "delivery_method", "financial_status"),
        *("fulfillment_status", "gateway"),
        *("location_id", "payment_id", "po_number", "return_status", "risk_level", "sales_channel", "sku"),
        *("source_identifier", "status", "subtotal_line_items_quantity", "tag_not", "total_weight"),
    }),
    "Product": frozenset({
        *("barcode", "category_id", "collection_id", "gift_card", "handle", "inventory_total", "price"),
        *("product_type", "published_at", "published_status", "sku", "status", "tag_not", "title", "vendor"),
    }),
    "DiscountNode": frozenset({
        *("code", "combines_with", "created_at", "discount_class", "discount_type", "ends_at", "method"),
        *("starts_at", "status", "times_used", "title", "type", "updated_at"),
    }),
    "DiscountAutomaticNode": frozenset({
        *("combines_with", "created_at", "discount_class", "ends_at", "starts_at", "status", "title", "type"),
    }),
    "Segment": frozenset(),
}  # fmt: skip


def parsed(kind: str, text: str | None, zone: ZoneInfo) -> Found:
    """The query of a root connection of ``kind``; raises for syntax and filters the double does not know."""
    if not text:
        return Found((), ())
    between = _TERM.sub("\0", text).replace("\0", " ").split()
    strange = [word for word in between if word not in _JOINERS]
    if strange:
        raise not_modelled("search terms without a filter, OR, NOT and brackets")
    tests, warnings = list[Test](), list[Notice]()
    for negative, name, operator, quoted in _TERM.findall(text):
        made = _test(kind, name, operator, quoted.strip("'\""), zone)
        if isinstance(made, str):
            warnings.append({"field": name, "message": made})
        else:
            tests.append(_negated(made) if negative else made)
    return Found(tuple(tests), tuple(warnings))


def _test(kind: str, name: str, operator: str, value: str, zone: ZoneInfo) -> Test | str:
    """The test of one term, or the warning with which it is ignored."""
    if name in _UNSEEN[kind] or name.startswith("metafields."):
        raise not_modelled(f"the search filter {name} of {kind}")
    known = _FILTERS[kind].get(name)
    if known is None:
        return "Invalid search field for this query."
    how, get = known
    try:
        if how == "day":
            return _by_day(get, operator, _moment(value, zone), zone)
        if how == "time":
            return _compared(get, operator, seconds(_moment(value, zone)))
        if how == "id":
            return _compared(get, operator, int(value))
    except ValueError:
        return f"Input `{value}` is not an accepted value."
    return _by_text(how, get, operator, value.lower())


def _moment(value: str, zone: ZoneInfo) -> datetime:
    """A time of a query; without an offset it is the shop's own."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _by_day(get: Callable[[Row[Any]], Any], operator: str, moment: datetime, zone: ZoneInfo) -> Test:
    """Bounds are cut to midnight: from the start of the day, or up to it without the day itself."""
    midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = seconds(midnight), seconds(midnight + timedelta(days=1))
    if operator in {">", ">="}:
        return lambda row: get(row) >= start
    if operator in {"<", "<="}:
        return lambda row: get(row) < start
    return lambda row: start <= get(row) < end


def _compared(get: Callable[[Row[Any]], Any], operator: str, wanted: int) -> Test:
    if operator == ">=":
        return lambda row: get(row) >= wanted
    if operator == "<=":
        return lambda row: get(row) <= wanted
    if operator == ">":
        return lambda row: get(row) > wanted
    if operator == "<":
        return lambda row: get(row) < wanted
    return lambda row: get(row) == wanted


def _by_text(how: str, get: Callable[[Row[Any]], Any], operator: str, wanted: str) -> Test:
    if operator:
        raise not_modelled("comparing a text by more or less")
    if "*" in wanted:
        raise not_modelled("searching by the beginning of a text")
    if how == "tag":
        return lambda row: wanted in [tag.lower() for tag in get(row)]
    return lambda row: get(row) == wanted


def _negated(test: Test) -> Test:
    return lambda row: not test(row)
