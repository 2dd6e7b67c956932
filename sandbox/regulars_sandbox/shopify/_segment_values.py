"""The values of a segment's query: numbers, texts, days, and days that move with today."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

__all__ = ["Reader", "reader_of"]

Reader = Callable[[date], Any]
"""The value, given today."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,20})?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")
_LONG: Final = 2**63
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE: Final = re.compile(r"[A-Z]{2}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*")
_OFFSET: Final = re.compile(r"([+-][0-9]{1,4})([dwmy])")
_AGO: Final = re.compile(r"(7|30|90)_(days)_ago|(12)_(months)_ago")
_NAMED: Final = {"today": 0, "yesterday": -1}


def reader_of(kind: str, token: str, choices: tuple[str, ...]) -> Reader:
    """How the token is read for an attribute of the kind; ValueError where it is no value of it, and
    NotImplementedError where it is a time.

    A token that begins with a quotation mark is a text.
    """
    quoted = token.startswith("'")
    text = token[1:] if quoted else token
    if kind == "date":
        return _day(text)
    value: Any
    if kind in {"number", "whole"}:
        value = _number(text, whole=kind == "whole")
    elif kind == "boolean":
        value = _boolean(text)
    elif not quoted:
        raise ValueError(text)
    else:
        value = _text(text, kind, choices)
    return lambda _today: value


def _number(text: str, *, whole: bool) -> Decimal:
    if not (_WHOLE if whole else _NUMBER).fullmatch(text):
        raise ValueError(text)
    number = Decimal(text)
    if whole and not -_LONG <= number < _LONG:
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _text(text: str, kind: str, choices: tuple[str, ...]) -> str:
    """Only the texts of lists are compared in any letter case."""
    if (choices and text not in choices) or (kind == "codes" and not _CODE.fullmatch(text)):
        raise ValueError(text)
    return text.casefold() if kind == "list" else text


def _day(text: str) -> Reader:
    if text.lower() in _NAMED:
        days = _NAMED[text.lower()]
        return lambda today: today + timedelta(days=days)
    moved = _OFFSET.fullmatch(text)
    ago = _AGO.fullmatch(text)
    if moved:
        return lambda today: _moved(today, int(moved[1]), moved[2])
    if ago:
        amount, unit = int(ago[1] or ago[3]), "d" if ago[1] else "m"
        return lambda today: _moved(today, -amount, unit)
    if _TIME.fullmatch(text):
        raise NotImplementedError(text)
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    fixed = date.fromisoformat(text)
    return lambda _today: fixed


def _moved(today: date, amount: int, unit: str) -> date:
    """``amount`` days, weeks, months or years on; the end of a shorter month stands for what it lacks."""
    if unit in "dw":
        return today + timedelta(days=amount * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 + amount * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return date.min if year < 1 else date.max
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
