"""Where a person has things sent: one place each, over all accounts and spellings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars_mapping import Address, PlaceKind, fold_text, places

_FIELDS = tuple(Address.model_fields)


@dataclass(frozen=True, slots=True, repr=False)
class PersonAddress:
    """A place as it was written most often. ``label`` is it in a line, without recipient and country.

    ``recipients`` are the different names it bears, ``accounts`` those of the person that have it;
    ``deliveries`` counts orders sent there, ``last_used_at`` is when the newest of them was placed.
    """

    kind: PlaceKind
    label: str
    recipients: tuple[str, ...]
    company: str
    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    deliveries: int
    last_used_at: datetime | None
    accounts: tuple[str, ...]

    def __repr__(self) -> str:
        return f"PersonAddress({self.kind.value!r}, ...)"


def addresses_of_person(rows: Sequence[Mapping[str, Any]]) -> list[PersonAddress]:
    """The places of the rows of a person's addresses, the most used first, then the last used."""
    ordered = sorted(rows, key=lambda row: (-row["deliveries"], row["id"]))
    found = places(Address(**{name: row[name] for name in _FIELDS}) for row in ordered)
    shown = [_place(one.kind, [ordered[at] for at in one.spellings]) for one in found]
    # Sorting keeps the order of equals.
    shown.sort(key=lambda one: one.last_used_at.timestamp() if one.last_used_at else 0, reverse=True)
    return sorted(shown, key=lambda one: -one.deliveries)


def _place(kind: PlaceKind, rows: Sequence[Mapping[str, Any]]) -> PersonAddress:
    first = rows[0]
    times = [row["last_used_at"] for row in rows if row["last_used_at"] is not None]
    parts = (first["company"], first["line1"], first["line2"], first["city"])
    return PersonAddress(
        kind=kind,
        label=", ".join(filter(None, parts)),
        recipients=_recipients(rows),
        phone=next((row["phone"] for row in rows if row["phone"]), ""),
        deliveries=sum(row["deliveries"] for row in rows),
        last_used_at=max(times, default=None),
        accounts=tuple(dict.fromkeys(row["account_id"] for row in rows)),
        **{
            name: first[name] or next((row[name] for row in rows if row[name]), "")
            for name in ("company", "line1", "line2", "city", "region", "postcode", "country")
        },
    )


def _recipients(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Each name once, in whatever order its words stand."""
    names = (" ".join(filter(None, (row["given_name"], row["family_name"]))) for row in rows)
    found: dict[tuple[str, ...], str] = {}
    for name in filter(None, names):
        found.setdefault(tuple(sorted(fold_text(name).split())), name)
    return tuple(found.values())
