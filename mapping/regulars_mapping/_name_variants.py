"""The table of given names: which forms are of one name, and whether its bearer is a man or a woman."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from regulars_mapping._tables import rows


class Variants(NamedTuple):
    """The names that a form serves, as numbers, and "m" or "f" where all of them are of one gender.

    ``is_shared``: they are different people's, as of Саша and Слава; not so Gregory, which is Григорій too.
    """

    names: frozenset[int] = frozenset()
    gender: str = ""
    is_shared: bool = False


_NONE = Variants()


@cache
def variant_table(skeleton: Callable[[str], str]) -> dict[str, Variants]:
    """Every form of the table by its skeleton."""
    genders: list[str] = []
    official: list[str] = []
    found: dict[str, set[int]] = {}
    for number, row in enumerate(rows("given_names")):
        gender, *forms = row.split()
        genders.append(gender)
        official.append(skeleton(forms[0]))
        for form in forms:
            found.setdefault(skeleton(form), set()).add(number)
    return {
        form: Variants(frozenset(names), _common(genders, names), _is_shared(names, genders, official, found))
        for form, names in found.items()
    }


def _common(genders: list[str], names: set[int]) -> str:
    mentioned = {genders[number] for number in names}
    return mentioned.pop() if len(mentioned) == 1 else ""


def _is_shared(names: set[int], genders: list[str], official: list[str], found: dict[str, set[int]]) -> bool:
    """Whether among these names are two of which neither is a form of the other."""
    return any(
        genders[a] != genders[b] or (a not in found[official[b]] and b not in found[official[a]])
        for a in names
        for b in names
    )


def variants_of(letters: str, skeleton: Callable[[str], str]) -> Variants:
    """What the table knows of a form, by its skeleton."""
    return variant_table(skeleton).get(letters, _NONE)
