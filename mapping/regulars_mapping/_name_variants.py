"""The table of given names: which forms are of one name, and whether its bearer is a man or a woman."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from regulars_mapping._tables import rows


class Variants(NamedTuple):
    """The names that a form serves, as numbers, and "m" or "f" where all of them are of one gender."""

    names: frozenset[int] = frozenset()
    gender: str = ""


_NONE = Variants()


@cache
def variant_table(skeleton: Callable[[str], str]) -> dict[str, Variants]:
    """Every form of the table by its skeleton."""
    genders: list[str] = []
    found: dict[str, set[int]] = {}
    for number, row in enumerate(rows("given_names")):
        gender, *forms = row.split()
        genders.append(gender)
        for form in forms:
            found.setdefault(skeleton(form), set()).add(number)
    return {form: Variants(frozenset(names), _common(genders, names)) for form, names in found.items()}


def _common(genders: list[str], names: set[int]) -> str:
    mentioned = {genders[number] for number in names}
    return mentioned.pop() if len(mentioned) == 1 else ""


def variants_of(letters: str, skeleton: Callable[[str], str]) -> Variants:
    """What the table knows of a form, by its skeleton."""
    return variant_table(skeleton).get(letters, _NONE)
