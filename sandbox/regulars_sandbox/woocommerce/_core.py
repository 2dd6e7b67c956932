"""What every resource of one shop shares: tables, number sequences, the clock, events, a call under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from regulars_sandbox.woocommerce._auth import ApiKey
from regulars_sandbox.woocommerce._clock import seconds
from regulars_sandbox.woocommerce._errors import not_modelled
from regulars_sandbox.woocommerce._fields import Wanted, wanted
from regulars_sandbox.woocommerce._state import Record, Row, Settings, Table

__all__ = ["Call", "Core", "Reply", "refuse_arguments"]

# Numbers handed out from here on can never meet those made from the ids of history (id x 1000).
_FIRST_INNER = 10**12
_ITEM_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a resource answers.  ``allow`` None means the route's own methods, () that no Allow is sent."""

    payload: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request to one endpoint, its arguments checked.

    ``home`` is the URL the shop gives itself, ``path`` the route below ``/wp-json``, ``query`` the query's
    own parameters in their order, ``arguments`` those of path, query and body together.
    """

    method: str
    home: str
    path: str
    key: ApiKey
    query: Mapping[str, Any]
    arguments: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """The argument, or ``default`` where it is absent or null."""
        value = self.arguments.get(name)
        return default if value is None else value

    def number(self, name: str = "id") -> int:
        """The id in the path."""
        return int(self.arguments[name])

    @property
    def fields(self) -> Wanted:
        """What the client wants to see."""
        return wanted(self.query.get("_fields"))


class Core:
    """The state of one shop apart from how it is spoken to."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self._clock = clock
        self.customers, self.orders, self.refunds = Table(), Table(), Table()
        self.products, self.coupons, self.webhooks, self.reviews = Table(), Table(), Table(), Table()
        self.emails: dict[str, int] = {}
        self.usernames: dict[str, int] = {}
        self.logins: dict[int, str] = {}
        self.codes: dict[str, list[int]] = {}
        self.listeners: list[Callable[[str, int], None]] = []
        self._post = self._user = 0
        self._inner = _FIRST_INNER

    def now(self) -> int:
        """The clock in whole seconds."""
        return seconds(self._clock())

    def moment(self) -> datetime:
        """The clock."""
        return self._clock()

    def next_post(self) -> int:
        """An id for an order, refund, coupon or product: they share one sequence."""
        tables = (self.orders, self.refunds, self.products, self.coupons)
        self._post = max(self._post, *(table.highest for table in tables)) + 1
        return self._post

    def next_user(self) -> int:
        """An id for a customer."""
        self._user = max(self._user, self.customers.highest) + 1
        return self._user

    def next_inner(self) -> int:
        """An id for a line of an order or a row of meta data."""
        self._inner += 1
        return self._inner

    def touch(self, table: Table, row: Row) -> None:
        """The row changed now: write its dates and let listings forget it."""
        row.modified = self.now()
        row.stamp(self.settings.zone)
        table.put(row)

    def emit(self, topic: str, number: int) -> None:
        """Something happened that webhooks may be told of."""
        for listener in self.listeners:
            listener(topic, number)


def links(call: Call, path: str, collection: str, allow: Iterable[str] = _ITEM_METHODS) -> Record:
    """The ``_links`` of a record."""
    base = f"{call.home}/wp-json"
    return {
        "self": [{"href": f"{base}{path}", "targetHints": {"allow": list(allow)}}],
        "collection": [{"href": f"{base}{collection}"}],
    }


def shown(call: Call, record: Record, record_links: Record, *, listed: bool) -> Record:
    """The record as the client wants it: parts of a listed one lose their links, a single one keeps its."""
    chosen = call.fields
    if chosen.everything:
        return {**record, "_links": record_links}
    cut = chosen.of(record)
    return cut if listed else {**cut, "_links": record_links}


def refuse_arguments(call: Call, names: Iterable[str]) -> None:
    """Refuse documented arguments whose effect nobody recorded."""
    for name in names:
        if call.arguments.get(name) not in (None, [], ""):
            raise not_modelled(f"the argument {name} of {call.method} {call.path}")
