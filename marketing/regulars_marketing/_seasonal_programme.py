"""The season: a discount for everybody, or for an audience, on certain days."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, model_validator

from regulars_marketing._gift_definition import GiftDefinition

_Own = TypeVar("_Own", bound="SeasonalProgramme")


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise ValueError("is no day of the calendar; write it like 2026-11-27")


Day = Annotated[date, BeforeValidator(_day)]


class SeasonalProgramme(GiftDefinition):
    """A discount from ``first_day`` to ``last_day``, both included, as days of each shop's zone."""

    kind: Literal["seasonal"] = "seasonal"
    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _ends_after_it_begins(self: _Own) -> _Own:
        if self.last_day < self.first_day:
            raise ValueError("last_day is before first_day; give a later day")
        if (self.last_day - self.first_day).days > 365:
            raise ValueError("last_day is more than a year after first_day; a season is shorter")
        return self

    @property
    def occasion(self) -> str:
        """When it gives, in words."""
        return f"from {self.first_day} to {self.last_day}"
