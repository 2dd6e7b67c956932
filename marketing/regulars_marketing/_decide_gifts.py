"""What programmes of certain days give: one discount while its window is open. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from regulars_marketing._facts import Fact
from regulars_marketing._known import Known
from regulars_marketing._proof import (
    Proof,
    ProofBirthday,
    ProofGift,
    ProofPersonal,
    ProofSeasonal,
    ProofWinback,
    Scope,
    Step,
)
from regulars_marketing._window import Window, birthday_window, season_window, winback_window


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a decision (aware), and the zone whose days count: the shop's."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day there."""
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        """The day there of an aware moment."""
        return moment.astimezone(self.zone).date()


def prove_gift(
    programme: ProofGift, facts: Sequence[Fact], known: Known, at: Moment, scope: Scope
) -> Proof | None:
    """The proof of what it gives; None where it gives nothing to this account at that moment."""
    if isinstance(programme, ProofPersonal):
        return _given(programme, scope, ()) if programme.key in known.by_hand else None
    window = _window(programme, facts, known, at)
    if window is None or not window.holds(at.today):
        return None
    closes = window.closes(at.zone)
    ends = closes if programme.until is None else min(closes, programme.until)
    return _given(replace(programme, zone=at.zone.key, valid_until=ends), scope, window.steps)


def _window(programme: ProofGift, facts: Sequence[Fact], known: Known, at: Moment) -> Window | None:
    match programme:
        case ProofBirthday():
            given = known.birthday_given_at
            return birthday_window(
                known.birth_date, programme, at.today, given=None if given is None else at.day(given)
            )
        case ProofWinback():
            return winback_window(facts, known.rhythm_days, programme, at.zone)
        case ProofSeasonal():
            return season_window(programme)
        case _:
            return None


def _given(programme: ProofGift, scope: Scope, steps: tuple[Step, ...]) -> Proof:
    return Proof(
        programme=programme,
        scope=scope,
        facts=(),
        no_rate=(),
        counted=0,
        steps=steps,
        reached=None,
        next_step=None,
        percent=programme.percent,
        amount=programme.amount,
    )
