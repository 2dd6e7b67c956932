"""What speaks against two accounts being one person's, whatever key they share."""

from enum import StrEnum

from regulars_mapping._birth_date import BirthDate
from regulars_mapping._name_match import NameMatch, compare_names


class Contradiction(StrEnum):
    """Why a shared phone, and anything weaker, links nobody; the word kept in the database."""

    BIRTH_DATE = "birth_date"
    GENDER = "gender"
    GIVEN_NAME = "given_name"


_OF_NAMES = {NameMatch.GENDER: Contradiction.GENDER, NameMatch.DIFFERENT: Contradiction.GIVEN_NAME}


def contradiction(
    a: tuple[str, str],
    b: tuple[str, str],
    *,
    born_a: BirthDate | None = None,
    born_b: BirthDate | None = None,
) -> Contradiction | None:
    """What bars two people with these (given, family) names and birth dates, or None; symmetric.

    It bars links by phone and weaker ones, never those by the same e-mail, and never a human's decision.
    What is missing contradicts nothing, and neither does another family name.
    """
    if born_a is not None and born_b is not None and born_a.contradicts(born_b):
        return Contradiction.BIRTH_DATE
    return _OF_NAMES.get(compare_names(a, b))
