"""Where an order came from, as far as Shopify attributes it. An endless address is no reason to refuse the
order it came with."""

from datetime import datetime
from typing import Any, Final

from regulars_shopify._client import part
from regulars_shopify._times import parsed

_LONGEST: Final = 250


def source_of(journey: Any, channel: str) -> dict[str, str] | None:
    """The visit that led to the order, else the channel it was placed in (``web``, ``pos``)."""
    visit = part(journey, "lastVisit") or part(journey, "firstVisit")
    campaign = part(visit, "utmParameters")
    found = {
        "kind": _text(visit, "sourceType").lower(),
        "source": _text(campaign, "source") or _text(visit, "source"),
        "medium": _text(campaign, "medium"),
        "campaign": _text(campaign, "campaign"),
        "referrer": _text(visit, "referrerUrl"),
    }
    if not any(found.values()):
        found = {"kind": "channel", "source": channel} if channel else {}
    return {name: value for name, value in found.items() if value} or None


def attributed_later(order: Any) -> datetime | None:
    """When an order was made whose visits Shopify is still to attribute; None for any other."""
    ready = part(part(order, "customerJourneySummary"), "ready")
    return parsed(part(order, "createdAt")) if ready is False else None


def _text(value: Any, key: str) -> str:
    text = part(value, key)
    fits = isinstance(text, str) and len(text) <= _LONGEST
    return text.replace("\0", "") if fits else ""
