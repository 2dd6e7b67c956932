"""iCalendar (RFC 5545) written, as far as reminders need it. Pure; reads nothing.

What people typed goes into values only: a break, a control sign or a separator in it makes no property.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST_LINE = 75
"""Octets, the break left out."""
_MINUTES = 15
_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# Controls without the tab, lone surrogates, and the signs that turn the direction of the text after them.
_UNWRITTEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPED = re.compile(r"[\\;,]")


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry: ``uid`` stays the same in every feed; ``at`` and ``made_at`` are aware."""

    uid: str
    at: datetime
    made_at: datetime
    title: str
    text: str = ""


def calendar(entries: Iterable[Appointment]) -> str:
    """The whole calendar with CRLF line ends, to be written as UTF-8. The same entries give the same text."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Regulars//Reminders//EN", "CALSCALE:GREGORIAN"]
    for entry in entries:
        lines += _event(entry)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _event(entry: Appointment) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_value(entry.uid)}"
    yield f"DTSTAMP:{_moment(entry.made_at)}"
    yield f"DTSTART:{_moment(entry.at)}"
    yield f"DURATION:PT{_MINUTES}M"
    yield f"SUMMARY:{_value(entry.title)}"
    if entry.text:
        yield f"DESCRIPTION:{_value(entry.text)}"
    # It takes nobody's time, and is nobody else's business.
    yield "TRANSP:TRANSPARENT"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _value(text: str) -> str:
    escaped = _ESCAPED.sub(r"\\\g<0>", text)
    return _UNWRITTEN.sub("", _BREAK.sub(r"\\n", escaped))


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, each but the first begun with a space; no character is cut."""
    part, room = "", _LONGEST_LINE
    for character in line:
        octets = len(character.encode())
        if octets > room:
            yield part
            part, room = " ", _LONGEST_LINE - 1
        part += character
        room -= octets
    yield part
