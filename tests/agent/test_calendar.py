"""The iCalendar writer: valid lines, whatever is in the values."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from regulars_agent._calendar import Appointment, calendar

AT = datetime(2027, 5, 17, 6, tzinfo=UTC)
_NAMES = [
    "BEGIN", "UID", "DTSTAMP", "DTSTART", "DURATION", "SUMMARY", "DESCRIPTION", "TRANSP", "CLASS", "END",
]  # fmt: skip


def read(text: str) -> list[tuple[str, str]]:
    """The properties, unfolded and unescaped as RFC 5545 has it."""
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = "\r\n".join(lines).replace("\r\n ", "").split("\r\n")
    assert not any(re.search("[\x00-\x08\x0a-\x1f\x7f]", line) for line in unfolded)
    pairs = (line.partition(":") for line in unfolded)
    return [(name, _plain(value)) for name, _, value in pairs]


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def one(title: str, text: str = "x") -> list[tuple[str, str]]:
    return read(calendar([Appointment("reminder-1@regulars", AT, AT, title, text)]))


def test_an_entry_reads_back_as_it_was_written() -> None:
    kyiv = timezone(timedelta(hours=3))
    local = AT.astimezone(kyiv)
    entry = Appointment("reminder-1@regulars", local, local, "Call: Koval, Anna; \\o/", "one\ntwo\r\nthree")
    found = dict(read(calendar([entry])))
    assert found["SUMMARY"] == "Call: Koval, Anna; \\o/"
    assert found["DESCRIPTION"] == "one\ntwo\nthree"
    assert found["DTSTART"] == "20270517T060000Z"


def test_long_lines_are_folded_and_no_character_is_cut() -> None:
    title = "Зателефонувати 👩‍👧 " * 40
    assert dict(one(title))["SUMMARY"] == title


@given(st.text(), st.text())
def test_no_text_makes_a_property(title: str, text: str) -> None:
    _, _, _, _, *names, _ = (name for name, _ in one(title, text))
    assert [*names] == [name for name in _NAMES if text or name != "DESCRIPTION"]


def test_hostile_text_stays_in_its_value() -> None:
    evil = "x\r\nEND:VEVENT\nBEGIN:VALARM\x0bATTACH:http://example.com\u2028\x00\udcff\u202eX"
    found = one(evil, evil)
    assert sum(name == "BEGIN" for name, _ in found) == 2
    assert dict(found)["SUMMARY"] == "x\nEND:VEVENT\nBEGIN:VALARM\nATTACH:http://example.com\nX"


def test_an_empty_calendar_is_one() -> None:
    assert [name for name, _ in read(calendar([]))] == ["BEGIN", "VERSION", "PRODID", "CALSCALE", "END"]
