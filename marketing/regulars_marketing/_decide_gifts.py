"""What programmes of certain days give: one discount while its window is open. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from regulars_marketing._draft import Draft, DraftStep, step_of
from regulars_marketing._facts import Fact
from regulars_marketing._known import Known
from regulars_marketing._proof import (
    ProofBirthday,
    ProofGift,
    ProofPersonal,
    ProofSeasonal,
    ProofWinback,
    Scope,
)
from regulars_marketing._segment_dates import day_in
from regulars_marketing._uses import is_used_up
from regulars_marketing._window import Window, birthday_window, may_be_away, season_window, winback_window

_HALF_A_YEAR = timedelta(days=180)
"""No two birthdays' days are nearer."""


@dataclass(frozen=True)
class Moment:
    """The moment of a decision (aware), and the zone whose days count: the shop's."""

    now: datetime
    zone: ZoneInfo

    @cached_property
    def today(self) -> date:
        """The day there."""
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        """The day there of an aware moment."""
        return day_in(moment, self.zone)


def prove_gift(
    programme: ProofGift, facts: Sequence[Fact], known: Known, at: Moment, scope: Scope
) -> Draft | None:
    """The proof of what it gives; None where it gives nothing to this account at that moment."""
    if isinstance(programme, ProofPersonal):
        mine = programme.key in known.by_hand
        gone = is_used_up(known.uses, programme.key, programme.orders)
        return _given(programme, scope, ()) if mine and not gone else None
    window = _window(programme, facts, known, at)
    if window is None or not window.holds(at.today):
        return None
    if known.uses and is_used_up(
        known.uses, programme.key, programme.orders, since=_counted_from(programme, window, at)
    ):
        return None
    closes = window.closes(at.zone)
    ends = closes if programme.until is None else min(closes, programme.until)
    steps = tuple(map(step_of, window.steps))
    return _given(_ending(programme, at.zone.key, ends), scope, steps)


@lru_cache(maxsize=2_048)
def _ending(programme: ProofGift, zone: str, ends: datetime) -> ProofGift:
    return replace(programme, zone=zone, valid_until=ends)


def _counted_from(programme: ProofGift, window: Window, at: Moment) -> datetime:
    """From when on a use is one of this time's. Whose birthday's days are changed meanwhile has used it."""
    opened = window.opens(at.zone)
    return opened - _HALF_A_YEAR if isinstance(programme, ProofBirthday) else opened


def _window(programme: ProofGift, facts: Sequence[Fact], known: Known, at: Moment) -> Window | None:
    match programme:
        case ProofBirthday():
            given = known.birthday_given_at
            return birthday_window(
                known.birth_date, programme, at.today, given=None if given is None else at.day(given)
            )
        case ProofWinback():
            if not may_be_away(facts, known.rhythm_days, programme, at.now):
                return None
            return winback_window(facts, known.rhythm_days, programme, at.zone)
        case ProofSeasonal():
            return season_window(programme)
        case _:
            return None


def _given(programme: ProofGift, scope: Scope, steps: tuple[DraftStep, ...]) -> Draft:
    return Draft(programme, scope, programme.percent, programme.amount, steps=steps)
