"""The words of a name as they are compared: by a skeleton of sounds, whatever the alphabet.

A skeleton has the letters that remain when Ukrainian, Russian and Latin spellings of one sound (х/kh/h,
щ/shch/sch, є/ye/ie, ü/ue/u) are written the same way. It may be coarse where no two common names fall
together.
"""

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from anyascii import anyascii

from regulars_mapping._name_variants import Variants, variants_of
from regulars_mapping._text import fold_text

MAX_NAME = 250
MAX_WORDS = 6

# Letters that stand for one sound however it is spelled: S = ш щ sh sch sz, C = ч ch tsch cz, Z = ж zh.
_LETTERS = str.maketrans(
    dict(zip("абвгґдезийіїклмнопрстуфхцыэё", "abvggdeziiiiklmnoprstufgziee", strict=True))
    | {"є": "ie", "ю": "iu", "я": "ia", "ж": "Z", "ч": "C", "ш": "S", "щ": "S", "ь": "", "ъ": "", "'": ""}
    | {"š": "S", "ś": "S", "ŝ": "S", "č": "C", "ć": "C", "ž": "Z", "ż": "Z", "ў": "u"}
)
_SPELLINGS = {
    "shch": "S", "schtsch": "S", "szcz": "S", "sch": "S", "shh": "S", "sh": "S", "sz": "S", "tsch": "C",
    "tch": "C", "ch": "C", "cz": "C", "zh": "Z", "chr": "kr", "kh": "g", "gh": "g", "h": "g", "ph": "f",
    "th": "t", "ck": "k", "ts": "z", "tz": "z", "x": "ks", "q": "k", "w": "v", "y": "i", "j": "i", "c": "k",
}  # fmt: skip
_SPELLING = re.compile("|".join(sorted(_SPELLINGS, key=len, reverse=True)))
# How German and Polish write х and ц, and GOST х: a second reading of the same word.
_OTHER_READING = re.compile("(?<![st])ch(?!r)|(?<!s)c(?![hzk])|x")
_OTHER_LETTERS = {"ch": "h", "c": "z", "x": "h"}
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

# Surnames whose ending tells the bearer's gender; a man's in Cyrillic only, since abroad women bear it too.
_WOMANS = re.compile(
    "(?:.{3}(?:ова|ева|єва|ёва)|.{2}(?:ська|цька|зька|ская|цкая)|[a-z]{3}(?:ova|[iy]?eva|ska|ck?a[iy]a|ska[iy]a))$"
)
_MANS = re.compile("(?:.{2}(?:ов|ев|єв|ёв)|.{2}(?:ський|цький|зький|ский|цкий))$")
# Surnames that end so by chance.
_NEUTRAL = frozenset(
    ["голова", "діброва", "дуброва", "підкова", "подкова", "корова", "полова", "обнова", "основа", "покрова",
     "holova", "dibrova", "dubrova", "pidkova", "korova", "casanova"]
)  # fmt: skip
# The ending that a woman's form of a surname has, and the man's.
_GENDERED = re.compile("(?<=[szSC]k)(?:a|aia|i|oi)$|(?<=ov)a$")


class Word(NamedTuple):
    """A word of a name. An initial's ``letters`` are the skeleton letters that it may stand for.

    ``sounds`` are all its readings; ``stem`` is of the father's name where it looks like a patronymic;
    ``surname`` is "m" or "f" where, as a surname, it tells the gender.
    """

    letters: str
    sounds: frozenset[str]
    is_initial: bool = False
    stem: str = ""
    variants: Variants = Variants()
    surname: str = ""


Words: TypeAlias = tuple[Word, ...]


def spelled_words(name: str) -> list[tuple[str, Word]]:
    """The words that sound like anything, folded and as they are compared."""
    return words_in(fold_text(name[:MAX_NAME]))[:MAX_WORDS]


def words_in(folded: str) -> list[tuple[str, Word]]:
    """All of them in a folded text."""
    found: list[tuple[str, Word]] = []
    for match in _WORD.finditer(folded):
        text = match[1]
        # A picture has a name in Latin letters too, and nobody means it.
        if text.isalpha() or any(map(str.isalpha, text)):
            word = word_of(text, dotted=bool(match[2]))
            if word is not None:
                found.append((text, word))
    return found


def words_of(name: str) -> Words:
    """The words of one half of a name; empty where it has no letter."""
    # Cut before the cache, which keeps what it is given.
    return _words(name[:MAX_NAME])


@lru_cache(maxsize=16_384)
def _words(name: str) -> Words:
    found = _WORD.finditer(fold_text(name))
    words = (word_of(match[1], dotted=bool(match[2])) for match in found)
    return tuple(word for word in words if word is not None)[:MAX_WORDS]


@lru_cache(maxsize=16_384)
def word_of(text: str, *, dotted: bool) -> Word | None:
    """One folded word; None where it has no letter."""
    letters = skeleton(text)
    if not letters:
        return None
    if len(text) == 1 or (dotted and len(text) == 2):
        letter = letters[0].lower()
        meant = "kcs" if text == "c" else _INITIALS.get(letter, letter)
        return Word(meant, frozenset(meant), is_initial=True)
    patronymic = _PATRONYMIC.match(letters)
    stem = patronymic[1].rstrip("i") if patronymic else ""
    variants = variants_of(letters, skeleton)
    surname = _surname_gender(text)
    return Word(letters, _sounds(text, letters), stem=stem, variants=variants, surname=surname)


def _sounds(text: str, letters: str) -> frozenset[str]:
    if text.isascii() and _OTHER_READING.search(text):
        other = _OTHER_READING.sub(lambda found: _OTHER_LETTERS[found[0]], text)
        return frozenset((letters, skeleton(other)))
    return frozenset((letters,))


def _surname_gender(text: str) -> str:
    if text in _NEUTRAL:
        return ""
    return "f" if _WOMANS.search(text) else "m" if _MANS.search(text) else ""


def skeleton(word: str) -> str:
    """The sounds of a folded word, its ending -ов / -ев / -ьов / -ёв written one way."""
    return _ENDING.sub("ov", letters_of(word))


def same_root(a: Word, b: Word) -> bool:
    """Whether two surnames are the man's and the woman's form of one: Ковальський, Ковальська."""
    return root_of(a) == root_of(b)


def root_of(surname: Word) -> str:
    """What the man's and the woman's form of a surname have in common."""
    return _GENDERED.sub("", surname.letters)


def letters_of(word: str) -> str:
    """The sounds of a folded word or of its beginning."""
    letters = _NO_LETTER.sub("", _latin(word.translate(_LETTERS)))
    letters = _SPELLING.sub(
        lambda spelling: _SPELLINGS[spelling[0]], _SOFT_C.sub("s", _SILENT_H.sub("", letters))
    )
    letters = _SOFT_U.sub("u", _UMLAUT.sub(r"\1", _DOUBLED.sub(r"\1", letters).replace("ie", "e")))
    return _DOUBLED.sub(r"\1", letters)


def _latin(word: str) -> str:
    """The word with every other alphabet's letters transliterated; S, C and Z stay what they are."""
    return word if word.isascii() else "".join(c if c.isascii() else anyascii(c).lower() for c in word)
