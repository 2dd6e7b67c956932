"""Text from outside, harmless on a terminal: what a shop sends moves no cursor and forges a line."""

import logging
import re
from typing import Any

from rich.console import Console

from regulars_mapping import plain

_SPECIAL = re.compile(r"(\\*)(\[|\Z)")
_NOTHING = "[none][/none]"
_JSON_CONTROL = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain_lines(text: str) -> str:
    """As ``plain``, for a message of ours that may have several lines."""
    return "\n".join(plain(line) for line in text.split("\n"))


def plain_json(text: str) -> str:
    """The same JSON with every sign escaped that a terminal may obey and JSON lets stand."""
    return _JSON_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def escape(text: str) -> str:
    """Markup that shows exactly this text, whatever markup stands before and after it.

    rich's own leaves half a tag as it is, which the next text completes, and doubles a last backslash.
    """
    return _SPECIAL.sub(_escaped, text)


def _escaped(found: "re.Match[str]") -> str:
    # rich halves backslashes before a tag, and an empty tag shows nothing.
    slashes, bracket = found[1] * 2, found[2] and f"{found[2]}{_NOTHING}"
    return f"{slashes}{_NOTHING}{bracket}" if slashes else bracket


class PlainConsole(Console):
    """A console whose every printed text is one plain line, so that no command can forget it. What stands
    between two colons is no picture."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"emoji": False, **options})

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich prints; texts are made plain first."""
        super().print(*(plain(each) if isinstance(each, str) else each for each in objects), **options)


def plain_record(record: logging.LogRecord) -> bool:
    """A filter of log handlers that makes the message plain and lets it through."""
    record.msg, record.args = plain(record.getMessage()), ()
    return True
