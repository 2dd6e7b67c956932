"""White lists of what may stay of an erased person's payload.

A platform writes its objects as shapes of ``Keep``'s rules, which say what each field may hold.
What a shape does not name is left out. What does not fit its rule becomes something that fits no better, so
that an object nobody could map before does not begin to count. Goods and words of the shop stay, unless they
hold a name, an address or a number that the same payload gives as the person's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from regulars_connectors._traces import Traces

_UNFIT: Final = "?"
_NUL: Final = "\0"
_LONGEST_NUMBER: Final = 40
_LONGEST_WORD: Final = 100
_LONGEST_SHORT: Final = 250
_LONGEST_UNFIT: Final = 1_001
_DATE: Final = re.compile(r"\s*-?\d{4}-\d\d-\d\d(?:[T ][\d:.]{0,20})?\s*(?:Z|[+-]\d\d:?\d\d)?\s*", re.ASCII)
_NUMBER: Final = re.compile(r"[\d\s.,eE+-]*")
_COUNTRY: Final = re.compile(r"\s*[A-Za-z]{2,3}\s*")
_PATH: Final = re.compile(r"[:/?#]")
_NOT_NUL: Final = re.compile(r"[^\0]", re.DOTALL)


class Masking(Protocol):
    """What stands for the person: the part of a mask that shapes need."""

    @property
    def token(self) -> str: ...

    def email(self, original: str) -> str: ...

    def username(self, original: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Work:
    """One payload at work: its mask, and what of the person's was seen in it."""

    mask: Masking
    traces: Traces


Kept: TypeAlias = Callable[[Any, Work], Any]


def only_kept(shape: Kept, payload: Mapping[str, Any], mask: Masking) -> dict[str, Any]:
    """What of ``payload`` the shape keeps. Pure; the result keeps itself whole."""
    work = Work(mask, Traces())
    # The first round sees the person's own texts, wherever they stand; the second knows them.
    shape(payload, work)
    found: dict[str, Any] = shape(payload, work)
    return found


