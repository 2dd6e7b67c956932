"""How an offer was worked out, in money, days and words: each line a step of its proof."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from regulars_mapping import UnmappableError, from_minor
from regulars_marketing._proof import (
    Proof,
    ProofFact,
    ProofGift,
    ProofSeasonal,
    ProofTierProgramme,
    ProofWholesale,
    ProofWinback,
    Step,
)

_RATE_DIGITS = 6


def arithmetic(proof: Proof) -> list[str]:
    """How one programme's proof was worked out, in the owner's words, a line a step; in English."""
    programme = proof.programme
    if isinstance(programme, ProofTierProgramme | ProofWholesale):
        return [*_counted(proof), *(_ladder_step(step, proof) for step in _told(proof)), *_room(proof)]
    if isinstance(programme, ProofSeasonal):
        return [f"from {_day(programme.first_day)} up to and including {_day(programme.last_day)}"]
    if isinstance(programme, ProofGift):
        work = _winback_step if isinstance(programme, ProofWinback) else _birthday_step
        return [work(step) for step in proof.steps]
    return ["registered, and nothing bought yet in any shop"]


def _told(proof: Proof) -> Iterator[Step]:
    """The steps but for the nets, which are told with what was bought."""
    return (step for step in proof.steps if step.name != "net")


def _counted(proof: Proof) -> Iterator[str]:
    programme = proof.programme
    quote = programme.currency or ""
    if isinstance(programme, ProofWholesale):
        what = "within 365 days" if programme.counts == "year" else "in the largest order"
        lacks = f"no rate from {' and '.join(proof.no_rate)} to {quote}"
        yield lacks if proof.no_rate else f"bought {what}: {_sum(proof.counted, quote)}"
        return
    yield from (_bought(fact, quote) for fact in proof.facts)
    if not proof.facts:
        yield "nothing bought"
    elif len(proof.facts) > 1 and not proof.no_rate:
        yield f"together {_sum(proof.counted, quote)}"


def _bought(fact: ProofFact, quote: str) -> str:
    said = f"bought {_sum(fact.goods, fact.currency)}"
    if fact.refunded:
        said = f"{said}, {_bare(fact.refunded, fact.currency)} given back: {_sum(fact.net, fact.currency)}"
    if fact.currency == quote:
        return said
    if fact.converted is None:
        return f"{said}, for which a rate to {quote} is missing"
    return f"{said}{_rate(fact, quote)} = {_sum(fact.converted, quote)}"


def _rate(fact: ProofFact, quote: str) -> str:
    """By what rate, which is that of one day only where there was one order."""
    if not fact.net:
        return ""
    try:
        asked, told = from_minor(fact.net, fact.currency), from_minor(fact.converted or 0, quote)
    except UnmappableError:
        return ""
    rate = f"{(told / asked).normalize():.{_RATE_DIGITS}g}"
    return f" at {rate}" if fact.orders == 1 else f" at {rate} on average"


def _ladder_step(step: Step, proof: Proof) -> str:
    quote = proof.programme.currency or ""
    match step.name:
        case "tier":
            level = _levels(proof).get(step.right, "")
            left, right = _bare(step.left, quote), _bare(step.right, quote)
            return f"{left} >= {right}: {level}" if step.result else f"{left} < {right}: not {level}"
        case "missing":
            level = proof.next_step.level if proof.next_step else ""
            return f"{_sum(step.result, quote)} more for {level}"
        case "year":
            return f"within 365 days; the oldest is of {_day(step.left)} and counts until {_day(step.result)}"
        case "kept":
            level = proof.kept.level if proof.kept else ""
            until = f"up to and including {_day(step.result)}" if step.result else "for good"
            return f"{level} was lost on {_day(step.left)} and is kept {until}"
        case _:
            return _as_it_is(step)


def _room(proof: Proof) -> Iterator[str]:
    if proof.room is not None:
        yield f"the budget has no room for more than {proof.room.level}"


def _levels(proof: Proof) -> Mapping[int, str]:
    tiers = getattr(proof.programme, "tiers", ())
    return {tier.threshold: tier.level for tier in tiers}


def _birthday_step(step: Step) -> str:
    match step.name:
        case "day":
            born = f"{step.left // 100:02}-{step.left % 100:02}"
            return f"born on {born}: in {step.right} that is {_day(step.result)}"
        case "begins":
            return f"from {_day(step.result)}, {_days(step.right)} before"
        case "ends":
            return f"up to and including {_day(step.result)}, {_days(step.right)} after"
        case _:
            return _as_it_is(step)


def _winback_step(step: Step) -> str:
    match step.name:
        case "rhythm":
            times = f"{Decimal(step.right) / 100:f}"
            return f"usually {_days(step.left)} between orders, x {times} = {_days(step.result)}"
        case "least":
            return f"no fewer than {_days(step.right)}: {_days(step.result)}"
        case "fallback":
            return f"no usual time between orders yet: {_days(step.result)}"
        case "begins":
            return f"from {_day(step.result)}, {_days(step.right)} after the last order of {_day(step.left)}"
        case "ends":
            return f"up to and including {_day(step.result)}, {_days(step.right + 1)} in all"
        case _:
            return _as_it_is(step)


def _as_it_is(step: Step) -> str:
    """What no programme of this kind should have, as in a proof that is wrong."""
    return f"{step.name}: {step.left}, {step.right} = {step.result}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _day(number: int) -> str:
    return f"{number // 10_000:04}-{number // 100 % 100:02}-{number % 100:02}"


def _bare(amount: int, currency: str) -> str:
    try:
        return f"{from_minor(amount, currency):,}"
    except UnmappableError:
        return f"{amount:,} of the smallest unit"


def _sum(amount: int, currency: str) -> str:
    return f"{_bare(amount, currency)} {currency}"
