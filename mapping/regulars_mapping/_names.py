"""People's names folded for search, across alphabets. How two names compare is ``_name_match``'s affair."""

from functools import lru_cache

from regulars_mapping._name_words import MAX_NAME, MAX_WORDS, Word, letters_of, spelled_words, words_in
from regulars_mapping._text import fold_text


def fold_name(given: str, family: str) -> str:
    """The name as it is searched: ``"given family"``, folded; either half may be empty."""
    name = f"{given} {family}"
    # A checkout names its buyer three times over: contact, billing, delivery.
    return _fold_known(name) if len(name) <= 2 * MAX_NAME else fold_text(name)


@lru_cache(maxsize=8_192)
def _fold_known(name: str) -> str:
    return fold_text(name)


def name_skeleton(name: str) -> str:
    """What a name is searched by whatever its alphabet, never to be shown: ``" olena kovalenko"``.

    ASCII, a space before every word, at most 250 characters; empty where the name has no letter. An initial
    stands as each of the letters that it may stand for.
    """
    found: list[str] = []
    for chunk in fold_text(name[:MAX_NAME]).split():
        found += _searched(chunk)
    return "".join(found[:MAX_WORDS])[:MAX_NAME]


@lru_cache(maxsize=16_384)
def _searched(chunk: str) -> tuple[str, ...]:
    """What is stored of each word in a piece of a folded name that has no white space."""
    return tuple("".join(f" {one}" for one in _stored(word)) for _, word in words_in(chunk))


def skeleton_starts(text: str) -> tuple[tuple[str, ...], ...]:
    """What to look for in ``name_skeleton`` to find the names whose words begin with those of ``text``.

    A name is found where it holds, of every word, one of its alternatives: ``((" kovalen",), (" o", " O"))``.
    Empty where the text has no letter: it finds nobody.
    """
    sought = [_sought(spelled, word) for spelled, word in spelled_words(text)]
    return tuple(tuple(f" {letters}" for letters in starts) for starts in sought)


def short_forms(given_name: str) -> frozenset[int]:
    """Numbers of the known given names that its words may stand for: two forms of one name share a number.

    Саша has those of Олександр and of Олександра. Empty where no word is known. The numbers are of this
    process's table only, never to be stored.
    """
    return frozenset(number for _, word in spelled_words(given_name) for number in word.variants.names)


def _stored(word: Word) -> tuple[str, ...]:
    return tuple(word.letters) if word.is_initial else (word.letters,)


def _sought(text: str, word: Word) -> tuple[str, ...]:
    letters = _stored(word)
    # The text may be the beginning of a word: what looks like an ending is perhaps none, and an upper-case
    # letter of a skeleton is a sound of its own, of which an initial may be the letter.
    others = [one.upper() for one in letters] if len(letters[0]) == 1 else [letters_of(text)]
    return tuple(dict.fromkeys([*letters, *others]))
