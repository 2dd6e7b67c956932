"""Which currencies something is sold in today, or was on a day, and which one was meant.

What shops send is not asked this: an order in a currency that is gone, or in none, stays what it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel.core import get_global

from regulars_mapping._errors import UnmappableError
from regulars_mapping._units import minor_digits

_ALIKE: Sequence[Callable[[str, str], bool]] = (
    lambda given, name: sorted(given) == sorted(name),
    lambda given, name: given[:2] == name[:2],
    lambda given, name: sum(one == other for one, other in zip(given, name, strict=False)) == 2,
)
_EXAMPLES = "write a code such as UAH, EUR or USD"


@dataclass(frozen=True, slots=True)
class _Tender:
    """A currency that people pay or paid with: the last day anywhere, None while it is in use, and what those
    who used it last pay with today."""

    until: date | None
    today: str


def currency_fault(code: str, *, on: date | None = None) -> str | None:
    """What is wrong with a currency that something is to be counted in, and the one that may be meant: words
    that follow its code. None where it is in use, or was on the day ``on``.

    Codes of tests, metals, funds and of no currency (``XTS``, ``XAU``, ``XXX``) never are.
    """
    found = _tenders().get(code)
    if found is not None and _is_known(code):
        if found.until is None or (on is not None and on <= found.until):
            return None
        fault = f"has not been in use since {found.until}"
    else:
        fault = "is no currency that people pay with" if _is_known(code) else "is not an ISO 4217 currency"
    nearest = nearest_currency(code)
    return f"{fault}; {f'did you mean {nearest}?' if nearest else _EXAMPLES}"


def nearest_currency(code: str) -> str | None:
    """The currency in use that is meant, if one may be: the successor of one that is gone, else one of the
    same letters, of the same country (the first two letters), or with one letter otherwise."""
    tender = _tenders().get(code)
    if tender is not None and tender.until is not None and _is_known(tender.today):
        return tender.today
    if code.startswith("X") and _is_known(code):
        # Metals, funds and tests: whoever writes one means no other.
        return None
    given = code.upper()[:3]
    in_use = sorted(name for name, each in _tenders().items() if each.until is None and _is_known(name))
    return next((name for alike in _ALIKE for name in in_use if alike(given, name)), None)


def _is_known(code: str) -> bool:
    try:
        minor_digits(code)
    except UnmappableError:
        return False
    return True


@lru_cache(maxsize=1)
def _tenders() -> Mapping[str, _Tender]:
    found: dict[str, _Tender] = {}
    for used in get_global("territory_currencies").values():
        today = next((code for code, _, end, tender in used if tender and end is None), "")
        for code, _, end, tender in used:
            until = date(*end) if end else None
            if tender and _is_later(until, found.get(code)):
                found[code] = _Tender(until, today)
    return found


def _is_later(until: date | None, known: _Tender | None) -> bool:
    return known is None or (known.until is not None and (until is None or until > known.until))
