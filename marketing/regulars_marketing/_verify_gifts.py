"""The verifier of programmes that give one discount on certain days: recomputes those from the proof alone.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars_marketing._proof import (
    Proof,
    ProofBirthday,
    ProofGift,
    ProofPersonal,
    ProofSeasonal,
    ProofWinback,
)

_Steps = list[tuple[str, int, int, int]]


def verify_gift(proof: Proof, programme: ProofGift) -> Iterator[str]:
    """Every contradiction in the proof of such a programme, in words."""
    yield from _plain(proof, programme)
    try:
        yield from _days(proof, programme)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        yield "the days of the offer are none of the calendar"


def _plain(proof: Proof, programme: ProofGift) -> Iterator[str]:
    if proof.facts or (proof.counted, proof.no_rate) != (0, ()):
        yield "the programme counts no purchases, yet some are counted"
    if (proof.reached, proof.room, proof.next_step) != (None, None, None):
        yield "the programme has no tiers, yet one is named"
    if (proof.percent, proof.amount) != (programme.percent, programme.amount):
        given = f"{programme.percent} hundredths or {programme.amount}"
        yield f"the programme gives {given}, not {proof.percent} or {proof.amount}"
    percents, amounts = programme.percent, programme.amount
    if not ((0 < percents <= 10_000 and amounts == 0) or (percents == 0 and amounts > 0)):
        yield "the programme has a percent or an amount that no programme may have"
    if isinstance(programme, ProofPersonal) and not programme.why.strip():
        yield "nothing says why it was given"
    if amounts and programme.currency is None:
        yield "the programme has an amount in no currency"


def _days(proof: Proof, programme: ProofGift) -> Iterator[str]:
    stated: _Steps = [(step.name, step.left, step.right, step.result) for step in proof.steps]
    expected, last = _worked(stated, programme)
    if stated != expected:
        yield f"the steps read {stated}, but they are {expected}"
    ends = None if last is None else _midnight_after(last, programme.zone)
    due = min((end for end in (ends, programme.until) if end is not None), default=None)
    if programme.valid_until != due:
        yield f"the offer ends {due}, not {programme.valid_until}"


def _worked(stated: _Steps, programme: ProofGift) -> tuple[_Steps, date | None]:
    """The steps as they are from what the first of them starts with, and the last day of the offer."""
    if isinstance(programme, ProofBirthday):
        return _birthday(stated, programme)
    if isinstance(programme, ProofWinback):
        return _winback(stated, programme)
    if isinstance(programme, ProofSeasonal):
        return [], _season(programme)
    return [], None


def _birthday(stated: _Steps, programme: ProofBirthday) -> tuple[_Steps, date]:
    _, born, year, _ = stated[0] if stated else ("", 0, 0, 0)
    month, day = divmod(born, 100)
    date(2000, month, day)
    if not (0 <= programme.before <= 60 and 0 <= programme.after <= 60):
        raise ValueError("no such window")
    whole = date(year, month, min(day, monthrange(year, month)[1]))
    first, last = whole - timedelta(programme.before), whole + timedelta(programme.after)
    steps = [
        ("day", born, year, _number(whole)),
        ("begins", _number(whole), programme.before, _number(first)),
        ("ends", _number(whole), programme.after, _number(last)),
    ]
    return steps, last


def _winback(stated: _Steps, programme: ProofWinback) -> tuple[_Steps, date]:
    """From the rhythm that the first step names, if it is one, and the day of the last order."""
    name, rhythm, _, _ = stated[0] if stated else ("", 0, 0, 0)
    if not (100 <= programme.times <= 2_000 and rhythm >= 0):
        raise ValueError("no such time away")
    if any(not 1 <= days <= 365 for days in (programme.least_days, programme.fallback_days, programme.days)):
        raise ValueError("no such number of days")
    steps, away = [("fallback", programme.fallback_days, 0, programme.fallback_days)], programme.fallback_days
    if name == "rhythm":
        usual, left = divmod(rhythm * programme.times, 100)
        usual += left > 0
        away = max(programme.least_days, usual)
        steps = [("rhythm", rhythm, programme.times, usual), ("least", usual, programme.least_days, away)]
    ordered = next((left for name, left, _, _ in stated if name == "begins"), 0)
    first = _named_day(ordered) + timedelta(away)
    last = first + timedelta(programme.days - 1)
    steps += [
        ("begins", ordered, away, _number(first)),
        ("ends", _number(first), programme.days - 1, _number(last)),
    ]
    return steps, last


def _season(programme: ProofSeasonal) -> date:
    first, last = _named_day(programme.first_day), _named_day(programme.last_day)
    if not 0 <= (last - first).days <= 365:
        raise ValueError("no such season")
    return last


def _named_day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _number(day: date) -> int:
    return int(day.strftime("%Y%m%d"))


def _midnight_after(day: date, zone: str) -> datetime:
    return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
