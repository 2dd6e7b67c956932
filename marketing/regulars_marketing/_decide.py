"""The decision: facts and programmes in, one offer out. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from regulars_marketing._decide_gifts import Moment, prove_gift
from regulars_marketing._decide_tiers import held_words, prove_tiers, prove_wholesale
from regulars_marketing._draft import Draft, proof_of
from regulars_marketing._facts import Fact
from regulars_marketing._known import NOTHING, Known
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import (
    Proof,
    ProofGift,
    ProofWelcomeProgramme,
    ProofWholesale,
    Scope,
)
from regulars_marketing._stacking import Option, choose, ends_at
from regulars_marketing._uses import is_used_up, orders_of

_UTC = ZoneInfo("UTC")


class Decision(NamedTuple):
    """What an account is offered in its shop.

    ``percent`` is in hundredths, 0 where it is an ``amount`` (minor units of ``currency``, both None then
    where it is not), or nothing yet; ``sealed`` is the proof as it is stored, ``draft`` what it was made of.
    ``held`` says in words why nothing could be decided; an offer that the account had then stays, so long as
    its programme is among ``standing``, the keys of those that stand in the shop now and apply to it.
    """

    programme_key: str
    programme_version: int
    level: str
    percent: int
    amount: int | None
    currency: str | None
    valid_until: datetime | None
    sealed: str
    held: str | None
    standing: tuple[str, ...]
    draft: Draft

    @property
    def proof(self) -> Proof:
        """Why it is that."""
        return proof_of(self.sealed)

    @property
    def document(self) -> dict[str, Any]:
        """The proof as it is stored, read."""
        document: dict[str, Any] = orjson.loads(self.sealed)
        return document


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
    something, and of the sums of those that add, one is chosen as `choose` says.
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
    worked = [
        (each, proof) for each in applicable if (proof := _prove(facts, each, at, scope, known)) is not None
    ]
    if not worked:
        return None
    keys = tuple([proof.programme.key for _, proof in worked])
    if len(worked) == 1:
        return _offered(worked[0][1], keys, known)
    return _offered(choose([Option.of(each, proof) for each, proof in worked]), keys, known)


def _offered(draft: Draft, standing: tuple[str, ...], known: Known) -> Decision:
    programme, amount = draft.programme, draft.amount or None
    return Decision(
        programme_key=programme.key,
        programme_version=programme.version,
        level=draft.level,
        percent=draft.percent,
        amount=amount,
        currency=programme.currency if amount else None,
        valid_until=ends_at(draft),
        sealed=draft.sealed(),
        held=held_words(draft, known),
        standing=standing,
        draft=draft,
    )


def _prove(
    facts: Sequence[Fact], stored: StoredProgramme, at: Moment, scope: Scope, known: Known
) -> Draft | None:
    """The proof of what a programme gives; None where it is not for this account at that moment."""
    programme, audience = stored.stated, stored.programme.audience
    if _is_left_out(stored, known):
        return None
    if isinstance(programme, ProofWelcomeProgramme):
        return _welcoming(programme, scope)
    if isinstance(programme, ProofWholesale):
        wanted = known.company or audience is not None
        return prove_wholesale(programme, facts, scope, known) if wanted else None
    if isinstance(programme, ProofGift):
        return prove_gift(programme, facts, known, at, scope)
    return prove_tiers(programme, facts, known, at, scope)


def _is_left_out(stored: StoredProgramme, known: Known) -> bool:
    """Whether it is not for this account: held out, without room in its budget, not in the audience, or used
    up for good (what has days of its own is asked for them)."""
    if stored.key in known.held_out or stored.key in known.full:
        return True
    if stored.programme.audience is not None and stored.key not in known.audiences:
        return True
    if not known.uses or isinstance(stored.stated, ProofGift):
        return False
    return is_used_up(known.uses, stored.key, orders_of(stored.programme))


def _welcoming(programme: ProofWelcomeProgramme, scope: Scope) -> Draft:
    return Draft(programme, scope, programme.percent, programme.amount)
