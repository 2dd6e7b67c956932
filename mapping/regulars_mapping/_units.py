"""Minor units: how many decimal places a currency has, and exact conversion from decimal text."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import moneyed

from regulars_mapping._errors import UnmappableError


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Decimal places of the currency's minor unit (ISO 4217): UAH 2, JPY 0, KWD 3.

    Raises UnmappableError for a code that ISO 4217 does not know.
    """
    try:
        found = moneyed.get_currency(currency)
    except moneyed.CurrencyDoesNotExist as error:
        raise UnmappableError("currency", "is not an ISO 4217 currency; set the shop's currency") from error
    return len(str(found.sub_unit)) - 1


def to_minor(amount: str | int | Decimal, currency: str, *, path: str = "amount") -> int:
    """A decimal amount as integer minor units, half up beyond the minor unit.

    Raises UnmappableError with ``path`` when the text is no finite decimal number.
    """
    try:
        scaled = Decimal(amount).scaleb(minor_digits(currency))
        return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (ArithmeticError, ValueError) as error:
        raise UnmappableError(path, "is not an amount of money") from error


def from_minor(amount: int, currency: str) -> Decimal:
    """Minor units as an exact decimal: ``from_minor(12345, "UAH") == Decimal("123.45")``."""
    return Decimal(amount).scaleb(-minor_digits(currency))
