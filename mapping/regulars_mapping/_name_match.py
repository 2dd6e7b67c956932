"""Whether two names may be one person's: decided pair by pair, never by what others are compatible with.

It answers for two people who already share a phone or a mailbox, and for nobody else.
"""

import re
from enum import StrEnum
from functools import lru_cache

from regulars_mapping._name_variants import variants_of
from regulars_mapping._name_words import MAX_NAME, Word, Words, same_root, skeleton, words_of
from regulars_mapping._tables import words
from regulars_mapping._text import fold_text


class NameMatch(StrEnum):
    """What two names say about whether their bearers are one person."""

    SAME = "same"
    """The same given and family name, but for alphabet, spelling and order."""
    COMPATIBLE = "compatible"
    """One may stand for the other: an initial, a short form, a patronymic or part of a double name."""
    UNKNOWN = "unknown"
    """One of the names is missing, is half a name or initials alone, or a placeholder."""
    GENDER = "gender"
    """They would be compatible, but one is a man's and the other a woman's."""
    FAMILY = "family"
    """A known given name agrees, the family name does not: people marry."""
    DIFFERENT = "different"
    """Another given name."""

    @property
    def agrees(self) -> bool:
        """Whether the bearers may be one person."""
        return self in {NameMatch.SAME, NameMatch.COMPATIBLE}


_LETTER = re.compile(r"[^\W\d_]")
_KEYBOARD = re.compile(r"(.)\1{2,}")
# A phone or an address book's number; two digits are somebody's second account.
_DIGITS = 5


def names_compatible(a: tuple[str, str], b: tuple[str, str]) -> bool:
    """Whether two people with these (given, family) names may be one person.

    Alphabet, transliteration, order of the halves, initials, a patronymic on one side only, a common short
    form and one part of a double name (Anna-Maria, Коваленко-Шевченко) make no difference; another given
    name does, since families share phones, and so does another gender. A whole name in one field is taken
    apart; given and family name must both be there, and neither be a placeholder. Symmetric, and not
    transitive.
    """
    return compare_names(a, b).agrees


def compare_names(a: tuple[str, str], b: tuple[str, str]) -> NameMatch:
    """What two (given, family) names say about each other; symmetric. Takes any strings."""
    halves_a, halves_b = _halves(*_cut(a)), _halves(*_cut(b))
    if not halves_a or not halves_b:
        return NameMatch.UNKNOWN
    found = {
        _compare(*one, *other) for one in (halves_a, halves_a[::-1]) for other in (halves_b, halves_b[::-1])
    }
    return next(match for match in _BEST_FIRST if match in found)


_BEST_FIRST = (
    NameMatch.SAME,
    NameMatch.COMPATIBLE,
    NameMatch.GENDER,
    NameMatch.FAMILY,
    NameMatch.UNKNOWN,
    NameMatch.DIFFERENT,
)


def is_placeholder_name(name: str) -> bool:
    """Whether a text that stands for a name, or for half of one, names nobody.

    Empty, without a letter, a word such as "test", «покупець» or "n/a", keys of a keyboard's row, an e-mail
    address, a link or a phone number.
    """
    return _is_placeholder(name[:MAX_NAME])


def gender_of(given_name: str, family_name: str) -> str:
    """ "m" or "f" where the patronymic, the given name or the surname's ending tells it clearly, else "".

    Evidence against one person being another, and for nothing else.
    """
    halves = _halves(*_cut((given_name, family_name)))
    return _gender(*halves) if halves else ""


def _cut(name: tuple[str, str]) -> tuple[str, str]:
    # Cut before the caches, which keep what they are given.
    return name[0][:MAX_NAME], name[1][:MAX_NAME]


@lru_cache(maxsize=16_384)
def _is_placeholder(name: str) -> bool:
    folded = fold_text(name)
    if folded.isalpha():
        return folded.replace("ё", "е") in _placeholders() or _KEYBOARD.fullmatch(folded) is not None
    if _LETTER.search(folded) is None or "@" in folded or "http" in folded or "www." in folded:
        return True
    if sum(map(str.isdigit, folded)) >= _DIGITS:
        return True
    plain = folded.replace("/", "").replace("ё", "е")
    found = re.split(r"[^\w']+", plain)
    return all(word in _placeholders() or _KEYBOARD.fullmatch(word) or not word for word in found)


@lru_cache(maxsize=1)
def _placeholders() -> frozenset[str]:
    return words("placeholder_names")


@lru_cache(maxsize=1_024)
def _halves(given_name: str, family_name: str) -> tuple[Words, Words] | tuple[()]:
    """Given and family name as words; empty where one is missing."""
    given = () if _is_placeholder(given_name) else words_of(given_name)
    family = () if _is_placeholder(family_name) else words_of(family_name)
    if given and family:
        return given, family
    # Many a form has one field for the whole name.
    return _parted(given or family)


