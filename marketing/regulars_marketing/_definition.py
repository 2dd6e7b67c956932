"""What the definitions of all programmes have in common: their fields, and how those are checked."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

_Own = TypeVar("_Own", bound="ProgrammeDefinition")


def _percent(value: object) -> Decimal:
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


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
Percent = Annotated[Decimal, BeforeValidator(_percent)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Definition(BaseModel):
    """A part of a definition. It is frozen, knows no other fields, and keeps the input out of its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ProgrammeDefinition(Definition):
    """What every programme has: a key, a title for the owner, a window, and the shops where it gives."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    title: Name
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    shops: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)] | None = None

    @field_validator("shops")
    @classmethod
    def _shops_once(cls, shops: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if shops is None else tuple(sorted(set(shops)))

    @model_validator(mode="after")
    def _window_is_open(self: _Own) -> _Own:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until is not after valid_from; give a later end or leave it out")
        return self

    def stands(self, *, shop: str, now: datetime) -> bool:
        """Whether the programme gives anything in the shop of this name at that moment."""
        return (
            (self.shops is None or shop in self.shops)
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )
