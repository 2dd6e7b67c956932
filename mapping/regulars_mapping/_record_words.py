"""Texts that people type into a record: bounded, without what nobody sees."""

import re

from regulars_mapping._errors import PermanentError
from regulars_mapping._text import bare

# Controls, lone surrogates, and the signs that turn the direction of the text after them.
_UNKEPT = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("\r\n?")


def one_line(text: str, *, what: str, most: int) -> str:
    """The text without white space at its ends.

    Raises PermanentError where it is longer than ``most`` characters or has what cannot be printed.
    """
    return _checked(bare(text), what=what, most=most)


def many_words(text: str, *, what: str, most: int) -> str:
    """As ``one_line``, for a text that may have several lines."""
    lines = bare(_BREAKS.sub("\n", text))
    _checked(lines.replace("\n", " ").replace("\t", " "), what=what, most=most)
    return lines


def _checked(text: str, *, what: str, most: int) -> str:
    if len(text) > most:
        raise PermanentError(f"{what} has at most {most} characters; this has {len(text)}.")
    if _UNKEPT.search(text):
        raise PermanentError(f"{what} holds characters that cannot be printed. Type it anew.")
    return text
