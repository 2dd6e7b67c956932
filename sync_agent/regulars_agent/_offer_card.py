"""A person's offers as they stand, each with what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

import regulars_store as store
from regulars_agent._identity_sides import side_of
from regulars_agent._offers import language_of
from regulars_agent._proof_check import ProofCheck, check_persons
from regulars_agent._workspace import Workspace
from regulars_marketing import Proof, next_step, read_proof, reason, terms, unreadable
from regulars_marketing._proof import Step

offer = store.tables.offer


@dataclass(frozen=True, slots=True)
class ShownPart:
    """What one programme of a sum gives alone, in hundredths of a percent, by which steps, and up to how much
    it lets the sum be."""

    programme: str
    version: int
    level: str
    percent: int
    cap: int | None
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An account's offer: what it says in words (``reason`` with ``terms``, and the ``next_step``), whose
    purchases count (``scope``), why it is kept as it was (``held``), and the proof as it is stored: ``{}``
    where it cannot be read, which then is what ``reason`` says.
    ``parts`` are the programmes of a sum, none where one gives alone."""

    account: str
    shop: str
    programme: str
    version: int
    level: str
    reason: str
    terms: str
    next_step: str
    scope: str
    valid_until: datetime | None
    held: str | None
    proof: Mapping[str, Any]
    parts: Sequence[ShownPart] = ()


@dataclass(frozen=True, slots=True)
class ShownOffers:
    """The offers of a person, or of one of their accounts, and what a check of them found."""

    person: str
    offers: Sequence[ShownOffer]
    check: ProofCheck


def show_offers(workspace: Workspace, person: str) -> ShownOffers:
    """The offers of a person, checked; an account's id means that account's alone. Raises as ``side_of``."""
    with workspace.store.read() as connection:
        side = side_of(connection, person)
        shops = {shop.id: shop for shop in store.every_shop(connection)}
        query = select(offer).where(offer.c.person_id == side.person).order_by(offer.c.id)
        rows = [dict(row) for row in connection.execute(query).mappings()]
    one = person.strip() in side.accounts
    shown = [_shown(row, shops[row["shop_id"]]) for row in rows if not one or row["id"] == side.account]
    return ShownOffers(side.person, shown, check_persons(workspace, [side.person]))


def _shown(row: Mapping[str, Any], shop: store.Shop) -> ShownOffer:
    proof, language = read_proof(row["proof"]), language_of(shop)
    said: dict[str, Any] = {"reason": unreadable(row["person_id"]), "terms": "", "next_step": "", "proof": {}}
    if proof is not None:
        said = {
            "reason": reason(proof, language=language),
            "terms": terms(proof, language=language),
            "next_step": next_step(proof, language=language),
            "proof": row["proof"],
            "parts": [_part(each) for each in proof.parts] if proof.added else [],
        }
    return ShownOffer(
        account=row["id"],
        shop=shop.name,
        programme=row["programme_key"],
        version=row["programme_version"],
        level=row["level"],
        scope=row["scope"],
        valid_until=row["valid_until"],
        held=row["held"],
        **said,
    )


def _part(proof: Proof) -> ShownPart:
    programme = proof.programme
    return ShownPart(programme.key, programme.version, proof.level, proof.percent, proof.cap, proof.steps)
