"""The decision: facts and programmes in, one offer out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from regulars_marketing._decide_gifts import Moment, prove_gift
from regulars_marketing._facts import Fact
from regulars_marketing._known import NOTHING, Known
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import (
    NextStep,
    Proof,
    ProofFact,
    ProofGift,
    ProofLadder,
    ProofTier,
    ProofWelcomeProgramme,
    ProofWholesale,
    Scope,
    Step,
    sealed,
)

_Rank: TypeAlias = tuple[int, bool, bool]
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Decision:
    """What an account is offered in its shop.

    ``percent`` is in hundredths, 0 where it is an ``amount`` (minor units of ``currency``, both None then
    where it is not), or nothing yet; ``document`` is the proof as it is stored. ``held`` says
    in words why nothing could be decided; an offer that the account had then stays, so long as its programme
    is among ``standing``, the keys of those that stand in the shop now and apply to the account.
    """

    programme_key: str
    programme_version: int
    level: str
    percent: int
    amount: int | None
    currency: str | None
    valid_until: datetime | None
    proof: Proof
    document: dict[str, Any]
    held: str | None
    standing: tuple[str, ...]


def decide(
    facts: Sequence[Fact],
    programmes: Sequence[StoredProgramme],
    shop: str,
    now: datetime,
    *,
    currency: str | None = None,
    scope: Scope = "person",
    welcome: bool = False,
    known: Known = NOTHING,
    zone: ZoneInfo = _UTC,
) -> Decision | None:
    """The offer for an account in the shop of this name; None where no programme stands that applies to it.

    ``currency`` is the shop's, None where it is not known: what has sums in another one does not stand there.

    ``facts`` are what counts: the person's, or where the ``scope`` is "account" that account's own, and
    nothing else is known here. ``welcome`` says that the account is the one that has its person's welcome,
    ``known`` what else is known for it; ``zone`` is the shop's, whose days count. Of those that give
    something the one of higher priority wins; then that without conditions (goods, a smallest order); a
    percent before an amount; the higher; the smallest key. Where a programme cannot be decided for want of a
    rate nothing is, unless one wins whatever that would have given.
    """
    standing = standing_programmes(programmes, shop, now, currency=currency)
    return decide_among(facts, standing, Moment(now, zone), scope=scope, welcome=welcome, known=known)


def standing_programmes(
    programmes: Sequence[StoredProgramme], shop: str, now: datetime, *, currency: str | None
) -> tuple[StoredProgramme, ...]:
    """Those that are on and stand in the shop of this name and currency now, by key."""
    standing = (
        each
        for each in programmes
        if each.enabled
        and each.programme.stands(shop=shop, now=now)
        and each.programme.bound_to in {None, currency}
    )
    return tuple(sorted(standing, key=lambda each: each.key))


def decide_among(
    facts: Sequence[Fact],
    standing: Sequence[StoredProgramme],
    at: Moment,
    *,
    scope: Scope,
    welcome: bool,
    known: Known,
) -> Decision | None:
    """`decide` with the programmes that stand, by key."""
    welcomed = welcome and not facts
    applicable = [each for each in standing if welcomed or each.programme.kind != "welcome"]
    worked = [(each, _prove(facts, each, at, scope, known)) for each in applicable]
    proofs = [(_rank(each), proof) for each, proof in worked if proof is not None]
    if not proofs:
        return None
    best = min(proofs, key=_order)
    undecided = (each for each in proofs if each[1].no_rate and not (_gives(best[1]) and best[0] < each[0]))
    _, chosen = next(undecided, best)
    return _offered(chosen, tuple(proof.programme.key for _, proof in proofs))


def _rank(stored: StoredProgramme) -> _Rank:
    """The place of a programme among others, whatever it gives to whom; lower is before."""
    rules = stored.programme
    return -rules.priority, rules.goods is not None or rules.minimum is not None, rules.in_amounts


def _order(each: tuple[_Rank, Proof]) -> tuple[object, ...]:
    rank, proof = each
    return not _gives(proof), *rank, -proof.percent, -proof.amount, proof.programme.key


def _gives(proof: Proof) -> bool:
    return bool(proof.percent or proof.amount)


def _offered(proof: Proof, standing: tuple[str, ...]) -> Decision:
    proof, document = sealed(proof)
    return Decision(
        programme_key=proof.programme.key,
        programme_version=proof.programme.version,
        level=proof.level,
        percent=proof.percent,
        amount=proof.amount or None,
        currency=proof.programme.currency if proof.amount else None,
        valid_until=proof.programme.valid_until,
        proof=proof,
        document=document,
        held=_no_rate(proof.programme, proof.no_rate) if isinstance(proof.programme, ProofLadder) else None,
        standing=standing,
    )


def _prove(
    facts: Sequence[Fact], stored: StoredProgramme, at: Moment, scope: Scope, known: Known
) -> Proof | None:
    """The proof of what a programme gives; None where it is not for this account at that moment."""
    programme, audience = stored.stated, stored.programme.audience
    if stored.key in known.held_out or (audience is not None and stored.key not in known.audiences):
        return None
    if isinstance(programme, ProofWelcomeProgramme):
        return _welcoming(programme, scope)
    if isinstance(programme, ProofWholesale):
        wanted = known.company or audience is not None
        return _wholesale(programme, facts, scope, known) if wanted else None
    if isinstance(programme, ProofGift):
        return prove_gift(programme, facts, known, at, scope)
    used = tuple(
        ProofFact(
            currency=fact.currency, orders=fact.orders, goods=fact.goods, refunded=fact.refunded, net=fact.net
        )
        for fact in sorted(facts, key=lambda fact: fact.currency)
    )
    counted = next((fact.net for fact in used if fact.currency == programme.currency), 0)
    no_rate = tuple(fact.currency for fact in used if fact.currency != programme.currency and fact.net != 0)
    if no_rate:
        return _undecided(used, programme, scope, counted, no_rate)
    return _decided(used, programme, scope, counted)


def _welcoming(programme: ProofWelcomeProgramme, scope: Scope) -> Proof:
    return Proof(
        programme=programme,
        scope=scope,
        facts=(),
        no_rate=(),
        counted=0,
        steps=(),
        reached=None,
        next_step=None,
        percent=programme.percent,
        amount=programme.amount,
    )


def _wholesale(programme: ProofWholesale, facts: Sequence[Fact], scope: Scope, known: Known) -> Proof:
    counted = known.spent_365d if programme.counts == "year" else known.largest_order
    if known.currency != programme.currency:
        return _undecided((), programme, scope, 0, (known.currency,))
    if counted is None and facts:
        return _undecided((), programme, scope, 0, _foreign(facts, programme.currency))
    return _decided((), programme, scope, counted or 0)


def _foreign(facts: Sequence[Fact], currency: str) -> tuple[str, ...]:
    """The other currencies than this one; it itself where there is no other."""
    return tuple(sorted({fact.currency for fact in facts} - {currency})) or (currency,)


def _undecided(
    used: tuple[ProofFact, ...],
    programme: ProofLadder,
    scope: Scope,
    counted: int,
    no_rate: tuple[str, ...],
) -> Proof:
    return Proof(
        programme=programme,
        scope=scope,
        facts=used,
        no_rate=no_rate,
        counted=counted,
        steps=(),
        reached=None,
        next_step=None,
        percent=0,
        amount=0,
    )


def _decided(used: tuple[ProofFact, ...], programme: ProofLadder, scope: Scope, counted: int) -> Proof:
    reached = next((tier for tier in reversed(programme.tiers) if counted >= tier.threshold), None)
    above = next((tier for tier in programme.tiers if counted < tier.threshold), None)
    return Proof(
        programme=programme,
        scope=scope,
        facts=used,
        no_rate=(),
        counted=counted,
        steps=_steps(used, programme, counted, above),
        reached=reached,
        next_step=_next(above, counted) if above else None,
        percent=reached.percent if reached else 0,
        amount=reached.amount if reached else 0,
    )


def _steps(
    used: tuple[ProofFact, ...], programme: ProofLadder, counted: int, above: ProofTier | None
) -> tuple[Step, ...]:
    net = [
        Step(name="net", left=fact.goods, right=fact.refunded, result=fact.net)
        for fact in used
        if fact.currency == programme.currency
    ]
    tiers = [
        Step(name="tier", left=counted, right=tier.threshold, result=int(counted >= tier.threshold))
        for tier in programme.tiers
    ]
    missing = (
        [Step(name="missing", left=above.threshold, right=counted, result=above.threshold - counted)]
        if above
        else []
    )
    return (*net, *tiers, *missing)


def _next(above: ProofTier, counted: int) -> NextStep:
    return NextStep(
        missing=above.threshold - counted, percent=above.percent, amount=above.amount, level=above.level
    )


def _no_rate(programme: ProofLadder, currencies: Sequence[str]) -> str | None:
    if not currencies:
        return None
    pairs = " and ".join(f"from {currency} to {programme.currency}" for currency in currencies)
    return (
        f"No rate {pairs}: programme {programme.key} cannot count what was bought in "
        f"{' and '.join(currencies)}, so the offer stays as it was until the rate is known."
    )
