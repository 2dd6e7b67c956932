"""A programme as a proof states it, held against that version as it was saved, field by field."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars_agent._proof_payloads import Odd

_ONCE = "welcome"
_OF_THE_OFFER = ("zone", "valid_until")
"""What of a programme of certain days is the offer's own: the verifier works these out from the days."""


def programme_odds(stated: Mapping[str, Any], definition: Mapping[str, Any], version: int) -> Iterator[Odd]:
    """Where the programme of a proof, as stored, differs from its definition, as saved in this version."""
    place = f"programme {definition.get('key', '')}, version {version}"
    for name, value in stated.items():
        if name in _OF_THE_OFFER and "until" in stated:
            continue
        due = _due(name, definition, version)
        if _comparable(name, value) != due:
            yield Odd(place, name, _comparable(name, value), due)


def _due(name: str, definition: Mapping[str, Any], version: int) -> object:
    if name == "version":
        return version
    if name == "orders" and definition["kind"] == _ONCE:
        return 1
    read = _READ.get(name)
    value = definition.get("valid_until" if name == "until" else name)
    return value if read is None else read(value)


def _comparable(name: str, value: object) -> object:
    return _moment(value) if name in {"until", "valid_until"} else value


def _tier(tier: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "threshold": tier["threshold"],
        "percent": _hundredths(tier.get("percent")) or 0,
        "amount": tier.get("amount") or 0,
        "level": tier["level"],
    }


def _hundredths(value: object) -> int | None:
    return None if value is None else int(Decimal(str(value)) * 100)


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


_READ: Mapping[str, Callable[[Any], object]] = {
    "until": _moment,
    "valid_until": _moment,
    "tiers": lambda tiers: [_tier(each) for each in tiers],
    "amount": lambda amount: amount or 0,
    "percent": lambda percent: _hundredths(percent) or 0,
    "times": _hundredths,
    "cap": _hundredths,
    "first_day": lambda day: int(str(day).replace("-", "")),
    "last_day": lambda day: int(str(day).replace("-", "")),
}
"""How a field of a definition reads in a proof, where it is not the same."""
