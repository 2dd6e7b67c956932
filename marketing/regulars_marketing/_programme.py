"""Programmes: the discount rules an owner writes, read from their definitions with every fault in words."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from regulars_mapping import MisconfiguredError
from regulars_marketing._birthday_programme import BirthdayProgramme
from regulars_marketing._definition import quoted
from regulars_marketing._goods_words import GoodsWords
from regulars_marketing._personal_programme import PersonalProgramme
from regulars_marketing._seasonal_programme import SeasonalProgramme
from regulars_marketing._tier_programme import Tier, TierProgramme
from regulars_marketing._welcome_programme import WelcomeProgramme
from regulars_marketing._wholesale_programme import WholesaleProgramme
from regulars_marketing._winback_programme import WinbackProgramme

Programme: TypeAlias = (
    TierProgramme
    | WelcomeProgramme
    | BirthdayProgramme
    | WinbackProgramme
    | SeasonalProgramme
    | PersonalProgramme
    | WholesaleProgramme
)
"""Any programme, told apart by ``kind``."""

# Chosen from by hand, not by pydantic's discriminator, which would put the kind into the place of each fault.
_KINDS: Mapping[str, type[Programme]] = {
    each.model_fields["kind"].default: each
    for each in (
        TierProgramme,
        WelcomeProgramme,
        BirthdayProgramme,
        WinbackProgramme,
        SeasonalProgramme,
        PersonalProgramme,
        WholesaleProgramme,
    )
}

_PARTS: Mapping[int | str, type[BaseModel]] = {"tiers": Tier, "goods": GoodsWords}
"""What has fields of its own, by the field that it is in."""

_WORDS: Mapping[str, str] = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known here; remove it or check its spelling",
    "string_type": "must be a text",
    "string_unicode": "has signs that are no text; write it anew",
    "int_type": "must be a whole number of minor units, or the amount as a text like '5000.00'",
    "too_short": "is empty; give at least one or, where it may be left out, leave it out",
    "too_long": "has too many entries",
    "timezone_aware": "has no time zone; write it like 2030-12-31T23:59:00+02:00",
    "datetime_type": "is missing or no moment; write it like 2030-12-31T23:59:00+02:00",
    "datetime_from_date_parsing": "is no moment; write it like 2030-12-31T23:59:00+02:00",
    "literal_error": "is not known; use one of those that are named in the reference",
    "string_pattern_mismatch": "has signs that do not belong there; keys have small letters, digits, - _, "
    "names no control characters",
    "string_too_short": "is empty; fill it in",
    "string_too_long": "is too long; shorten it",
    "greater_than_equal": "must be above 0",
    "less_than_equal": "is out of range; give a smaller amount",
}


def parse_programme(definition: Mapping[str, Any]) -> Programme:
    """A programme from its definition (as JSON or TOML give it); without a kind it is one of tiers.

    Raises MisconfiguredError that names each bad place and what to write there.
    """
    key = str(definition.get("key", ""))[:63] or "without a key"
    kind = definition.get("kind", "tier")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise MisconfiguredError(f"Programme {key}: kind {_unknown_kind(str(kind))}")
    try:
        return _KINDS[kind].model_validate(definition)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        said = "; ".join(
            _in_words(fault["loc"], fault["type"], fault["msg"], of=_KINDS[kind])
            for fault in faults
            if not _follows(fault["loc"], fault["type"], faults)
        )
        raise MisconfiguredError(f"Programme {key}: {said}") from error


def _follows(path: tuple[int | str, ...], kind: str, faults: Sequence[Any]) -> bool:
    """Whether a fault is one of another fault only.

    pydantic counts a list without its faulty entries: of one faulty tier it says that there is none. And
    while the currency is at fault, no amount of a tier is read.
    """
    if kind == "int_type" and path[:1] == ("tiers",):
        return any(fault["loc"] == ("currency",) for fault in faults)
    return kind == "too_short" and any(
        fault["loc"][: len(path)] == path for fault in faults if len(fault["loc"]) > len(path)
    )


def _unknown_kind(kind: str) -> str:
    known = sorted(_KINDS)
    near, named = get_close_matches(kind.casefold(), known, n=1), ", ".join(known)
    hint = f"did you mean {near[0]}? There are: {named}" if near else f"use one of: {named}"
    return f"{quoted(kind)} is not known; {hint}"


def _unknown_field(path: tuple[int | str, ...], of: type[BaseModel]) -> str:
    place = _PARTS.get(path[0], of) if len(path) > 1 else of
    name = str(path[-1])
    of_others = any(name in other.model_fields for other in _KINDS.values())
    near = [] if of_others else get_close_matches(name.casefold(), place.model_fields, n=1)
    return f"is not known here; did you mean {near[0]}? Else remove it" if near else _WORDS["extra_forbidden"]


def _in_words(path: tuple[int | str, ...], kind: str, message: str, *, of: type[BaseModel]) -> str:
    words = _WORDS.get(kind, message.removeprefix("Value error, "))
    if kind == "extra_forbidden":
        words = _unknown_field(path, of)
    place = ", ".join(_places(path))
    return f"{place or 'tiers'}: {words}" if path and (place or kind != "value_error") else words


def _places(path: tuple[int | str, ...]) -> Iterator[str]:
    counted = "tier" if path[:1] == ("tiers",) else "entry"
    for step in path:
        if isinstance(step, int):
            yield f"{counted} {step + 1}"
        elif step != "tiers":
            yield step