def _parted(whole: Words) -> tuple[Words, Words] | tuple[()]:
    if len(whole) < 2:
        return ()
    named = tuple(word for word in whole if not word.is_initial)
    if len(named) == 1:
        return tuple(word for word in whole if word.is_initial), named
    if len(whole) > 2 and whole[1].stem and not whole[2].stem:
        return whole[:2], whole[2:]
    if len(whole) > 2 and whole[-1].stem:
        return whole[1:], whole[:1]
    return whole[:-1], whole[-1:]


def _compare(given_a: Words, family_a: Words, given_b: Words, family_b: Words) -> NameMatch:
    own_a, fathers_a = _without_patronymic(family_a)
    own_b, fathers_b = _without_patronymic(family_b)
    one, other = given_a + fathers_a, given_b + fathers_b
    if not all(map(_same_given, one, other)):
        return NameMatch.DIFFERENT
    gender_a, gender_b = _gender(given_a, family_a), _gender(given_b, family_b)
    if not _is_named(own_a) or not _is_named(own_b):
        return NameMatch.UNKNOWN
    if not _same_family(own_a, own_b):
        return _other_family(one, other, is_root=_same_root(own_a, own_b), genders={gender_a, gender_b})
    if gender_a and gender_b and gender_a != gender_b:
        return NameMatch.GENDER
    is_same = _letters(one) == _letters(other) and _letters(own_a) == _letters(own_b)
    return NameMatch.SAME if is_same and not any(word.is_initial for word in one) else NameMatch.COMPATIBLE


def _other_family(one: Words, other: Words, *, is_root: bool, genders: set[str]) -> NameMatch:
    if is_root:
        # A surname's two forms are one person's only where the given name tells that it is one gender.
        told = _told(one)
        return NameMatch.COMPATIBLE if told and genders == {told} == {_told(other)} else NameMatch.GENDER
    known = one[0].variants.names and other[0].variants.names
    return NameMatch.FAMILY if known else NameMatch.DIFFERENT


def _letters(half: Words) -> list[str]:
    return [word.letters for word in half]


def _gender(given: Words, family: Words) -> str:
    """The patronymic's word first, then the given name's, then the surname's."""
    own, fathers = _without_patronymic(family)
    return _told(given + fathers) or next((word.surname for word in own if word.surname), "")


def _told(names: Words) -> str:
    """The gender that a given name and its patronymic tell."""
    for word in names[1:]:
        if word.stem:
            return "f" if word.letters.endswith("na") else "m"
    return names[0].variants.gender if names and not names[0].is_initial else ""


def _without_patronymic(family: Words) -> tuple[Words, Words]:
    """A family field's words parted into the family name and what is a patronymic beside it."""
    if len(family) == 1:
        return family, ()
    fathers = tuple(word for word in family if word.stem)[:1]
    return tuple(word for word in family if word not in fathers) or family, fathers


def _same_family(a: Words, b: Words) -> bool:
    own_a = [word for word in a if not word.is_initial]
    own_b = [word for word in b if not word.is_initial]
    return _within(own_a, own_b) or _within(own_b, own_a)


def _is_named(family: Words) -> bool:
    return not all(word.is_initial for word in family)


def _within(part: list[Word], whole: list[Word]) -> bool:
    return all(any(not one.sounds.isdisjoint(other.sounds) for other in whole) for one in part)


def _same_root(a: Words, b: Words) -> bool:
    return len(a) == len(b) == 1 and not a[0].is_initial and not b[0].is_initial and same_root(a[0], b[0])


def _same_given(a: Word, b: Word) -> bool:
    if a.is_initial or b.is_initial:
        return _initial_fits(a, b)
    if not a.sounds.isdisjoint(b.sounds) or not a.variants.names.isdisjoint(b.variants.names):
        return True
    return bool(a.stem and b.stem) and _same_father(a, b)


def _initial_fits(a: Word, b: Word) -> bool:
    letters_a = a.letters if a.is_initial else a.letters[0].lower()
    letters_b = b.letters if b.is_initial else b.letters[0].lower()
    return not set(letters_a).isdisjoint(letters_b)


def _same_father(a: Word, b: Word) -> bool:
    """Whether two patronymics are of one name: Сергіївна and Сергеевна, Миколаївна and Николаевна."""
    if a.letters.endswith("na") != b.letters.endswith("na"):
        return False
    names_a, names_b = variants_of(a.stem, skeleton).names, variants_of(b.stem, skeleton).names
    return a.stem == b.stem or not names_a.isdisjoint(names_b)
