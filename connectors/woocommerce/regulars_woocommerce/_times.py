"""WooCommerce's times. Its ``_gmt`` fields are UTC without saying so."""

from datetime import UTC, datetime, timedelta
from typing import Any

SECOND = timedelta(seconds=1)


def parsed(text: Any) -> datetime | None:
    """A ``_gmt`` field as aware UTC; None for what is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def printed(moment: datetime) -> str:
    """Naive UTC, the only form that ``dates_are_gmt=true`` reads rightly: with a Z or an offset the shop
    shifts it by its own zone and answers other rows without any error."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def floored(moment: datetime) -> datetime:
    """The whole second at or before ``moment``."""
    return moment.replace(microsecond=0)


def ceiled(moment: datetime) -> datetime:
    """The whole second at or after ``moment``."""
    return moment if not moment.microsecond else floored(moment) + SECOND
