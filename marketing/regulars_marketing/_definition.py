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

from regulars_mapping import currency_fault, from_minor, minor_digits
from regulars_marketing._exposure import cost_of_order
from regulars_marketing._goods_words import GoodsWords, Name
from regulars_marketing._part import Definition
from regulars_marketing._programme_audience import checked_expression

_MOST = 10**15
_QUOTED = 20
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


def _margin(value: object) -> Decimal | None:
    try:
        floor = None if value is None else Decimal(str(value).strip())
    except ArithmeticError:
        floor = Decimal("NaN")
    if floor is None:
        return None
    if isinstance(value, bool) or not floor.is_finite() or not 0 <= floor < 100:
        raise ValueError("is no margin; write a percentage from 0 to 99.99, like 20")
    if floor != floor.quantize(Decimal("0.01")):
        raise ValueError("is too fine; give at most two decimals")
    return floor.quantize(Decimal("0.01"))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond the years 1 to 9999; write it like 2030-12-31T23:59:00+02:00") from None


def _known_currency(code: str) -> str:
    if fault := currency_fault(code):
        raise ValueError(f"{code} {fault}")
    return code


def exact_minor(text: str, currency: str) -> int:
    """The amount in minor units. Raises ValueError, in plain words, where it is none of the currency."""
    try:
        amount = Decimal(text.strip())
        scaled = amount.scaleb(minor_digits(currency))
    except ArithmeticError:
        raise ValueError(f"{quoted(text)} is not an amount; write it like 5000.00") from None
    if scaled.is_nan():
        raise ValueError(f"{quoted(text)} is not an amount; write it like 5000.00")
    if scaled < -_MOST:
        raise ValueError("must be above 0")
    if scaled > _MOST:
        raise ValueError(f"is too large; give at most {from_minor(_MOST, currency)}")
    if from_minor(int(scaled), currency) != amount:
        raise ValueError(f"{quoted(text)} is finer than {currency} allows: {minor_digits(currency)} decimals")
    return int(scaled)


def quoted(text: str) -> str:
    """What somebody wrote, as far as one line has room for it."""
    return repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")


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


def _cap(value: object, info: ValidationInfo) -> Decimal | None:
    return None if value is None else _percent(value, info)


def _switch(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - pydantic takes ValueError
    return value


Percent = Annotated[Decimal | None, BeforeValidator(_percent)]
Cap = Annotated[Decimal | None, BeforeValidator(_cap)]
Switch = Annotated[bool, BeforeValidator(_switch)]
MarginFloor = Annotated[Decimal | None, BeforeValidator(_margin)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Currency = Annotated[str, StringConstraints(max_length=20), AfterValidator(_known_currency)]
MinorUnits = Annotated[int, Field(strict=True, ge=1, le=_MOST)]
Sum = Annotated[MinorUnits | None, BeforeValidator(_in_minor_units)]
Orders = Annotated[int, BeforeValidator(_whole(1, 1_000))]
KeepsDays = Annotated[int, BeforeValidator(_whole(1, 366))]
Priority = Annotated[int, BeforeValidator(_whole(-1_000, 1_000))]
Expression = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


def check_one_of(*, percent: Decimal | None, amount: int | None) -> None:
    """Raises ValueError where a discount is not exactly one of both."""
    if percent is None and amount is None:
        raise ValueError("percent: is missing; add it, or an amount")
    if percent is not None and amount is not None:
        raise ValueError("percent and amount are both there; a discount is one of them")


def check_budget(least: tuple[int, int], budget: int | None, reckoned_order: int | None) -> None:
    """Raises ValueError where a budget cannot be held against what a programme gives at ``least``."""
    percent, amount = least
    if reckoned_order is not None and (budget is None or amount):
        raise ValueError("reckoned_order: is for the budget of percents; remove it")
    if budget is None or not (percent or amount):
        return
    if percent and reckoned_order is None:
        raise ValueError("reckoned_order: is missing; a budget of percents needs the sum of a usual order")
    one = cost_of_order(percent, amount, reckoned_order=reckoned_order)
    if not one:
        raise ValueError("reckoned_order: is so small that its discount comes to nothing; give a larger sum")
    if one > budget:
        raise ValueError("budget: is not enough for one order; give more, or leave it out for no limit")


def check_adding(*, adds: bool, cap: Decimal | None, most: Decimal | None) -> None:
    """Raises ValueError where a programme cannot be added to others. ``most`` is the highest percent that it
    gives, None for amounts."""
    if not adds:
        if cap is not None:
            raise ValueError("cap: is for programmes that are added to others; add adds = true, or remove it")
        return
    if most is None:
        raise ValueError("adds: only percents are added up, never amounts; give a percent, or remove adds")
    if cap is None:
        raise ValueError("cap: is missing; say up to how many percent in all it is added, like cap = 20")
    if cap < most:
        raise ValueError(f"cap: {cap} % in all is less than the {most} % it gives by itself; give more")


class ProgrammeDefinition(Definition):
    """What every programme has: a key, a title for the owner, a window, the shops where it gives, and terms.

    ``goods`` are what the discount is for, None for everything; ``minimum`` is the smallest order that it
    serves, in minor units of ``currency``, None for any. The higher ``priority`` is chosen first. It is for
    whom the segment's expression ``audience`` describes, None for all; ``holdout`` in a hundred of the
    accounts get nothing of it, so that its effect can be measured. ``budget`` is what all that it issues may
    cost, in minor units of ``currency``, a percent reckoned of an order of ``reckoned_order``. Goods that
    would be left with a margin below ``margin_floor`` in a hundred get no discount. Of all programmes of one
    ``group`` one counts; what ``adds`` is summed with others that do, up to ``cap`` percent in all.
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
    budget: Sum = None
    reckoned_order: Sum = None
    margin_floor: MarginFloor = None
    group: Name | None = None
    adds: Switch = False
    cap: Cap = None

    @field_validator("shops")
    @classmethod
    def _shops_once(cls, shops: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if shops is None else tuple(sorted(set(shops)))

    @model_validator(mode="after")
    def _window_is_open(self: _Own) -> _Own:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until is not after valid_from; give a later end or leave it out")
        return self

    @model_validator(mode="after")
    def _can_be_reckoned(self: _Own) -> _Own:
        check_budget(self.least, self.budget, self.reckoned_order)
        if self.margin_floor is not None and self.in_amounts:
            raise ValueError("margin_floor: is for percents; nobody knows which goods an amount falls on")
        return self

    @model_validator(mode="after")
    def _can_be_added(self: _Own) -> _Own:
        # What gives nothing yet is refused by another word.
        if self.most is not None or self.in_amounts:
            check_adding(adds=self.adds, cap=self.cap, most=self.most)
        return self

    @property
    def most(self) -> Decimal | None:
        """The highest percent that it gives, None for amounts."""
        return None

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
        return self.audience is not None or self.budget is not None

    @property
    def least(self) -> tuple[int, int]:
        """The least that it gives: hundredths of a percent, and an amount in minor units; one is 0."""
        return 0, 0

    def stands(self, *, shop: str, now: datetime) -> bool:
        """Whether the programme gives anything in the shop of this name at that moment."""
        return (
            (self.shops is None or shop in self.shops)
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )
