"""The time zone of a shop, as it is told."""

from zoneinfo import ZoneInfo


def zone_named(name: str | None) -> ZoneInfo:
    """The zone of this IANA name; UTC where there is none: some shops give an offset, or their own words."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
