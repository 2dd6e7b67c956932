"""People's names: folded for search, and compared across alphabets and habits of writing.

Comparison goes by a skeleton: the letters that remain when Ukrainian, Russian and Latin spellings of one
sound (х/kh/h, щ/shch/sch, є/ye/ie, ü/ue/u) are written the same way. It answers only whether two people who
share a phone may be one person, so a skeleton may be coarse where no two common names fall together.
"""

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from anyascii import anyascii

from regulars_mapping._name_variants import VARIANTS
from regulars_mapping._text import fold_text

_MAX_LENGTH = 250
_MAX_WORDS = 6

# Letters that stand for one sound however it is spelled: S = ш щ sh sch sz, C = ч ch tsch cz, Z = ж zh.
_LETTERS = str.maketrans(
    dict(zip("абвгґдезийіїклмнопрстуфхцыэё", "abvggdeziiiiklmnoprstufgziee", strict=True))
    | {"є": "ie", "ю": "iu", "я": "ia", "ж": "Z", "ч": "C", "ш": "S", "щ": "S", "ь": "", "ъ": "", "'": ""}
    | {"š": "S", "ś": "S", "č": "C", "ć": "C", "ž": "Z", "ż": "Z", "ў": "u"}
)
_SPELLINGS = {
    "shch": "S", "schtsch": "S", "sch": "S", "sh": "S", "sz": "S", "tsch": "C", "tch": "C", "ch": "C",
    "cz": "C", "zh": "Z", "chr": "kr", "kh": "g", "gh": "g", "h": "g", "ph": "f", "th": "t", "ck": "k",
    "ts": "z", "tz": "z", "x": "ks", "q": "k", "w": "v", "y": "i", "j": "i", "c": "k",
}  # fmt: skip
_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
_SILENT_H = re.compile("(?<=a)h$")
_SOFT_C = re.compile("(?<!s)c(?=[eiy])")
_UMLAUT = re.compile("([aou])e(?!v)")
_SOFT_U = re.compile("(?<=[^aeiou])iu")
_DOUBLED = re.compile(r"(.)\1+")
_ENDING = re.compile("i?[eo]v(?=a?$)")
_NO_LETTER = re.compile("[^A-Za-z]")

_WORD = re.compile(r"([^\s\d.,;:/()\[\]\"«»“”„+*&_\-‐‑–—…]+)(\.?)")
_PATRONYMIC = re.compile("(.{2,}?)(?:[oei]?viC|iC|[oei]vna|iCna)$")
# What an initial may stand for, by its skeleton letter, where spellings differ.
_INITIALS = {"k": "kgc", "i": "ie", "z": "zct", "t": "tz"}


class _Word(NamedTuple):
    """A word of a name. An initial's ``letters`` are the skeleton letters that it may stand for."""

    letters: str
    is_initial: bool = False
    stem: str = ""
    variants: frozenset[int] = frozenset()


_Words: TypeAlias = tuple[_Word, ...]


def fold_name(given: str, family: str) -> str:
    """The name as it is searched: ``"given family"``, folded; either half may be empty."""
    name = f"{given} {family}"
    # A checkout names its buyer three times over: contact, billing, delivery.
    return _fold_known(name) if len(name) <= 2 * _MAX_LENGTH else fold_text(name)


@lru_cache(maxsize=8_192)
def _fold_known(name: str) -> str:
    return fold_text(name)


def names_compatible(a: tuple[str, str], b: tuple[str, str]) -> bool:
    """Whether two people with these (given, family) names may be one person.

    Alphabet, transliteration, order of the halves, initials, a patronymic on one side only, a common short
    form and one part of a double name (Anna-Maria, Коваленко-Шевченко) make no difference; another given
    name does, since families share phones. Both halves of both names must be present. Symmetric, and not
    transitive.
    """
    # Cut before the cache, which keeps what it is given.
    first, second, third, fourth = (_words(half[:_MAX_LENGTH]) for half in (*a, *b))
    if not (first and second and third and fourth):
        return False
    return (
        _same_person(first, second, third, fourth)
        or _same_person(first, second, fourth, third)
        or _same_person(second, first, third, fourth)
        or _same_person(second, first, fourth, third)
    )


def name_skeleton(name: str) -> str:
    """What a name is searched by whatever its alphabet, never to be shown: ``" olena kovalenko"``.

    ASCII, a space before every word, at most 250 characters; empty where the name has no letter. An initial
    stands as each of the letters that it may stand for.
    """
    words = [letters for text, dotted in _spellings(name) for letters in _stored(text, dotted=dotted)]
    return "".join(f" {letters}" for letters in words)[:_MAX_LENGTH]


def skeleton_starts(text: str) -> tuple[tuple[str, ...], ...]:
    """What to look for in ``name_skeleton`` to find the names whose words begin with those of ``text``.

    A name is found where it holds, of every word, one of its alternatives: ``((" kovalen",), (" o", " O"))``.
    Empty where the text has no letter: it finds nobody.
    """
    words = [_sought(text, dotted=dotted) for text, dotted in _spellings(text)]
    return tuple(tuple(f" {letters}" for letters in sought) for sought in words)


