"""What the definitions of all programmes have in common: their fields, and how those are checked."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from regulars_mapping import UnmappableError, from_minor, minor_digits
from regulars_marketing._goods_words import GoodsWords, Name
from regulars_marketing._part import Definition
from regulars_marketing._programme_audience import checked_expression

_MOST = 10**15
_Own = TypeVar("_Own", bound="ProgrammeDefinition")


def _percent(value: object, info: ValidationInfo) -> Decimal | None:
    if value is None and info.data.get("amount") is not None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("is not a number; write it like 7 or 7.5")  # noqa: TRY004 - pydantic takes ValueError
    try:
        percent = Decimal(str(value).strip())
    except ArithmeticError:
        raise ValueError("is not a number; write it like 7 or 7.5") from None
    if not percent.is_finite() or not 0 < percent <= 100:
        raise ValueError(f"{str(value)[:20]} % is no discount; give more than 0 and at most 100")
    if percent != percent.quantize(Decimal("0.01")):
        raise ValueError(f"{str(value)[:20]} % is too fine; give at most two decimals")
    return percent.quantize(Decimal("0.01"))


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _known_currency(code: str) -> str:
    try:
        minor_digits(code)
    except UnmappableError:
        raise ValueError(
            f"{code} is not an ISO 4217 currency; write a code such as UAH, EUR or USD"
        ) from None
    return code


def exact_minor(text: str, currency: str) -> int:
    """The amount in minor units. Raises ValueError, in plain words, where it is none of the currency."""
    try:
        amount = Decimal(text.strip())
        scaled = amount.scaleb(minor_digits(currency))
    except ArithmeticError:
        raise ValueError(f"{text[:20]!r} is not an amount; write it like 5000.00") from None
    if not scaled.is_finite() or abs(scaled) > _MOST:
        raise ValueError(f"{text[:20]!r} is out of range; give a smaller amount")
    if from_minor(int(scaled), currency) != amount:
        raise ValueError(f"{text[:20]!r} is finer than {currency} allows: {minor_digits(currency)} decimals")
    return int(scaled)


def _in_minor_units(value: object, info: ValidationInfo) -> object:
    """A sum of the programme's currency, whose field stands before."""
    if value is None:
        return value
    if "currency" not in info.data:
        # The fault is the currency's, and said of it.
        return 1
    currency = info.data["currency"]
    if currency is None:
        raise ValueError("is a sum of money; say in which currency: add currency")
    return exact_minor(value, currency) if isinstance(value, str) else value


def _whole(least: int, most: int) -> Callable[[object], object]:
    def within(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return within


Percent = Annotated[Decimal | None, BeforeValidator(_percent)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Currency = Annotated[str, StringConstraints(max_length=20), AfterValidator(_known_currency)]
MinorUnits = Annotated[int, Field(strict=True, ge=1, le=_MOST)]
Sum = Annotated[MinorUnits | None, BeforeValidator(_in_minor_units)]
Orders = Annotated[int, BeforeValidator(_whole(1, 1_000))]
Priority = Annotated[int, BeforeValidator(_whole(-1_000, 1_000))]
Expression = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


def check_one_of(*, percent: Decimal | None, amount: int | None) -> None:
    """Raises ValueError where a discount is not exactly one of both."""
    if percent is None and amount is None:
        raise ValueError("percent: is missing; add it, or an amount")
    if percent is not None and amount is not None:
        raise ValueError("percent and amount are both there; a discount is one of them")


class ProgrammeDefinition(Definition):
    """What every programme has: a key, a title for the owner, a window, the shops where it gives, and terms.

    ``goods`` are what the discount is for, None for everything; ``minimum`` is the smallest order that it
    serves, in minor units of ``currency``, None for any. The higher ``priority`` is chosen first. It is for
    whom the segment's expression ``audience`` describes, None for all; ``holdout`` in a hundred of the
    accounts get nothing of it, so that its effect can be measured.
    """

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    title: Name
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    shops: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)] | None = None
    currency: Currency | None = None
    goods: GoodsWords | None = None
    minimum: Sum = None
    priority: Priority = 0
    audience: Annotated[Expression, AfterValidator(checked_expression)] | None = None
    holdout: Annotated[int, BeforeValidator(_whole(1, 50))] | None = None

    @field_validator("shops")
    @classmethod
    def _shops_once(cls, shops: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if shops is None else tuple(sorted(set(shops)))

    @model_validator(mode="after")
    def _window_is_open(self: _Own) -> _Own:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until is not after valid_from; give a later end or leave it out")
        return self

    @property
    def in_amounts(self) -> bool:
        """Whether it gives amounts, not percents."""
        return False

    @property
    def bound_to(self) -> str | None:
        """The currency of the only shops in which it can give anything, since it has sums; None for all."""
        return self.currency if self.in_amounts or self.minimum is not None else None

    @property
    def by_calendar(self) -> bool:
        """Whether time alone, without any purchase, begins or ends or moves what it gives to somebody."""
        return self.audience is not None

    def stands(self, *, shop: str, now: datetime) -> bool:
        """Whether the programme gives anything in the shop of this name at that moment."""
        return (
            (self.shops is None or shop in self.shops)
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )
