"""The programme of tiers: the more was bought, the higher the discount."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from regulars_mapping import UnmappableError, from_minor, minor_digits
from regulars_marketing._definition import Definition, Name, Percent, ProgrammeDefinition

_MOST = 10**15

Threshold = Annotated[int, Field(strict=True, ge=1, le=_MOST)]


def _known_currency(code: str) -> str:
    try:
        minor_digits(code)
    except UnmappableError:
        raise ValueError(
            f"{code} is not an ISO 4217 currency; write a code such as UAH, EUR or USD"
        ) from None
    return code


def _exact_minor(text: str, currency: str) -> int:
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


class Tier(Definition):
    """A step: from ``threshold`` (minor units of the programme's currency) on, ``percent`` off."""

    threshold: Threshold
    percent: Percent
    level: Name


class TierProgramme(ProgrammeDefinition):
    """The more a person has bought for, net and over all shops, the higher the discount.

    In a definition a threshold is a whole number of minor units or a text of the amount (``"5000.00"``),
    which must be exact in the currency. Thresholds and percents both rise from tier to tier. ``shops`` names
    the shops where the discount is given, None for all; what was bought elsewhere counts all the same. The
    programme stands from ``valid_from`` on and ends before ``valid_until``.
    """

    kind: Literal["tier"] = "tier"
    currency: Annotated[str, StringConstraints(max_length=20), AfterValidator(_known_currency)]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=100)]

    @field_validator("tiers", mode="before")
    @classmethod
    def _amounts_in_minor_units(cls, tiers: object, info: ValidationInfo) -> object:
        currency = info.data.get("currency")
        if currency is None or not isinstance(tiers, Sequence) or isinstance(tiers, str | bytes):
            return tiers
        return [_with_minor_threshold(number, tier, currency) for number, tier in enumerate(tiers, 1)]

    @field_validator("tiers")
    @classmethod
    def _tiers_rise(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        for number, (lower, upper) in enumerate(pairwise(tiers), 2):
            if upper.threshold <= lower.threshold:
                raise ValueError(f"tier {number} starts no higher than tier {number - 1}; sort them upwards")
            if upper.percent <= lower.percent:
                raise ValueError(
                    f"tier {number} gives no more than tier {number - 1}; raise its percent or drop it"
                )
        if len({tier.level for tier in tiers}) < len(tiers):
            raise ValueError("two tiers have the same level; give each a name of its own")
        return tiers


def _with_minor_threshold(number: int, tier: object, currency: str) -> object:
    if not isinstance(tier, Mapping) or not isinstance(tier.get("threshold"), str):
        return tier
    try:
        return {**tier, "threshold": _exact_minor(tier["threshold"], currency)}
    except ValueError as error:
        raise ValueError(f"tier {number}, threshold: {error}") from None
