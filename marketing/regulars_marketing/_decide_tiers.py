"""What ladders give: the tier that the counted sum reaches, or one that was lost and is kept. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from operator import attrgetter

from regulars_marketing._counted import YEAR, Counted
from regulars_marketing._decide_gifts import Moment
from regulars_marketing._draft import Draft, DraftFact, DraftStep
from regulars_marketing._facts import Fact
from regulars_marketing._known import Known
from regulars_marketing._proof import (
    ProofKept,
    ProofLadder,
    ProofTier,
    ProofTierProgramme,
    ProofWholesale,
    Scope,
)
from regulars_marketing._rates import MissingRate
from regulars_marketing._segment_dates import day_after, day_number, day_start, days_on
from regulars_marketing._tier_standing import last_kept

_REST = YEAR.days - 1


@dataclass(frozen=True, slots=True)
class Tally:
    """What tiers count of an account: the facts with their sum, or the currencies that lack a rate."""

    facts: tuple[DraftFact, ...]
    total: int
    no_rate: tuple[str, ...] = ()
    oldest: date | None = None
    """Of a year the day of the oldest purchase or refund in it."""


def tally(programme: ProofTierProgramme, facts: Sequence[Fact], known: Known, at: Moment) -> Tally:
    """What these tiers count; ``facts`` are the account's of all time."""
    own, year = _counted_in(programme, known), programme.counts == "year"
    if year:
        facts = own.facts if own else ()
    used, total, no_rate = _in_currency(facts, programme.currency, dict(own.told) if own else {})
    if not year:
        return Tally(used, total, no_rate)
    begun = (fact.first_order_at for fact in facts if fact.first_order_at is not None)
    return Tally(used, max(0, total), no_rate, min(map(at.day, begun), default=None))


def _counted_in(programme: ProofTierProgramme, known: Known) -> Counted | None:
    # An account has one shop, so one year.
    year = programme.counts == "year"
    for each in known.counted:
        if each.view.quote == programme.currency and (each.view.since is not None) == year:
            return each
    return None


def _in_currency(
    facts: Sequence[Fact], quote: str, told: Mapping[str, int | MissingRate]
) -> tuple[tuple[DraftFact, ...], int, tuple[str, ...]]:
    """The facts with what each comes to in a currency, the sum, and what lacks a rate."""
    used: list[DraftFact] = []
    no_rate, total = [], 0
    for fact in sorted(facts, key=attrgetter("currency")) if len(facts) > 1 else facts:
        amount: int | MissingRate | None = fact.net
        if fact.currency != quote:
            # Orders that came to nothing need no rate.
            amount = told.get(fact.currency, None if fact.net else 0)
        converted = amount if isinstance(amount, int) else None
        if converted is None:
            no_rate.append(fact.currency)
        total += converted or 0
        used.append((*fact[:5], converted))
    return tuple(used), total, tuple(no_rate)


def prove_tiers(
    programme: ProofTierProgramme, facts: Sequence[Fact], known: Known, at: Moment, scope: Scope
) -> Draft:
    """The proof of what tiers give."""
    made = tally(programme, facts, known, at)
    if programme.counts == "year" or programme.downgrade != "at_once":
        programme = _in_zone(programme, at.zone.key)
    if made.no_rate:
        return _undecided(made, programme, scope)
    kept = kept_tier(programme, made.total, known, at)
    if kept is not None:
        return _kept(made, programme, scope, kept, at)
    return _decided(made, programme, scope, _room(programme, known))


@lru_cache(maxsize=256)
def _in_zone(programme: ProofTierProgramme, zone: str) -> ProofTierProgramme:
    return replace(programme, zone=zone)


def kept_tier(programme: ProofTierProgramme, total: int, known: Known, at: Moment) -> ProofKept | None:
    """The tier above the one that is reached which was lost and is still kept; of several the highest for
    which there is room."""
    if programme.downgrade == "at_once" or not known.standings:
        return None
    stood = {each.level: each for each in known.standings if each.programme_key == programme.key}
    room = _room(programme, known)
    for tier in reversed(programme.tiers):
        if total >= tier.threshold:
            return None
        if (standing := stood.get(tier.level)) is None or (room is not None and tier.threshold > room):
            continue
        lost = at.today if standing.lost_at is None else at.day(standing.lost_at)
        last = last_kept(lost, programme.keeps_days)
        if last is None or at.today <= last:
            days = day_number(lost), None if last is None else day_number(last)
            return ProofKept(tier.level, tier.threshold, tier.percent, tier.amount, *days)
    return None


