"""From stored offers to what a connector is asked to bring into its shop."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars_connectors import AccountOffer, Mechanism, TargetDocument
from regulars_marketing import Proof, next_step, sentence
from regulars_store import GrantRow, OfferedAccount, Shop

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Lower case, since WooCommerce folds codes; without 0, 1, i, l and o, which shoppers mistype."""
WELCOME = "welcome"
"""The kind of programme whose discount is for one order only."""
CODE_LENGTH = 12
"""31^12 is about 2^59: with a million live codes a guess hits one in 6 * 10^11."""


def new_code() -> str:
    """An unguessable personal code. It is stored before it is used and stays with its account."""
    return "reg-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


@dataclass(frozen=True, slots=True)
class GrantChanges:
    """What planning does to the grants: new ones, planned ones whose percent moved, and planned ones that
    the given one makes needless again, or another kind of programme."""

    new: Sequence[Mapping[str, Any]]
    changed: Mapping[str, int]
    dropped: Sequence[str]


def code_of(held: Mapping[str, GrantRow], *, once: bool) -> str:
    """The code of an account that holds these grants; a new one where none of them is of this kind.

    A code for one order is used up by it, also where it served any number of orders in between: it is never
    made one without a limit, nor such a one a code for one order.
    """
    fitting = (grant.code for grant in held.values() if (grant.kind == WELCOME) is once)
    return next(fitting, "") or new_code()


def is_once(offered: OfferedAccount) -> bool:
    """Whether the offer serves one order only."""
    return bool(offered.proof["programme"]["kind"] == WELCOME)


def language_of(shop: Shop) -> str:
    """The language its shoppers read: the shop's option ``language``, else English."""
    return str(shop.options.get("language", "en"))


def choose_mechanism(mechanisms: Sequence[Mechanism], wanted: AccountOffer) -> Mechanism | None:
    """The cheapest that serves this offer, None where none does; connectors name them cheapest first."""
    return next((one for one in mechanisms if one.serves(wanted)), None)


def ways_of(mechanisms: Sequence[Mechanism]) -> str:
    """The ways into a shop as they are kept with a plan: once they are others, everybody is planned anew."""
    return ", ".join(one.name for one in mechanisms)


def account_offer(offered: OfferedAccount, code: str, *, language: str) -> AccountOffer:
    """A stored offer in the words of the connector contract."""
    proof = Proof.model_validate(offered.proof)
    return AccountOffer(
        account=offered.external_id,
        registered=offered.registered,
        email=offered.email_folded,
        percent=Decimal(offered.percent).scaleb(-2),
        level=offered.level,
        code=code,
        sentence=sentence(proof, language=language),
        next_step=next_step(proof, language=language),
        valid_until=offered.valid_until,
        once=is_once(offered),
    )


@dataclass(frozen=True, slots=True)
class Desired:
    """How the shop shall read for an account, and by which mechanism; no documents where it has no discount
    or no mechanism serves it."""

    documents: Sequence[TargetDocument] = ()
    mechanism: Mechanism | None = None


def desired_documents(
    offered: OfferedAccount, code: str, mechanisms: Sequence[Mechanism], *, language: str
) -> Desired:
    """How the shop shall read for this account: by one mechanism, so that no account has two discounts."""
    if offered.percent <= 0:
        return Desired()
    wanted = account_offer(offered, code, language=language)
    chosen = choose_mechanism(mechanisms, wanted)
    return Desired() if chosen is None else Desired(chosen.documents(wanted), chosen)


def grant_changes(
    served: Sequence[tuple[OfferedAccount, str]],
    grants: Mapping[str, Mapping[str, GrantRow]],
    *,
    shop: Shop,
    now: datetime,
) -> GrantChanges:
    """The grants that must exist before their codes are sent. ``served`` pairs accounts with their codes;
    ``grants`` holds each account's active ones by state."""
    new: list[Mapping[str, Any]] = []
    changed: dict[str, int] = {}
    dropped: list[str] = []
    for offered, code in served:
        held = grants.get(offered.id, {})
        planned, given = held.get("planned"), held.get("given")
        if given is not None and (given.percent, given.code) == (offered.percent, code):
            dropped += [planned.id] if planned else []
        elif planned is None or planned.code != code:
            dropped += [planned.id] if planned else []
            new.append(_grant_row(offered, code, shop=shop, now=now))
        elif planned.percent != offered.percent:
            changed[planned.id] = offered.percent
    return GrantChanges(new, changed, dropped)


def _grant_row(offered: OfferedAccount, code: str, *, shop: Shop, now: datetime) -> Mapping[str, Any]:
    return {
        "id": secrets.token_hex(8),
        "account_id": offered.id,
        "shop_id": shop.id,
        "programme_key": offered.programme_key,
        "programme_version": offered.programme_version,
        "code": code,
        "percent": offered.percent,
        "state": "planned",
        "given_at": now,
    }
