"""What a complete record has, as the owner says: ``["name", "email|phone", "property:vision"]``."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from regulars_mapping._errors import PermanentError

PROPERTY = "property:"
"""What the names of the owner's own fields begin with."""
ASKABLE = (
    *("name", "given_name", "family_name", "email", "phone", "address", "birth_date", "gender", "language"),
    *("preferred_channel", "preferred_hour", "manager", "company", "contacts", "card_number"),
)
"""The fields a completeness rule may ask for, beside ``property:<key>``."""
MOST_TERMS = 50
_MOST_CHOICES = 10
_PROPERTY = re.compile(r"property:[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True)
class CompletenessRule:
    """The terms a complete record fulfils; each names a field, or several (``a|b``), one of them enough."""

    terms: tuple[str, ...]

    def missing(self, has: Callable[[str], bool]) -> tuple[str, ...]:
        """The terms that a record does not fulfil, which ``has`` these fields."""
        return tuple([term for term in self.terms if not any(map(has, _fields(term)))])

    def asks(self, field: str) -> bool:
        """Whether a term names this field."""
        return any(field in _fields(term) for term in self.terms)

    def also(self, fields: Iterable[str]) -> "CompletenessRule":
        """This rule with further fields, each wanted by itself."""
        return CompletenessRule(tuple(dict.fromkeys((*self.terms, *fields))))


@lru_cache(maxsize=1_024)
def _fields(term: str) -> tuple[str, ...]:
    return tuple(term.split("|"))


STANDARD_RULE = CompletenessRule(("name", "email|phone"))
"""What holds until the owner says otherwise."""


def completeness_rule(terms: Sequence[str], *, properties: Collection[str]) -> CompletenessRule:
    """The rule that these terms make; ``properties`` are the keys of the owner's own fields.

    An empty rule finds every record complete. Raises PermanentError that names the term and what may stand
    there.
    """
    if len(terms) > MOST_TERMS:
        raise PermanentError(f"A rule has at most {MOST_TERMS} terms; these are {len(terms)}.")
    found: dict[str, None] = {}
    for term in terms:
        fields = [field.strip() for field in term.split("|")]
        if len(fields) > _MOST_CHOICES:
            raise PermanentError(f"One term names at most {_MOST_CHOICES} fields.")
        for field in fields:
            _check(field, properties)
        found["|".join(dict.fromkeys(fields))] = None
    return CompletenessRule(tuple(found))


def _check(field: str, properties: Collection[str]) -> None:
    if field in ASKABLE:
        return
    if _PROPERTY.fullmatch(field) is None:
        known = ", ".join(ASKABLE)
        raise PermanentError(
            f"{field[:60]!r} is no field that a record can lack. There are: {known}, property:KEY; "
            "a|b is one of them."
        )
    if field.removeprefix(PROPERTY) not in properties:
        raise PermanentError(f"There is no {field}. Add it first: regulars property add")
