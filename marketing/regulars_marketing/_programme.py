"""Programmes: the discount rules an owner writes, checked and kept in one exact form."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from regulars_mapping import MisconfiguredError, UnmappableError, from_minor, minor_digits

_MOST = 10**15


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


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
Percent = Annotated[Decimal, BeforeValidator(_percent)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Threshold = Annotated[int, Field(strict=True, ge=1, le=_MOST)]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Tier(_Definition):
    """A step: from ``threshold`` (minor units of the programme's currency) on, ``percent`` off."""

    threshold: Threshold
    percent: Percent
    level: Name


class TierProgramme(_Definition):
    """The more a person has bought for, net and over all shops, the higher the discount.

    In a definition a threshold is a whole number of minor units or a text of the amount (``"5000.00"``),
    which must be exact in the currency. Thresholds and percents both rise from tier to tier. ``shops`` names
    the shops where the discount is given, None for all; what was bought elsewhere counts all the same. The
    programme stands from ``valid_from`` on and ends before ``valid_until``.
    """

    kind: Literal["tier"] = "tier"
    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    title: Name
    currency: Annotated[str, StringConstraints(max_length=20), AfterValidator(_known_currency)]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=100)]
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    shops: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)] | None = None

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

    @field_validator("shops")
    @classmethod
    def _shops_once(cls, shops: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if shops is None else tuple(sorted(set(shops)))

    @model_validator(mode="after")
    def _window_is_open(self) -> "TierProgramme":
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


Programme: TypeAlias = TierProgramme
"""Any programme, told apart by ``kind``: the union of `_KINDS`. (pydantic refuses to discriminate a union of
one, hence the table.)"""

_KINDS: Mapping[str, type[Programme]] = {"tier": TierProgramme}

_WORDS: Mapping[str, str] = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; remove it or check its spelling",
    "string_type": "must be a text",
    "int_type": "must be a whole number of minor units, or the amount as a text like '5000.00'",
    "too_short": "is empty; give at least one or, where it may be left out, leave it out",
    "too_long": "has too many entries",
    "timezone_aware": "has no time zone; write it like 2030-12-31T23:59:00+02:00",
    "string_pattern_mismatch": "has signs that do not belong there; keys have small letters, digits, - _, "
    "names no control characters",
    "string_too_short": "is empty; fill it in",
    "string_too_long": "is too long; shorten it",
    "greater_than_equal": "must be above 0",
    "less_than_equal": "is out of range; give a smaller amount",
}


def parse_programme(definition: Mapping[str, Any]) -> Programme:
    """A programme from its definition (as JSON or TOML give it).

    Raises MisconfiguredError that names each bad place and what to write there.
    """
    key = str(definition.get("key", ""))[:63] or "without a key"
    kind = definition.get("kind", "tier")
    if not isinstance(kind, str) or kind not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise MisconfiguredError(
            f"Programme {key}: kind {str(kind)[:20]!r} is not known; use one of: {known}"
        )
    try:
        return _KINDS[kind].model_validate(definition)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        said = "; ".join(
            _in_words(fault["loc"], fault["type"], fault["msg"])
            for fault in faults
            if not _follows(fault["loc"], fault["type"], faults)
        )
        raise MisconfiguredError(f"Programme {key}: {said}") from error


def _with_minor_threshold(number: int, tier: object, currency: str) -> object:
    if not isinstance(tier, Mapping) or not isinstance(tier.get("threshold"), str):
        return tier
    try:
        return {**tier, "threshold": _exact_minor(tier["threshold"], currency)}
    except ValueError as error:
        raise ValueError(f"tier {number}, threshold: {error}") from None


def _follows(path: tuple[int | str, ...], kind: str, faults: Sequence[Any]) -> bool:
    """pydantic counts a list without its faulty entries: of one faulty tier it says that there is none."""
    return kind == "too_short" and any(
        fault["loc"][: len(path)] == path for fault in faults if len(fault["loc"]) > len(path)
    )


def _in_words(path: tuple[int | str, ...], kind: str, message: str) -> str:
    words = _WORDS.get(kind, message.removeprefix("Value error, "))
    place = ", ".join(
        f"tier {step + 1}" if isinstance(step, int) else step for step in path if step != "tiers"
    )
    return f"{place or 'tiers'}: {words}" if path and (place or kind != "value_error") else words
