"""The verifier of ladders: recomputes what their tiers give from the proof alone.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from regulars_marketing._proof import Proof, ProofKept, ProofTier, ProofTierProgramme, ProofWholesale

_Ladder = ProofTierProgramme | ProofWholesale
_COUNTS = ("all", "year")
_MOST_KEPT = 366
_YEAR = 365


def verify_ladder(proof: Proof, programme: _Ladder) -> Iterator[str]:
    """Every contradiction in the proof of such a programme, in words."""
    yield from _tiers(programme)
    if isinstance(programme, ProofWholesale):
        yield from _counted_wholesale(proof)
    else:
        yield from _counted(proof, programme)
        yield from _policy(proof, programme)
    try:
        for check in (_kept, _outcome, _next, _arithmetic):
            yield from check(proof, programme)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        yield "the days of the offer are none of the calendar"


def _tiers(programme: _Ladder) -> Iterator[str]:
    if not programme.tiers:
        yield "the programme has no tiers"
    for lower, upper in pairwise(programme.tiers):
        rises = lower.amount < upper.amount if upper.amount else lower.percent < upper.percent
        if not (lower.threshold < upper.threshold and rises):
            yield f"the tier from {upper.threshold} does not rise above the one from {lower.threshold}"
    if any(not _may_be_given(tier) or tier.threshold < 1 for tier in programme.tiers):
        yield "a tier has a percent, an amount or a threshold that no programme may have"
    if len({tier.amount > 0 for tier in programme.tiers}) > 1:
        yield "some tiers have a percent and some an amount"


def _may_be_given(tier: ProofTier) -> bool:
    return (0 < tier.percent <= 10_000 and tier.amount == 0) or (tier.percent == 0 and tier.amount > 0)


def _counted(proof: Proof, programme: ProofTierProgramme) -> Iterator[str]:
    counted = 0
    for fact in proof.facts:
        if fact.currency == programme.currency and fact.converted != fact.goods - fact.refunded:
            yield f"{fact.currency}: {fact.converted} is counted of net {fact.net}"
        counted += fact.converted or 0
    if programme.counts == "year" and counted < 0:
        counted = 0
    if proof.counted != counted:
        yield f"counted {proof.counted} is not {counted}, the net spend in {programme.currency}"
    lacking = [fact.currency for fact in proof.facts if fact.converted is None]
    if list(proof.no_rate) != lacking:
        yield f"without a rate are {', '.join(lacking) or 'none'}, not {', '.join(proof.no_rate) or 'none'}"


def _counted_wholesale(proof: Proof) -> Iterator[str]:
    if proof.facts:
        yield "a wholesale ladder counts a figure of the profile, yet purchases are named"
    if proof.counted < 0 or (proof.no_rate and proof.counted):
        yield f"counted {proof.counted} is no sum that could be counted"


def _policy(proof: Proof, programme: ProofTierProgramme) -> Iterator[str]:
    days = programme.keeps_days
    if programme.counts not in _COUNTS:
        yield f"what the programme counts, {programme.counts}, is not known to this verifier"
    if programme.downgrade == "after":
        if days is None or not 1 <= days <= _MOST_KEPT:
            yield "the programme keeps lost tiers for a number of days that none may keep them for"
    elif days is not None or programme.downgrade not in {"at_once", "never"}:
        yield "the programme keeps lost tiers in a way that is not known to this verifier"
    if (programme.counts == "year" or programme.downgrade != "at_once") and not programme.zone:
        yield "days count, yet nothing says in which zone"
    yield from _ends(proof.kept, programme)


def _ends(kept: ProofKept | None, programme: ProofTierProgramme) -> Iterator[str]:
    due = programme.until
    if kept is not None and kept.last_day is not None:
        try:
            ends = _midnight_after(_day(kept.last_day), programme.zone)
        except (ValueError, OverflowError, ZoneInfoNotFoundError):
            return
        due = ends if due is None or ends < due else due
    if programme.valid_until != due:
        yield f"the offer ends {due}, not {programme.valid_until}"


def _kept(proof: Proof, programme: _Ladder) -> Iterator[str]:
    kept = proof.kept
    if kept is None:
        return
    if isinstance(programme, ProofWholesale) or programme.downgrade == "at_once" or proof.no_rate:
        yield "a tier is kept that the programme does not keep"
        return
    if (kept.level, kept.threshold, kept.percent, kept.amount) not in [
        (tier.level, tier.threshold, tier.percent, tier.amount) for tier in programme.tiers
    ]:
        yield f"no tier from {kept.threshold} is what is kept"
    if kept.threshold <= proof.counted:
        yield f"the tier from {kept.threshold} is reached, yet it is kept"
    last = None
    if programme.keeps_days is not None:
        last = _number(_day(kept.lost_day) + timedelta(days=programme.keeps_days))
    _day(kept.lost_day)
    if kept.last_day != last:
        yield f"the last day on which it is kept is {last}, not {kept.last_day}"


def _outcome(proof: Proof, programme: _Ladder) -> Iterator[str]:
    reached: ProofTier | None = None
    for tier in () if proof.no_rate else programme.tiers:
        if proof.counted >= tier.threshold:
            reached = tier
    if proof.reached != reached:
        yield f"the tier reached is {_named(reached)}, not {_named(proof.reached)}"
    if (room := proof.room) is not None:
        below = reached is not None and room.threshold < reached.threshold
        if not below or room not in programme.tiers or proof.kept is not None:
            yield f"there is room for {_named(room)}, which is no tier below the one that is reached"
    given = proof.room or proof.kept or reached
    percent, amount = (0, 0) if given is None else (given.percent, given.amount)
    if proof.percent != percent:
        yield f"the percent is {percent} hundredths, not {proof.percent}"
    if proof.amount != amount:
        yield f"the amount is {amount}, not {proof.amount}"


def _above(proof: Proof, programme: _Ladder) -> ProofTier | None:
    """What comes next: the lowest tier that is not reached; that which is kept for some days; or what is
    above the one that is kept for good. Nothing where the budget has no room for more."""
    if proof.no_rate or proof.room is not None:
        return None
    beyond = proof.counted
    if proof.kept is not None:
        beyond = proof.kept.threshold - (proof.kept.last_day is not None)
    above = [tier for tier in programme.tiers if tier.threshold > beyond]
    return min(above, key=lambda tier: tier.threshold) if above else None


def _next(proof: Proof, programme: _Ladder) -> Iterator[str]:
    above, step = _above(proof, programme), proof.next_step
    if above is None:
        if step is not None:
            yield "there is no next step, yet one is named"
        return
    expected = (above.threshold - proof.counted, above.percent, above.amount, above.level)
    named = step and (step.missing, step.percent, step.amount, step.level)
    if named != expected:
        yield f"the next step is {expected}, not {named}"


def _arithmetic(proof: Proof, programme: _Ladder) -> Iterator[str]:
    stated = [(step.name, step.left, step.right, step.result) for step in proof.steps]
    expected = [] if proof.no_rate else list(_worked(proof, programme))
    if len(stated) != len(expected):
        yield f"{len(stated)} steps are written down where the arithmetic has {len(expected)}"
    for number, (was, due) in enumerate(zip(stated, expected, strict=False), 1):
        if was != due:
            yield f"step {number} reads {was}, but it is {due}"


def _worked(proof: Proof, programme: _Ladder) -> Iterator[tuple[str, int, int, int]]:
    for fact in proof.facts:
        if fact.currency == programme.currency:
            yield ("net", fact.goods, fact.refunded, fact.goods - fact.refunded)
    if programme.counts == "year" and proof.facts:
        oldest = next((step.left for step in proof.steps if step.name == "year"), 0)
        last = min(_day(oldest).toordinal() + _YEAR - 1, date.max.toordinal())
        yield ("year", oldest, _YEAR - 1, _number(date.fromordinal(last)))
    for tier in programme.tiers:
        yield ("tier", proof.counted, tier.threshold, 1 if proof.counted >= tier.threshold else 0)
    if proof.kept is not None and isinstance(programme, ProofTierProgramme):
        yield ("kept", proof.kept.lost_day, programme.keeps_days or 0, proof.kept.last_day or 0)
    if (above := _above(proof, programme)) is not None:
        yield ("missing", above.threshold, proof.counted, above.threshold - proof.counted)


def _named(tier: ProofTier | None) -> str:
    if tier is None:
        return "none"
    given = f"an amount of {tier.amount}" if tier.amount else f"{tier.percent} hundredths"
    return f"the one from {tier.threshold} at {given}"


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)


def _number(day: date) -> int:
    return int(day.strftime("%Y%m%d"))


def _midnight_after(day: date, zone: str) -> datetime:
    return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
