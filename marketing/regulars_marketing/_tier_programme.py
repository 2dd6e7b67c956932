"""Tiers: the more was bought, the higher the discount."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator, model_validator

from regulars_marketing._definition import (
    Currency,
    KeepsDays,
    MinorUnits,
    Orders,
    Percent,
    ProgrammeDefinition,
    check_one_of,
    exact_minor,
)
from regulars_marketing._goods_words import Name
from regulars_marketing._part import Definition
from regulars_marketing._proof import Downgrade, TierCounts

_Own = TypeVar("_Own", bound="Tier")
_Tiers = TypeVar("_Tiers", bound="TierProgramme")


class Tier(Definition):
    """A step: from ``threshold`` (minor units of the programme's currency) on, ``percent`` or ``amount`` off
    (minor units again); the other is None."""

    threshold: MinorUnits
    amount: MinorUnits | None = None
    percent: Percent = None
    level: Name

    @model_validator(mode="after")
    def _gives_one_thing(self: _Own) -> _Own:
        check_one_of(percent=self.percent, amount=self.amount)
        return self

    @property
    def gives(self) -> int:
        """The amount in minor units, or the percent in hundredths."""
        return self.amount if self.amount is not None else int((self.percent or 0) * 100)


class LadderDefinition(ProgrammeDefinition):
    """Tiers by a sum: the higher, the higher the discount.

    In a definition a threshold is a whole number of minor units or a text of the amount (``"5000.00"``),
    which must be exact in the currency; so is an amount. Thresholds and what the tiers give both rise from
    tier to tier. ``shops`` names the shops where the discount is given, None for all; what was bought
    elsewhere counts all the same. An account may use it for ``orders`` orders, None for any number. The
    programme stands from ``valid_from`` on and ends before ``valid_until``.
    """

    currency: Currency
    orders: Orders | None = None
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=100)]

    @property
    def in_amounts(self) -> bool:
        """Whether its tiers give amounts."""
        return self.tiers[0].amount is not None

    @property
    def most(self) -> Decimal | None:
        """What its highest tier gives, None for an amount."""
        return self.tiers[-1].percent

    @property
    def least(self) -> tuple[int, int]:
        """What its lowest tier gives."""
        return int((self.tiers[0].percent or 0) * 100), self.tiers[0].amount or 0

    @field_validator("tiers", mode="before")
    @classmethod
    def _in_minor_units(cls, tiers: object, info: ValidationInfo) -> object:
        currency = info.data.get("currency")
        if currency is None or not isinstance(tiers, Sequence) or isinstance(tiers, str | bytes):
            return tiers
        return [_with_minor_units(number, tier, currency) for number, tier in enumerate(tiers, 1)]

    @field_validator("tiers")
    @classmethod
    def _tiers_rise(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        for number, (lower, upper) in enumerate(pairwise(tiers), 2):
            given = "percent" if upper.amount is None else "amount"
            if (lower.amount is None) != (upper.amount is None):
                raise ValueError(f"tier {number} gives {given}, unlike tier {number - 1}; give one to all")
            if upper.threshold <= lower.threshold:
                raise ValueError(f"tier {number} starts no higher than tier {number - 1}; sort them upwards")
            if upper.gives <= lower.gives:
                raise ValueError(
                    f"tier {number} gives no more than tier {number - 1}; raise its {given} or drop it"
                )
        if len({tier.level for tier in tiers}) < len(tiers):
            raise ValueError("two tiers have the same level; give each a name of its own")
        return tiers


class TierProgramme(LadderDefinition):
    """The more a person has bought for, net and over all shops, the higher the discount.

    ``counts`` says what is held against the thresholds: "all" that was ever bought, or what was within a
    "year" of 365 days. A tier that was reached and is lost again (by a refund, with the end of its year, by
    a split) ends "at_once", "never", or "after" so many days as it ``keeps_days``; a level that the newest
    version does not have is not kept.
    """

    kind: Literal["tier"] = "tier"
    counts: TierCounts = "all"
    downgrade: Downgrade = "at_once"
    keeps_days: KeepsDays | None = None

    @model_validator(mode="after")
    def _keeps_for_days(self: _Tiers) -> _Tiers:
        if self.downgrade == "after" and self.keeps_days is None:
            raise ValueError("keeps_days: is missing; say for how many days a lost level is kept, 1 to 366")
        if self.downgrade != "after" and self.keeps_days is not None:
            raise ValueError('keeps_days: is for downgrade = "after"; add that, or remove it')
        return self

    @property
    def by_calendar(self) -> bool:
        """Purchases leave the year, and what is kept ends."""
        return super().by_calendar or self.counts == "year" or self.downgrade == "after"


def _with_minor_units(number: int, tier: object, currency: str) -> object:
    if not isinstance(tier, Mapping):
        return tier
    exact = {}
    for name in ("threshold", "amount"):
        if isinstance(tier.get(name), str):
            try:
                exact[name] = exact_minor(tier[name], currency)
            except ValueError as error:
                raise ValueError(f"tier {number}, {name}: {error}") from None
    return {**tier, **exact}
