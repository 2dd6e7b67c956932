"""Whether two names may be one person's: decided pair by pair, never by what others are compatible with.

It answers for two people who already share a phone or a mailbox, and for nobody else.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from regulars_mapping._name_variants import variants_of
from regulars_mapping._name_words import MAX_NAME, Word, Words, root_of, same_root, skeleton, words_of
from regulars_mapping._tables import words
from regulars_mapping._text import fold_text


class NameMatch(StrEnum):
    """What two names say about whether their bearers are one person."""

    SAME = "same"
    """The same given and family name, but for alphabet, spelling and order."""
    COMPATIBLE = "compatible"
    """One may stand for the other: a short form, a patronymic or part of a double name."""
    VAGUE = "vague"
    """They agree as far as an initial, or a short form of several names (Саша, Слава), tells: what a husband
    and wife or two brothers have in common as well."""
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

    Alphabet, transliteration, order of the halves, a patronymic on one side only, a common short form and
    one part of a double name (Anna-Maria, Коваленко-Шевченко) make no difference; another given name does,
    since families share phones, and so does another gender. An initial in place of the given name, or a
    short form that several names have (Саша, Слава), tells too little for the same reason. A whole name in
    one field is taken apart; given and family name must both be there, and neither be a placeholder.
    Symmetric, and not transitive.
    """
    readings_a, readings_b = _readings(*_cut(a)), _readings(*_cut(b))
    for one in readings_a:
        for other in readings_b:
            # Most people on one phone are told apart by this alone.
            if one.last.isdisjoint(other.last) or (
                one.first and other.first and one.first.isdisjoint(other.first)
            ):
                continue
            if _compare(one, other).agrees:
                return True
    return False


def compare_names(a: tuple[str, str], b: tuple[str, str]) -> NameMatch:
    """What two (given, family) names say about each other; symmetric. Takes any strings."""
    readings_a, readings_b = _readings(*_cut(a)), _readings(*_cut(b))
    if not readings_a or not readings_b:
        return NameMatch.UNKNOWN
    best = NameMatch.DIFFERENT
    for one in readings_a:
        for other in readings_b:
            match = _compare(one, other)
            if match is NameMatch.SAME:
                return match
            if _RANK[match] < _RANK[best]:
                best = match
    return best


_BEST_FIRST = (
    NameMatch.SAME,
    NameMatch.COMPATIBLE,
    NameMatch.VAGUE,
    NameMatch.GENDER,
    NameMatch.FAMILY,
    NameMatch.UNKNOWN,
    NameMatch.DIFFERENT,
)
_RANK = {match: rank for rank, match in enumerate(_BEST_FIRST)}


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
    readings = _readings(*_cut((given_name, family_name)))
    return readings[0].gender if readings else ""


def _cut(name: tuple[str, str]) -> tuple[str, str]:
    # Cut before the caches, which keep what they are given.
    return name[0][:MAX_NAME], name[1][:MAX_NAME]


_NO_NAMES = ("@", "http", "www.", "[erased]")
"""The last one stands where somebody had typed an erased person's address or number."""


@lru_cache(maxsize=16_384)
def _is_placeholder(name: str) -> bool:
    folded = fold_text(name)
    if folded.isalpha():
        return folded.replace("ё", "е") in _placeholders() or _KEYBOARD.fullmatch(folded) is not None
    if _LETTER.search(folded) is None or any(sign in folded for sign in _NO_NAMES):
        return True
    if sum(map(str.isdigit, folded)) >= _DIGITS:
        return True
    plain = folded.replace("/", "").replace("ё", "е")
    found = re.split(r"[^\w']+", plain)
    return all(word in _placeholders() or _KEYBOARD.fullmatch(word) or not word for word in found)


@lru_cache(maxsize=1)
def _placeholders() -> frozenset[str]:
    return words("placeholder_names")


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


class _Reading(NamedTuple):
    """A name with one of its halves taken for the given name: all of it that a comparison asks for.

    ``names`` are the given name and what is a patronymic beside the family name ``own``. Of ``last``, and of
    ``first`` where it is not empty, names that are compatible have some in common.
    """

    names: Words
    own: Words
    gender: str
    told: str
    is_named: bool
    is_spelt: bool
    letters: tuple[list[str], list[str]]
    first: frozenset[str | int]
    last: frozenset[str]


@lru_cache(maxsize=8_192)
def _readings(given_name: str, family_name: str) -> tuple[_Reading, ...]:
    """A name read in both orders; none where a half is missing. People are compared with many others."""
    halves = _halves(given_name, family_name)
    return (_reading(*halves), _reading(*halves[::-1])) if halves else ()


def _reading(given: Words, family: Words) -> _Reading:
    own, fathers = _without_patronymic(family)
    names = given + fathers
    return _Reading(
        names,
        own,
        _gender(given, family),
        _told(names),
        is_named=not all(word.is_initial for word in own),
        is_spelt=not any(word.is_initial for word in names),
        letters=(_letters(names), _letters(own)),
        first=_first(names[0]),
        last=_last(own),
    )


def _first(word: Word) -> frozenset[str | int]:
    return frozenset() if word.is_initial or word.stem else word.sounds | word.variants.names


def _last(own: Words) -> frozenset[str]:
    sounds = {sound for word in own if not word.is_initial for sound in word.sounds}
    return frozenset(sounds | {root_of(word) for word in own if not word.is_initial})


def _compare(a: _Reading, b: _Reading) -> NameMatch:
    if not all(map(_same_given, a.names, b.names)):
        return NameMatch.DIFFERENT
    if not a.is_named or not b.is_named:
        return NameMatch.UNKNOWN
    if not _same_family(a.own, b.own):
        return _other_family(a, b)
    if a.gender and b.gender and a.gender != b.gender:
        return NameMatch.GENDER
    if _is_vague(a, b):
        return NameMatch.VAGUE
    return NameMatch.SAME if a.is_spelt and a.letters == b.letters else NameMatch.COMPATIBLE


def _is_vague(a: _Reading, b: _Reading) -> bool:
    one, other = a.names[0], b.names[0]
    if one.is_initial or other.is_initial:
        return True
    # Either half may be the given name.
    if not any(word.variants.is_shared for word in (one, other, *a.own, *b.own)):
        return False
    # A husband and wife may both be called Слава.
    return one.sounds.isdisjoint(other.sounds) or not (a.gender and b.gender)


def _other_family(a: _Reading, b: _Reading) -> NameMatch:
    if _same_root(a.own, b.own):
        # A surname's two forms are one person's only where the given name tells that it is one gender.
        is_one = a.told and {a.gender, b.gender} == {a.told} == {b.told}
        if is_one:
            return NameMatch.VAGUE if _is_vague(a, b) else NameMatch.COMPATIBLE
        return NameMatch.GENDER
    known = a.names[0].variants.names and b.names[0].variants.names
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