class Keep:
    """The rules that shapes are made of. Each takes a value, and gives what stays of it."""

    @staticmethod
    def fields(rules: Mapping[str, Kept]) -> Kept:
        """An object of which the named fields stay."""

        def keep(value: Any, work: Work) -> Any:
            if not isinstance(value, Mapping):
                return _unfit(value)
            return {name: rule(value[name], work) for name, rule in rules.items() if name in value}

        return keep

    @staticmethod
    def each(rule: Kept) -> Kept:
        """A list; an object that stands for one keeps its values under numbers."""

        def keep(value: Any, work: Work) -> Any:
            if isinstance(value, list | tuple):
                return [rule(one, work) for one in value]
            if isinstance(value, Mapping):
                return {str(at): rule(one, work) for at, one in enumerate(value.values())}
            return _unfit(value)

        return keep

    @staticmethod
    def entries(rules: Mapping[str, Kept]) -> Kept:
        """A list of ``{"key": …, "value": …}`` of which those with a known key stay."""
        shapes = {
            key: Keep.fields({"id": Keep.number, "key": Keep.word, "value": rule})
            for key, rule in rules.items()
        }

        def keep(value: Any, work: Work) -> Any:
            listed = list(value.values()) if isinstance(value, Mapping) else value
            if not isinstance(listed, list | tuple):
                return _unfit(value)
            return [shapes[key](one, work) for one in listed if (key := _key_of(one)) in shapes]

        return keep

    @staticmethod
    def number(value: Any, work: Work) -> Any:  # noqa: ARG004  every rule is called alike
        """A number, also one in a text; true and false."""
        if isinstance(value, str):
            return value if len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value) else _unfit(value)
        return value if isinstance(value, int | float) else _unfit(value)

    @staticmethod
    def date(value: Any, work: Work) -> Any:
        """A date or a time; a number of seconds."""
        if isinstance(value, str) and _DATE.fullmatch(value):
            return value
        return Keep.number(value, work)

    @staticmethod
    def word(value: Any, work: Work) -> Any:
        """One word as programs make them: an id, a status, a currency."""
        if not isinstance(value, str):
            return Keep.number(value, work)
        fits = len(value) <= _LONGEST_WORD and "@" not in value and len(value.split()) < 2
        return value if fits else _unfit(value)

    @staticmethod
    def country(value: Any, work: Work) -> Any:  # noqa: ARG004  as above
        """A country's code."""
        if isinstance(value, str) and _COUNTRY.fullmatch(value.replace(_NUL, "")):
            return value
        return _emptied(value)

    @staticmethod
    def goods(value: Any, work: Work) -> Any:
        """What goods are called; '' where they are called by the person."""
        if not isinstance(value, str):
            return Keep.number(value, work)
        return "" if work.traces.in_goods(value) else value

    @staticmethod
    def words(value: Any, work: Work) -> Any:
        """Words of the shop's own; '' where they hold anything of the person's."""
        if not isinstance(value, str):
            return Keep.number(value, work)
        if not work.traces.in_words(value):
            return value
        return "" if len(value) <= _LONGEST_SHORT else _unfit(value)

    @staticmethod
    def code(value: Any, work: Work) -> Any:
        """A coupon's code; the token for one that is made of the person's name or address."""
        if not isinstance(value, str):
            return Keep.number(value, work)
        if not work.traces.in_code(value):
            return value
        return work.mask.token if len(value) <= _LONGEST_SHORT else _unfit(value)

    @staticmethod
    def origin(value: Any, work: Work) -> Any:
        """Of a page's address, where it is: a path or a query may name the person."""
        if not isinstance(value, str):
            return _emptied(value)
        try:
            parts = urlsplit(value.strip())
            origin = f"{parts.scheme}://{parts.hostname}/" if parts.scheme and parts.hostname else ""
        except ValueError:
            return ""
        origin = origin or _PATH.split(value, maxsplit=1)[0]
        return "" if work.traces.in_words(origin) else origin

    @staticmethod
    def email(value: Any, work: Work) -> Any:
        """The address that stands for this one."""
        if not isinstance(value, str):
            return _emptied(value)
        work.traces.add(value)
        work.traces.add_mailbox(value.partition("@")[0])
        return work.mask.email(value.replace(_NUL, "")) + _nul_in(value)

    @staticmethod
    def username(value: Any, work: Work) -> Any:
        """The token."""
        if not isinstance(value, str):
            return _emptied(value)
        work.traces.add_mailbox(value)
        return work.mask.username(value)

    @staticmethod
    def name(value: Any, work: Work) -> Any:
        """Nothing of a given or a family name."""
        if isinstance(value, str):
            work.traces.add_name(value)
        return _emptied(value)

    @staticmethod
    def nothing(value: Any, work: Work) -> Any:
        """Nothing of what is the person's: a phone, a street, a company."""
        if isinstance(value, str | int) and not isinstance(value, bool):
            work.traces.add(str(value))
        return _emptied(value)

    @staticmethod
    def unsaid(value: Any, work: Work) -> Any:  # noqa: ARG004  as above
        """Nothing of what somebody wrote: a note, a review. Its words are no sign of the person elsewhere."""
        return _emptied(value)


def _key_of(entry: Any) -> Any:
    key = entry.get("key") if isinstance(entry, Mapping) else None
    return key if isinstance(key, str) else None


def _emptied(value: Any) -> Any:
    """Nothing in the place of a text; what could not be taken for one stays so."""
    if isinstance(value, bool):
        return [_UNFIT] if value else value
    if isinstance(value, str):
        return _nul_in(value)
    # Where a number is taken for a text, so is an empty list for none; where it is refused, so is that.
    return [] if isinstance(value, int | float) else _unfit(value)


def _nul_in(text: str) -> str:
    """The character that platforms refuse or drop; what holds it is refused or mended all the same."""
    return _NUL if _NUL in text else ""


def _unfit(value: Any) -> Any:
    """What fits no better in the place of what does not fit: as empty or as long, and of the same sort."""
    if not value:
        return value
    if isinstance(value, str):
        return _NOT_NUL.sub(_UNFIT, value[:_LONGEST_UNFIT])
    return _UNFIT if isinstance(value, int | float) else [_UNFIT]
