"""The lines of an address in the one form in which they are compared: street, house, flat."""

import re
from functools import cache
from typing import NamedTuple, TypeAlias

from regulars_mapping._tables import rows
from regulars_mapping._text import fold_text

_PUNCTUATION = re.compile(r"[\s.,;:#\"«»“”„()]+")
# "№7" folds to "no7"; кв5, буд1 and apt5 are typed in one.
_MARKED = re.compile(r"([^\W\d_]+)-?(\d.*)")
_HOUSE_LETTER = re.compile(r"(?<=\d)[ /-]([^\W\d_])(?![^ ]| ?\d)")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_GERMAN = frozenset(["AT", "CH", "DE", "LI", "LU"])
_GERMAN_STREET = re.compile("str(?:asse|aße)?$")
_STREET = "вул"
_HOUSE = "-"


class _Words(NamedTuple):
    streets: dict[str, str]
    inside: dict[str, str]
    kinds: frozenset[str]


_Tokens: TypeAlias = list[str]


def fold_line(text: str) -> str:
    """A line folded, without punctuation."""
    # The numero sign folds to "no", which is no part of the word before it.
    return _PUNCTUATION.sub(" ", fold_text(text.replace("№", " №"))).strip() if text else ""


def fold_street(line: str, *, country: str) -> str:
    """A folded line with every word for a street, a house or a flat written one way.

    Such a word comes before its name: «Хрещатик вул.» is «вул. Хрещатик»; a word for the house is left out,
    and a house's letter stands by its number. A street and a lane of one name stay two. Folding what is
    folded changes nothing.
    """
    tokens = [part for token in line.split() for part in _apart(token)]
    if country in _GERMAN:
        tokens = _german(tokens)
    written = _streets(_inside(tokens))
    kept = _street_first(written)
    if kept is not written:
        # A word that now stands before a number can be one for the house.
        kept = _inside(kept)
    return _HOUSE_LETTER.sub(r"\1", " ".join(kept))


def has_street(line: str) -> bool:
    """Whether a folded line names a street."""
    return any(token in _words().streets for token in line.split())


def _apart(token: str) -> tuple[str, ...]:
    if token.isalpha() or not token[0].isalpha():
        return (token,)
    found = _MARKED.fullmatch(token)
    return (found[1], found[2]) if found and found[1] in _words().inside else (token,)


def _inside(tokens: _Tokens) -> _Tokens:
    """Words for house, flat and floor, which count only where a number follows: "дом", "под" and "office" are
    words like any other elsewhere."""
    inside = _words().inside
    kept: _Tokens = []
    for at in range(len(tokens) - 1, -1, -1):
        word = tokens[at]
        numbered = kept and kept[-1][0].isdigit() and not (at and _is_house_letter(word, tokens[at - 1]))
        meant = inside.get(word, word) if numbered else word
        if meant != _HOUSE:
            kept.append(meant)
    return kept[::-1]


def _is_house_letter(word: str, before: str) -> bool:
    """12 Д 5 is the house 12Д, though д. 5 is the house 5."""
    return word == "д" and before[0].isdigit()


def _streets(tokens: _Tokens) -> _Tokens:
    streets = _words().streets
    kept = [streets.get(word, word) for word in tokens]
    for at, word in enumerate(tokens[1:], start=1) if "st" in tokens else ():
        # "12 St James Road": a saint's name follows a number, and of two words for a street one is a name.
        if word == "st" and tokens[at - 1].isalpha() and kept[at - 1] not in _words().kinds:
            kept[at] = _STREET
    return kept


def _street_first(tokens: _Tokens) -> _Tokens:
    """The kind of street before its name, as most write it; in English the number comes first and stays."""
    kinds = _words().kinds
    for at, token in enumerate(tokens[1:], start=1):
        if token in kinds:
            follows = tokens[at + 1 : at + 2]
            if tokens[0] in kinds or (follows and not follows[0][0].isdigit()):
                return tokens
            return [token, *tokens[:at], *tokens[at + 1 :]] if _CYRILLIC.search(tokens[at - 1]) else tokens
    return tokens


def _german(tokens: _Tokens) -> _Tokens:
    """Hauptstraße, Hauptstr., Haupt Str. and Karl-Marx-Straße as one word each."""
    kept: _Tokens = []
    for token in " ".join(tokens).replace("-", " ").split():
        street = _GERMAN_STREET.search(token)
        stem = token[: street.start()] if street else token
        if street and not stem and kept and kept[-1].isalpha():
            kept[-1] += "str"
        else:
            kept.append(stem + "str" if street else token)
    return kept


@cache
def _words() -> _Words:
    streets: dict[str, str] = {}
    inside: dict[str, str] = {}
    for row in rows("street_words"):
        form, _, ways = row.partition(":")
        meant = form.split()[0]
        table = inside if meant in _INSIDE else streets
        table.update(dict.fromkeys(ways.split(), meant))
    return _Words(streets, inside, frozenset(streets.values()))


_INSIDE = frozenset([_HOUSE, "кв", "оф", "корп", "під", "пов", "кім", "секц", "літ"])
