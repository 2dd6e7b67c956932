"""What a shop remembers: tables of rows, number sequences, and the settings all records are written with."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from regulars_sandbox.woocommerce._clock import gmt_text, local_text

__all__ = ["Record", "Row", "Settings", "Table", "Tax"]

Record = dict[str, Any]
_REMEMBERED_LISTINGS = 32


@dataclass(frozen=True, slots=True)
class Tax:
    """The one tax rate of a shop that charges tax on top of its prices; ``percent`` is a whole number."""

    percent: int
    rate_id: int = 1
    code: str = "TAX-1"
    label: str = "Tax"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a shop is set up.  ``currency`` is ISO 4217, ``digits`` its decimals, ``zone`` the site's own.

    ``hpos`` says that orders lie in tables of their own, not among the posts as in older shops.
    """

    currency: str = "UAH"
    symbol: str = "₴"
    digits: int = 2
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Kyiv"))
    country: str = "UA"
    name: str = "Sandbox shop"
    tax: Tax | None = None
    hpos: bool = True

    def money(self, minor: int) -> str:
        """Minor units as WooCommerce writes money: ``-1050`` → ``"-10.50"``."""
        if not self.digits:
            return str(minor)
        text = str(abs(minor)).rjust(self.digits + 1, "0")
        return f"{'-' if minor < 0 else ''}{text[: -self.digits]}.{text[-self.digits :]}"

    def minor(self, text: str) -> int:
        """The money text of a record in minor units; the text has the shop's decimals."""
        negative, digits = text.startswith("-"), text.lstrip("-")
        whole, _, part = digits.partition(".")
        value = int(whole + part.ljust(self.digits, "0")[: self.digits] or "0")
        return -value if negative else value


class Row:
    """One object of a shop: what listings filter and sort by, and the record, made when first needed.

    ``created`` and ``modified`` are seconds since 1970 (``modified`` None where the shop has none), ``owner``
    is the customer of an order or the order of a refund, ``key`` a person's e-mail or a coupon's code.
    """

    __slots__ = ("_make", "_record", "created", "id", "key", "modified", "owner", "status")

    def __init__(
        self,
        id: int,  # noqa: A002 - the name every record of the platform has
        *,
        created: int,
        modified: int | None,
        record: Record | None = None,
        make: Callable[[], Record] | None = None,
        status: str = "",
        owner: int = 0,
        key: str = "",
    ) -> None:
        self.id, self.created, self.modified = id, created, modified
        self.status, self.owner, self.key = status, owner, key
        self._record, self._make = record, make

    @property
    def record(self) -> Record:
        """The record to read; it must not be changed, for it may be made anew each time."""
        if self._record is not None:
            return self._record
        return self._make() if self._make else {}

    def own(self) -> Record:
        """The record to change; from now on it is kept."""
        if self._record is None:
            self._record = self.record
        return self._record

    def snapshot(self) -> Record:
        """A deep copy, for answers that show the state before a change."""
        return copy.deepcopy(self.record)

    def stamp(self, zone: ZoneInfo) -> None:
        """Write ``created`` and ``modified`` into the record's four date fields."""
        record = self.own()
        record["date_created"], record["date_created_gmt"] = (
            local_text(self.created, zone),
            gmt_text(self.created),
        )
        record["date_modified"], record["date_modified_gmt"] = (
            local_text(self.modified, zone),
            gmt_text(self.modified),
        )


class Table:
    """Rows by id, with a memory of recent listings that every change forgets."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._highest = 0
        self._listings: OrderedDict[Hashable, list[Row]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def get(self, number: int) -> Row | None:
        """The row, or None."""
        return self._rows.get(number)

    def put(self, row: Row) -> Row:
        """Add the row or note that it changed."""
        self.fill((row,))
        return row

    def fill(self, rows: Iterable[Row]) -> None:
        """Add many rows."""
        for row in rows:
            self._rows[row.id] = row
            self._highest = max(self._highest, row.id)
        self._listings.clear()

    def remove(self, row: Row) -> None:
        """Forget the row."""
        del self._rows[row.id]
        self._listings.clear()

    def listing(self, key: Hashable, make: Callable[[], list[Row]]) -> list[Row]:
        """The listing made earlier for ``key``, or a new one."""
        found = self._listings.get(key)
        if found is None:
            found = self._listings[key] = make()
            if len(self._listings) > _REMEMBERED_LISTINGS:
                self._listings.popitem(last=False)
        else:
            self._listings.move_to_end(key)
        return found

    @property
    def highest(self) -> int:
        """The highest id that ever stood here, 0 for none: a database gives no id twice."""
        return self._highest
