"""What travels from a connector to the agent: raw records, pages, cursors, readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, TypeAlias

import orjson

from regulars_mapping import Kind

Payload: TypeAlias = Mapping[str, Any]
Cursor: TypeAlias = Mapping[str, str | int]


def fingerprint(payload: Payload, *, ignoring: frozenset[str] = frozenset()) -> bytes:
    """16 bytes that are equal exactly when two payloads are, whatever their key order.

    ``ignoring`` names top-level keys that change by themselves (``_links``, ``payment_url``).
    """
    kept = {key: value for key, value in payload.items() if key not in ignoring} if ignoring else payload
    return blake2b(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One object as the platform sent it, whole.

    ``changed_at`` is the platform's own change time (aware UTC), None where it has none. ``digest`` is the
    fingerprint without what changes by itself. The payload stays out of ``repr``: it is personal data.
    """

    kind: Kind
    external_id: str
    changed_at: datetime | None
    digest: bytes
    payload: Payload

    def __repr__(self) -> str:
        return f"RawRecord({self.kind}, {self.external_id})"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the shop. ``cursor`` asks for the next page; None is the end.

    A page may carry records of several kinds (the refunds of its orders). ``remaining`` is how many objects
    the shop says there are from this page on, None where it does not say. ``shop_time`` is the shop's
    clock when it answered. ``resume`` stands on the last page of a CHANGES scan only: the cursor from which
    the next such scan continues. ``reached`` may stand on the pages of a HISTORY that goes newest first: the
    creation time of its last object, above which everything has come. ``unsure``: the shop's list moved so
    much while it was read that some objects before this page may have come on none.
    """

    records: Sequence[RawRecord]
    cursor: Cursor | None
    remaining: int | None = None
    shop_time: datetime | None = None
    resume: Cursor | None = None
    reached: datetime | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer to ``read``: what is there, and the ids that the shop says do not exist (any more).

    Like a page it may carry records of other kinds (the refunds of its orders); ``gone`` holds ids of the
    kind that was asked for. ``shop_time`` is the shop's clock at the answer, where it says it.
    """

    records: Sequence[RawRecord]
    gone: frozenset[str] = frozenset()
    shop_time: datetime | None = None

    def seen_at(self, now: datetime) -> datetime:
        """When this was so, for what stands beside change times of the shop's: what is gone was changed
        before, also where the shop's clock is ahead of ours."""
        return now if self.shop_time is None else max(now, self.shop_time)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open period ``[start, end)`` of creation times, aware UTC; None leaves a side open."""

    start: datetime | None = None
    end: datetime | None = None


class Scan(StrEnum):
    """How ``pages`` goes through a resource.

    HISTORY covers everything there is: orders newest first, customers and products oldest first.
    CHANGES covers what has changed since its cursor.
    """

    HISTORY = "history"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Total:
    """What the shop itself says it holds of a kind in a window: never a counter of ours."""

    kind: Kind
    count: int
    window: Window | None = None
