"""The owner's own typed fields, and the values they take."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from regulars_mapping._errors import PermanentError
from regulars_mapping._record_words import many_words, one_line
from regulars_mapping._text import fold_text

MOST_CHOICES = 200
LONGEST_TITLE = 100
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YES = MappingProxyType(
    dict.fromkeys(("yes", "true", "1", "on"), True) | dict.fromkeys(("no", "false", "0", "off"), False)
)


class PropertyType(StrEnum):
    """What a property holds; the word kept in the database."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Property:
    """A field that the owner defined.

    ``choices`` are there for a choice only. ``required`` counts for completeness; ``personal`` goes when the
    person is erased; ``sensitive`` is shown on the person's card only. ``push_to`` is the shops' name for it.
    """

    key: str
    title: str
    type: PropertyType
    choices: tuple[str, ...] = ()
    required: bool = False
    personal: bool = True
    sensitive: bool = False
    push_to: str = ""

    def __post_init__(self) -> None:
        """Raises PermanentError that names what is wrong."""
        if _KEY.fullmatch(self.key) is None:
            raise PermanentError(
                f"{self.key[:60]!r} is no key: small Latin letters, digits and _, a letter first, "
                "at most 50, as in: eyesight_left"
            )
        one_line(self.title, what="The title", most=LONGEST_TITLE)
        one_line(self.push_to, what="The shops' name", most=LONGEST_TITLE)
        if not self.title:
            raise PermanentError(f"Give property {self.key} a title.")
        self._check_choices()

    def _check_choices(self) -> None:
        if (self.type is PropertyType.CHOICE) != bool(self.choices):
            raise PermanentError("A property of type choice has choices, and no other has.")
        if len(self.choices) > MOST_CHOICES:
            raise PermanentError(f"A property has at most {MOST_CHOICES} choices.")
        folded = [fold_text(one_line(choice, what="A choice", most=250)) for choice in self.choices]
        if "" in folded or len(set(folded)) < len(folded):
            raise PermanentError("The choices must differ, and none may be empty.")

    def value(self, given: Any) -> Any:
        """``given`` as it is kept: text, yes or no as a truth value, a number and a date as text.

        A number keeps its decimals: "-2.50". Raises PermanentError that says what the property takes.
        """
        return _TAKEN[self.type](self, given)


def _refused(of: Property, takes: str) -> PermanentError:
    # What was given may be anybody's secret: it is not repeated.
    return PermanentError(f"{of.title} takes {takes}.")


def _text(of: Property, given: Any) -> str:
    if not isinstance(given, str):
        raise _refused(of, "a text")
    return many_words(given, what=of.title, most=1_000)


def _number(of: Property, given: Any) -> str:
    words = given.strip() if isinstance(given, str) else ""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**15:
        words = str(given)
    if _NUMBER.fullmatch(words) is None:
        raise _refused(of, "a number, as in -2.5, of at most 15 digits and 6 decimals")
    return format(Decimal(words.replace(",", ".")), "f")


def _date(of: Property, given: Any) -> str:
    takes = "a day that there is, as in 2026-05-17"
    if not isinstance(given, str) or _DAY.fullmatch(given.strip()) is None:
        raise _refused(of, takes)
    try:
        return date.fromisoformat(given.strip()).isoformat()
    except ValueError:
        raise _refused(of, takes) from None


def _yes_no(of: Property, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    said = _YES.get(given.strip().casefold()) if isinstance(given, str) else None
    if said is None:
        raise _refused(of, "yes or no")
    return said


def _choice(of: Property, given: Any) -> str:
    wanted = fold_text(given) if isinstance(given, str) and len(given) <= 1_000 else ""
    for choice in of.choices:
        if fold_text(choice) == wanted:
            return choice
    raise _refused(of, f"one of: {', '.join(of.choices[:20])}{', …' if len(of.choices) > 20 else ''}")


_TAKEN: Mapping[PropertyType, Callable[[Property, Any], Any]] = MappingProxyType(
    {
        PropertyType.TEXT: _text,
        PropertyType.NUMBER: _number,
        PropertyType.DATE: _date,
        PropertyType.YES_NO: _yes_no,
        PropertyType.CHOICE: _choice,
    }
)
