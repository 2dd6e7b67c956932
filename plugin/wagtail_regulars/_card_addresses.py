"""The addresses of a customer's card: one row a place, however it was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars_mapping import fold_text
from wagtail_regulars._masking import masked_phone

Row = Mapping[str, Any]
_PLACE = ("company", "line1", "line2", "city", "postcode", "country")


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where orders were delivered to; ``recipients``: how many different names it bears."""

    name: str
    recipients: int
    lines: Sequence[str]
    phone: str
    deliveries: int
    last_used_at: datetime | None


def addresses_of(addresses: Sequence[Row], *, contacts: bool) -> list[AddressView]:
    """Rows that fold equal as one, spelled as the most used of them; the most used address first."""
    places: dict[tuple[str, ...], list[Row]] = {}
    for row in sorted(addresses, key=_deliveries, reverse=True):
        places.setdefault(tuple(fold_text(row[part]) for part in _PLACE), []).append(row)
    shown = [_address(rows, contacts=contacts) for rows in places.values()]
    return sorted(shown, key=lambda address: address.deliveries, reverse=True)


def _deliveries(row: Row) -> int:
    return int(row["deliveries"])


def _address(rows: Sequence[Row], *, contacts: bool) -> AddressView:
    row = rows[0]
    names = [name for name in map(_recipient, rows) if name]
    times = [one["last_used_at"] for one in rows if one["last_used_at"] is not None]
    return AddressView(
        name=names[0] if names else "",
        recipients=len({_in_any_order(name) for name in names}),
        lines=_lines(row, contacts=contacts),
        phone=row["phone"] if contacts else masked_phone(row["phone"]),
        deliveries=sum(map(_deliveries, rows)),
        last_used_at=max(times, default=None),
    )


def _recipient(row: Row) -> str:
    return " ".join(filter(None, (row["given_name"], row["family_name"])))


def _in_any_order(name: str) -> tuple[str, ...]:
    return tuple(sorted(fold_text(name).split()))


def _lines(row: Row, *, contacts: bool) -> list[str]:
    # Without contact data, the town is enough to tell two addresses apart.
    street = (row["company"], row["line1"], row["line2"]) if contacts else ()
    town = " ".join(filter(None, (row["postcode"] if contacts else "", row["city"])))
    return list(filter(None, (*street, town, row["region"], row["country"])))
