"""Times as a shop keeps them: whole seconds, written once in local and once in UTC wall time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

__all__ = ["boundary", "expiry", "gmt_text", "local_text", "seconds", "text_seconds"]

_FRACTION = re.compile(r"\.\d+")
_WITHOUT_OFFSET = len("2026-11-22T03:30:00")
_DATE_ONLY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def seconds(moment: datetime) -> int:
    """An aware datetime as whole seconds since 1970."""
    return int(moment.timestamp())


def text_seconds(text: str | None) -> int | None:
    """A recorded ``..._gmt`` value as seconds since 1970; None stays None."""
    return None if text is None else int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def gmt_text(moment: int | None) -> str | None:
    """Seconds as the naive UTC text of ``..._gmt`` fields."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()[:_WITHOUT_OFFSET]


def local_text(moment: int | None, zone: ZoneInfo) -> str | None:
    """Seconds as the naive text in the shop's own zone."""
    return None if moment is None else datetime.fromtimestamp(moment, zone).isoformat()[:_WITHOUT_OFFSET]


def boundary(text: str, zone: ZoneInfo, *, gmt: bool) -> int:
    """Where an ``after``/``before`` filter really cuts, in seconds since 1970.

    A naive value is UTC with ``dates_are_gmt`` and shop-local without it (the later of two equal wall times).
    A value with a zone is exact, except that ``dates_are_gmt`` then takes its *local* wall time for UTC: a
    shift by the shop's offset that no error announces.
    """
    moment = datetime.fromisoformat(_FRACTION.sub("", text).replace(" ", "T"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC) if gmt else moment.replace(tzinfo=zone, fold=1)
    elif gmt:
        moment = moment.astimezone(zone).replace(tzinfo=UTC)
    return int(moment.timestamp())


def expiry(text: str, zone: ZoneInfo) -> int | None:
    """What ``date_expires`` stores, in seconds since 1970.

    "" clears, naive is shop-local, a bare date its local midnight, nonsense the first day of 1970.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(f"{text}T00:00:00" if _DATE_ONLY.match(text) else text)
    except ValueError:
        moment = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose, the shop's zone is put on below
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
