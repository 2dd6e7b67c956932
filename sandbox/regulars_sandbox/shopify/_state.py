"""What a shop remembers: rows whose records are made when asked for, and how the shop is set up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

__all__ = ["VERSION", "Record", "Row", "Settings", "Table", "gid", "iso", "number", "seconds", "text_moment"]

VERSION = "2026-10"
Record = dict[str, Any]
State = TypeVar("State")
_PREFIX = "gid://shopify/"
_REMEMBERED_LISTINGS = 32


def gid(kind: str, number: int) -> str:
    """The global id of an object."""
    return f"{_PREFIX}{kind}/{number}"


def number(text: str, kind: str) -> int | None:
    """The number in a global id of that kind; None for any other text."""
    prefix, _, digits = text.rpartition("/")
    return int(digits) if prefix == f"{_PREFIX}{kind}" and digits.isdecimal() else None


def iso(moment: int) -> str:
    """Seconds since 1970 as the API writes times."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(moment: datetime) -> int:
    """An aware datetime as whole seconds since 1970."""
    return int(moment.timestamp())


def text_moment(text: str) -> datetime:
    """A DateTime of a document, which the schema has checked."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a shop is set up.  ``currency`` is ISO 4217, ``digits`` its decimals, ``domain`` the shop's own.

    ``presented`` is a buyer's currency of two decimals, "" for the shop's own, and ``rate`` how much of it a
    unit of the shop's is.
    """

    currency: str = "UAH"
    digits: int = 2
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Kyiv"))
    country: str = "UA"
    name: str = "Sandbox shop"
    domain: str = "sandbox.myshopify.com"
    presented: str = ""
    rate: Decimal = Decimal(1)

    def decimal(self, minor: int) -> str:
        """Minor units as MoneyV2 writes them: no more zeros than one decimal needs."""
        whole, part = divmod(abs(minor), 10**self.digits)
        text = str(part).rjust(self.digits, "0").rstrip("0") if self.digits else ""
        return f"{'-' if minor < 0 else ''}{whole}.{text or '0'}"

    def plain(self, minor: int) -> str:
        """Minor units as the Money scalar writes prices: with all decimals of the currency."""
        whole, part = divmod(abs(minor), 10**self.digits)
        text = f".{str(part).rjust(self.digits, '0')}" if self.digits else ""
        return f"{'-' if minor < 0 else ''}{whole}{text}"

    def money(self, minor: int) -> Record:
        """A MoneyV2."""
        return {"__typename": "MoneyV2", "amount": self.decimal(minor), "currencyCode": self.currency}

    def bag(self, minor: int) -> Record:
        """A MoneyBag: the shop's own money, and what the buyer saw."""
        money = self.money(minor)
        if not self.presented:
            return {"shopMoney": money, "presentmentMoney": money}
        amount = (Decimal(minor).scaleb(-self.digits) * self.rate).quantize(Decimal("0.01"))
        return {
            "shopMoney": money,
            "presentmentMoney": money | {"amount": str(amount), "currencyCode": self.presented},
        }


@dataclass(slots=True, eq=False)
class Row(Generic[State]):
    """One object: what listings sort and filter by, and the ``state`` its record is written from.

    ``created``, ``updated`` and ``processed`` are seconds since 1970; ``owner`` is an order's customer (0 for
    none); ``email`` lower-case; ``tags`` in the API's order.
    """

    kind: str
    id: int
    created: int
    updated: int
    state: State
    processed: int = 0
    owner: int = 0
    email: str = ""
    name: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def gid(self) -> str:
        """The global id."""
        return gid(self.kind, self.id)


class Table(Generic[State]):
    """Rows by number, with a memory of recent listings that every change forgets."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._rows: dict[int, Row[State]] = {}
        self._listings: OrderedDict[Hashable, list[Row[State]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row[State]]:
        return iter(self._rows.values())

    def get(self, number: int | None) -> Row[State] | None:
        """The row, or None."""
        return None if number is None else self._rows.get(number)

    def put(self, row: Row[State]) -> Row[State]:
        """Add the row or note that it changed."""
        self._rows[row.id] = row
        self._listings.clear()
        return row

    def remove(self, row: Row[State]) -> None:
        """Forget the row."""
        del self._rows[row.id]
        self._listings.clear()

    def listing(self, key: Hashable, make: Callable[[], list[Row[State]]]) -> list[Row[State]]:
        """The listing made earlier for ``key``, or a new one."""
        found = self._listings.get(key)
        if found is None:
            found = self._listings[key] = make()
            if len(self._listings) > _REMEMBERED_LISTINGS:
                self._listings.popitem(last=False)
        return found

    @property
    def highest(self) -> int:
        """The highest number, 0 for none."""
        return max(self._rows, default=0)
