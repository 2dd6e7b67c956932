"""Finding a person's e-mails and phones inside what others wrote, and putting something in their place.

Only whole ones count: ``anna@example.com`` is not in ``joanna@example.com`` nor in ``anna@example.com.ua``.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias
from unicodedata import category, normalize

MARK = "[erased]"
"""What stands in others' texts for somebody erased. It says of nobody which of the erased they are."""

Known: TypeAlias = Callable[[str], str | None]
"""What to put in the place of an e-mail or phone as it is spelled; None where it stays."""
_Span: TypeAlias = tuple[int, int]

_LONGEST_MAILBOX = 64
_LONGEST_PLAIN = 1_000
_IN_MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]")
_RARE = "!#$%&*/=?^`{|}~"
"""Characters that a mailbox may hold and hardly ever does: an address may begin behind them as well."""
_LEADING = ".+-'"
_DOMAIN = re.compile(r"[\w.-]{1,255}")
_DIGIT_GROUPS = re.compile(r"\+?\d+(?:[\s().\-/\u2010-\u2015]{1,3}\d+)*")
_GROUP = re.compile(r"\d+")
_GROUPS = 24
_SPACES = "\t\n\r"
_UNSEEN = frozenset(("Cc", "Cf", "Cs"))
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10))
)
LEAST_DIGITS, _MOST_DIGITS = 9, 17
"""Digits of what may be a full phone number in somebody else's text; fewer are a date or an order."""


def swap_emails(text: str, known: Known) -> str:
    """The text with the e-mails that are known replaced."""
    return _swap(text, known, _emails_in) if "@" in text else text


def swap_phones(text: str, known: Known) -> str:
    """The text with the phone numbers that are known replaced."""
    return _swap(text, known, _phones_in)


def plain(text: str) -> str:
    """The text without invisible characters, wide letters made common ones: as names are read."""
    if (text.isascii() and text.isprintable()) or len(text) > _LONGEST_PLAIN:
        return text
    return normalize("NFKC", "".join(one for one in text if one in _SPACES or not _is_unseen(one)))


def _is_unseen(character: str) -> bool:
    return category(character) in _UNSEEN or character in _FILLERS


def _swap(text: str, known: Known, spans_in: Callable[[str], Iterator[list[_Span]]]) -> str:
    parts, end = [], 0
    for spans in spans_in(text):
        for start, stop in spans:
            mark = known(text[start:stop]) if start >= end else None
            if mark is not None:
                parts += [text[end:start], mark]
                end = stop
                break
    return "".join(parts) + text[end:]


def _emails_in(text: str) -> Iterator[list[_Span]]:
    """For every @ where the address around it may begin and end, the longest first."""
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        stop = at + 1 + len(domain[0].rstrip("._-")) if domain else at
        starts = _starts(text, at)
        if stop > at + 1 and starts:
            yield [(start, stop) for start in starts]
        at = text.find("@", at + 1)


def _starts(text: str, at: int) -> list[int]:
    first = at
    while first > 0 and at - first < _LONGEST_MAILBOX and _IN_MAILBOX.match(text[first - 1]):
        first -= 1
    starts = [first] if first < at else []
    for place in range(first, at):
        # O'Anna is another one than Anna; 'Anna' is not.
        quoted = text[place] in _LEADING and (place == first or place in starts)
        quoted = quoted or (text[place] == "'" and not text[place - 1].isalnum())
        if (quoted or text[place] in _RARE) and place + 1 < at:
            starts.append(place + 1)
    return starts


def _phones_in(text: str) -> Iterator[list[_Span]]:
    """For every group of digits the numbers that may begin there, the longest first."""
    for run in _DIGIT_GROUPS.finditer(text):
        groups = [found.span() for found in _GROUP.finditer(text, *run.span())][:_GROUPS]
        for first, (start, _) in enumerate(groups):
            some: list[_Span] = []
            digits = 0
            for one, stop in groups[first:]:
                digits += stop - one
                if LEAST_DIGITS <= digits <= _MOST_DIGITS:
                    some.append((start - (start > 0 and text[start - 1] == "+"), stop))
            if some:
                yield some[::-1]