def _spellings(name: str) -> list[tuple[str, bool]]:
    """The words that sound like anything, and whether a full stop follows."""
    found = ((match[1], bool(match[2])) for match in _WORD.finditer(fold_text(name[:_MAX_LENGTH])))
    return [(text, dotted) for text, dotted in found if _stored(text, dotted=dotted)][:_MAX_WORDS]


@lru_cache(maxsize=16_384)
def _stored(text: str, *, dotted: bool) -> tuple[str, ...]:
    # A picture has a name in Latin letters too, and nobody means it.
    word = _word(text, dotted=dotted) if any(map(str.isalpha, text)) else None
    if word is None:
        return ()
    return tuple(word.letters) if word.is_initial else (word.letters,)


def _sought(text: str, *, dotted: bool) -> tuple[str, ...]:
    letters = _stored(text, dotted=dotted)
    # The text may be the beginning of a word: what looks like an ending is perhaps none, and an upper-case
    # letter of a skeleton is a sound of its own, of which an initial may be the letter.
    others = [one.upper() for one in letters] if len(letters[0]) == 1 else [_letters(text)]
    return tuple(dict.fromkeys([*letters, *others]))


def _same_person(given_a: _Words, family_a: _Words, given_b: _Words, family_b: _Words) -> bool:
    own_a, fathers_a = _without_patronymic(family_a)
    own_b, fathers_b = _without_patronymic(family_b)
    if not _same_family(own_a, own_b):
        return False
    return all(map(_same_given, given_a + fathers_a, given_b + fathers_b))


def _without_patronymic(family: _Words) -> tuple[_Words, _Words]:
    """A family field's words parted into the family name and what is a patronymic beside it."""
    if len(family) == 1:
        return family, ()
    fathers = tuple(word for word in family if word.stem)[:1]
    return tuple(word for word in family if word not in fathers) or family, fathers


def _same_family(a: _Words, b: _Words) -> bool:
    letters_a = {word.letters for word in a if not word.is_initial}
    letters_b = {word.letters for word in b if not word.is_initial}
    return bool(letters_a and letters_b) and (letters_a <= letters_b or letters_b <= letters_a)


def _same_given(a: _Word, b: _Word) -> bool:
    if a.is_initial or b.is_initial:
        return _initial_fits(a, b)
    if a.letters == b.letters or not a.variants.isdisjoint(b.variants):
        return True
    return bool(a.stem and b.stem) and _same_father(a.stem, b.stem)


def _initial_fits(a: _Word, b: _Word) -> bool:
    letters_a = a.letters if a.is_initial else a.letters[0].lower()
    letters_b = b.letters if b.is_initial else b.letters[0].lower()
    return not set(letters_a).isdisjoint(letters_b)


def _same_father(a: str, b: str) -> bool:
    """Whether two patronymics' stems are of one name: Сергіївна and Сергеевна, Миколаївна and Николаевна."""
    return a == b or not _variants(a).isdisjoint(_variants(b))


@lru_cache(maxsize=16_384)
def _words(name: str) -> _Words:
    """The words of one half of a name; empty where it has no letter."""
    found = _WORD.finditer(fold_text(name))
    words = (_word(match[1], dotted=bool(match[2])) for match in found)
    return tuple(word for word in words if word is not None)[:_MAX_WORDS]


def _word(text: str, *, dotted: bool) -> _Word | None:
    letters = _skeleton(text)
    if not letters:
        return None
    if len(text) == 1 or (dotted and len(text) == 2):
        letter = letters[0].lower()
        return _Word("kcs" if text == "c" else _INITIALS.get(letter, letter), is_initial=True)
    patronymic = _PATRONYMIC.match(letters)
    stem = patronymic[1].rstrip("i") if patronymic else ""
    return _Word(letters, stem=stem, variants=_variants(letters))


def _skeleton(word: str) -> str:
    return _ENDING.sub("ov", _letters(word))


def _letters(word: str) -> str:
    letters = _NO_LETTER.sub("", _latin(word.translate(_LETTERS)))
    letters = _SPELLING.sub(
        lambda spelling: _SPELLINGS[spelling[0]], _SOFT_C.sub("s", _SILENT_H.sub("", letters))
    )
    letters = _SOFT_U.sub("u", _UMLAUT.sub(r"\1", _DOUBLED.sub(r"\1", letters).replace("ie", "e")))
    return _DOUBLED.sub(r"\1", letters)


def _latin(word: str) -> str:
    """The word with every other alphabet's letters transliterated; S, C and Z stay what they are."""
    return word if word.isascii() else "".join(c if c.isascii() else anyascii(c).lower() for c in word)


@lru_cache(maxsize=1)
def _variant_table() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, group in enumerate(VARIANTS):
        for name in group.split():
            table.setdefault(_skeleton(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


def _variants(letters: str) -> frozenset[int]:
    return _variant_table().get(letters, frozenset())
