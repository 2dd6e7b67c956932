"""Shopify's times: UTC, whole seconds."""

from datetime import UTC, datetime, timedelta
from typing import Any

_SECOND = timedelta(seconds=1)


def parsed(text: Any) -> datetime | None:
    """A time as aware UTC; None for what is no time or names no zone."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def printed(moment: datetime) -> str:
    """As Shopify prints and reads times, the second's parts cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def ceiled(moment: datetime) -> datetime:
    """The whole second at or after ``moment``."""
    return moment if not moment.microsecond else moment.replace(microsecond=0) + _SECOND