def prove_wholesale(programme: ProofWholesale, facts: Sequence[Fact], scope: Scope, known: Known) -> Draft:
    """The proof of what a wholesale ladder gives."""
    counted = known.spent_365d if programme.counts == "year" else known.largest_order
    if known.currency != programme.currency:
        return _undecided(Tally((), 0, (known.currency,)), programme, scope)
    if counted is None and facts:
        return _undecided(Tally((), 0, _foreign(facts, programme.currency)), programme, scope)
    # An order may cost less than nothing, by what a shop takes off it.
    return _decided(Tally((), max(0, counted or 0)), programme, scope, _room(programme, known))


def _foreign(facts: Sequence[Fact], currency: str) -> tuple[str, ...]:
    """The other currencies than this one; it itself where there is no other."""
    return tuple(sorted({fact.currency for fact in facts} - {currency})) or (currency,)


def _undecided(made: Tally, programme: ProofLadder, scope: Scope) -> Draft:
    return Draft(programme, scope, 0, 0, facts=made.facts, no_rate=made.no_rate, counted=made.total)


def _room(programme: ProofLadder, known: Known) -> int | None:
    """The threshold of the highest tier for which its budget has room; None where that is not asked."""
    return dict(known.room).get(programme.key) if known.room else None


def _decided(made: Tally, programme: ProofLadder, scope: Scope, room: int | None = None) -> Draft:
    counted = made.total
    reached = above = lower = None
    for tier in programme.tiers:
        if counted < tier.threshold:
            above = tier
            break
        reached = tier
    if room is not None and reached is not None and reached.threshold > room:
        # More than that is not promised either.
        lower, above = next(tier for tier in reversed(programme.tiers) if tier.threshold <= room), None
    given = lower or reached
    return Draft(
        programme=programme,
        scope=scope,
        percent=given.percent if given else 0,
        amount=given.amount if given else 0,
        facts=made.facts,
        counted=counted,
        steps=(*_steps(made, programme), *_missing(above, counted)),
        reached=reached,
        above=above,
        room=lower,
    )


def _kept(made: Tally, programme: ProofTierProgramme, scope: Scope, kept: ProofKept, at: Moment) -> Draft:
    """What is kept is given. What comes next: that it stays, or where it does anyway, what is above it."""
    rest = programme.keeps_days or 0
    step: DraftStep = "kept", kept.lost_day, rest, kept.last_day or 0
    ends = programme.until
    if kept.last_day is not None:
        closes = day_start(day_after(date.fromisoformat(str(kept.last_day))), at.zone)
        ends = closes if ends is None else min(ends, closes)
    least = kept.threshold if kept.last_day is not None else kept.threshold + 1
    above = next((tier for tier in programme.tiers if tier.threshold >= least), None)
    draft = _decided(made, replace(programme, valid_until=ends), scope)
    steps = *_steps(made, programme), step, *_missing(above, made.total)
    return replace(draft, kept=kept, steps=steps, above=above, percent=kept.percent, amount=kept.amount)


def _steps(made: Tally, programme: ProofLadder) -> Iterator[DraftStep]:
    for currency, _, goods, refunded, net, _ in made.facts:
        if currency == programme.currency:
            yield "net", goods, refunded, net
    if made.oldest is not None:
        last = days_on(made.oldest, _REST)
        yield "year", day_number(made.oldest), _REST, day_number(last)
    total = made.total
    for tier in programme.tiers:
        yield "tier", total, tier.threshold, int(total >= tier.threshold)


def _missing(above: ProofTier | None, counted: int) -> tuple[DraftStep, ...]:
    if above is None:
        return ()
    return (("missing", above.threshold, counted, above.threshold - counted),)


def held_words(proof: Draft, known: Known) -> str | None:
    """In words why the sums could not be told, with the day of the rate that lacks; None where they were."""
    programme = proof.programme
    if not proof.no_rate or not isinstance(programme, ProofLadder):
        return None
    own = _counted_in(programme, known) if isinstance(programme, ProofTierProgramme) else None
    told = dict(own.told) if own else {}
    pairs = " and ".join(_pair(each, programme.currency, told.get(each)) for each in proof.no_rate)
    return (
        f"No rate {pairs}: programme {programme.key} cannot count what was bought in "
        f"{' and '.join(proof.no_rate)}, so nothing new is offered until the rate is known."
    )


def _pair(currency: str, quote: str, missing: int | MissingRate | None) -> str:
    day = f" for {missing.day.isoformat()}" if isinstance(missing, MissingRate) else ""
    return f"from {currency} to {quote}{day}"
