"""Folding of text, so that two spellings of the same words compare equal."""

import re
from unicodedata import combining, normalize

# What a reader cannot see: controls other than white space, Unicode's default-ignorable characters (zero
# width, soft hyphen, bidirectional marks, variation selectors, tags) and lone surrogates, which neither a
# database nor UTF-8 takes.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_APOSTROPHES = str.maketrans(
    dict.fromkeys(
        "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u055a\u05f3\u2018\u2019\u201b\u2032\ua78b\ua78c\uff07", "'"
    )
    # NFKC spells the numero sign out; addresses are full of it.
    | {"\u2116": "no"}
)
# Normalising sorts the accents of one letter in square time: a text of nothing else would take hours.
_MAX_ACCENTS = 30
_LONG = 1_000
# Characters whose case folding is already normal, and which do not combine with each other: ASCII,
# Latin-1 letters, Cyrillic letters, the two apostrophes people type, quotation marks, dashes and the numero
# sign. Nearly every text of a shop is such.
_PLAIN = re.compile(
    "[\t\n\r\x20-\x7e\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0400-\u045f\u0490\u0491\u02bc\u2019"
    "\u00ab\u00bb\u2013\u2014\u201c\u201d\u201e\u2116]*"
)

# Those of them that are exchanged all the same; looking for one is quicker than exchanging none.
_EXCHANGED = re.compile("[`\u02bc\u2019\u2116]")


def fold_text(text: str) -> str:
    """The text as it is compared and searched; folding a folded text changes nothing.

    NFKC, casefold and NFKC again, one kind of apostrophe, nothing invisible, single spaces, none at the
    ends. Takes any string, lone surrogates included, and raises nothing.
    """
    if _PLAIN.fullmatch(text):
        plain = text.casefold()
        return " ".join((plain.translate(_APOSTROPHES) if _EXCHANGED.search(plain) else plain).split())
    folded = _fold_once(text)
    # Dropping an invisible character can bring a letter and its accent together, and a few letters fold to
    # something that folds further; neither takes more than two or three rounds.
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def bare(text: str) -> str:
    """The text without white space and invisible characters at its ends."""
    first, last = 0, len(text)
    while first < last and _is_unseen(text[first]):
        first += 1
    while first < last and _is_unseen(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_unseen(character: str) -> bool:
    return character.isspace() or INVISIBLE.match(character) is not None


def _thinned(text: str) -> str:
    """The text with no more than thirty accents on one letter, as Unicode's stream-safe format has it."""
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if combining(character) else 0
        if run <= _MAX_ACCENTS:
            kept.append(character)
    return "".join(kept)


def _fold_once(text: str) -> str:
    text = INVISIBLE.sub("", text).translate(_APOSTROPHES)
    if len(text) > _LONG:
        text = _thinned(text)
    text = normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(text.translate(_APOSTROPHES).split())
