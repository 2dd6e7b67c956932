"""What kind of a place parcels of a person go to, told from the address as it is written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from regulars_mapping._address import AddressKind, NormalAddress, normal_address
from regulars_mapping._models import Address
from regulars_mapping._street import fold_line

_OFFICE = frozenset(["оф", "офіс", "офис", "office", "biuro", "büro", "buro"])
_POINTS = {"branch", "locker", "box", "pickup"}


class PlaceKind(StrEnum):
    """What a place is to whoever has things sent there."""

    HOME = "home"
    OFFICE = "office"
    """A company is named, or an office."""
    BRANCH = "branch"
    """A post office or a carrier's branch."""
    LOCKER = "locker"
    BOX = "box"
    PICKUP = "pickup"
    UNKNOWN = "unknown"
    """A town alone, or what is no address."""


@dataclass(slots=True, repr=False)
class Place:
    """One place, however it was written: the spellings' positions in what was given, the first one first."""

    kind: PlaceKind
    normal: NormalAddress
    spellings: list[int] = field(default_factory=list)


def places(addresses: Iterable[Address]) -> list[Place]:
    """The places that these addresses name, in the order in which each is named first.

    Spellings, recipients and phones make no difference; a company does. A postcode or region that is left
    out fits any: so the best address of a person should come first.
    """
    by_line: dict[tuple[str, ...], list[Place]] = {}
    found: list[Place] = []
    for at, address in enumerate(addresses):
        normal = normal_address(address)
        alike = by_line.setdefault((normal.line, normal.city, normal.country, fold_line(address.company)), [])
        place = next((one for one in alike if _fits(one.normal, normal)), None)
        if place is None:
            place = Place(_kind(address, normal), normal)
            alike.append(place)
            found.append(place)
        place.spellings.append(at)
    return found


def _fits(one: NormalAddress, other: NormalAddress) -> bool:
    pairs = ((one.postcode, other.postcode), (one.area, other.area))
    return all(not a or not b or a == b for a, b in pairs)


def _kind(address: Address, normal: NormalAddress) -> PlaceKind:
    if normal.point is not None:
        # A carrier's name alone: most have branches.
        return PlaceKind(normal.point.form) if normal.point.form in _POINTS else PlaceKind.BRANCH
    if normal.kind is not AddressKind.HOME:
        return PlaceKind.UNKNOWN
    words = fold_line(f"{address.line1} {address.line2}").split()
    return PlaceKind.OFFICE if address.company.strip() or not _OFFICE.isdisjoint(words) else PlaceKind.HOME
