"""From stored offers to what a connector is asked to bring into its shop."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from regulars_connectors import AccountOffer, Mechanism, TargetDocument
from regulars_mapping import Goods, Money
from regulars_marketing import Proof, next_step, sentence, terms
from regulars_store import Gift, GrantRow, OfferedAccount, Shop

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Lower case, since WooCommerce folds codes; without 0, 1, i, l and o, which shoppers mistype."""
CODE_LENGTH = 12
"""31^12 is about 2^59: with a million live codes a guess hits one in 6 * 10^11."""


def new_code() -> str:
    """An unguessable personal code. It is stored before it is used and stays with its account."""
    return "reg-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


@dataclass(frozen=True, slots=True)
class GrantChanges:
    """What planning does to the grants: new ones, those that are another offer's now, by id, and planned ones
    that the given one makes needless again, or another limit."""

    new: Sequence[Mapping[str, Any]]
    changed: Mapping[str, OfferedAccount]
    dropped: Sequence[str]


def code_of(held: Mapping[str, GrantRow], *, limit: str) -> str:
    """The code of an account that holds these grants; a new one where none of them is of this limit.

    A code for a number of orders is used up by them, also where it served any number in between: it is never
    made one without a limit, nor such a one a code for some orders, nor one of another programme's.
    """
    fitting = (grant.code for grant in held.values() if grant.limit == limit)
    return next(fitting, "") or new_code()


def language_of(shop: Shop) -> str:
    """The language its shoppers read: the shop's option ``language``, else English."""
    return str(shop.options.get("language", "en"))


def choose_mechanism(mechanisms: Sequence[Mechanism], wanted: AccountOffer) -> Mechanism | None:
    """The cheapest that serves this offer, None where none does; connectors name them cheapest first."""
    return next((one for one in mechanisms if one.serves(wanted)), None)


def ways_of(mechanisms: Sequence[Mechanism]) -> str:
    """The ways into a shop as they are kept with a plan: once they are others, everybody is planned anew."""
    return ", ".join(one.name for one in mechanisms)


def account_offer(offered: OfferedAccount, code: str, goods: Goods, *, language: str) -> AccountOffer:
    """A stored offer in the words of the connector contract. ``goods`` are what it is for in its shop."""
    proof = Proof.model_validate(offered.proof)
    rules = proof.programme
    least = rules.minimum is not None and rules.currency is not None
    said = (sentence(proof, language=language), terms(proof, language=language))
    return AccountOffer(
        account=offered.external_id,
        registered=offered.registered,
        email=offered.email_folded,
        percent=Decimal(offered.percent).scaleb(-2),
        level=offered.level,
        code=code,
        sentence=" ".join(filter(None, said)),
        next_step=next_step(proof, language=language),
        valid_until=offered.valid_until,
        orders=rules.orders,
        amount=money(offered.gift),
        goods=goods,
        minimum=Money(rules.minimum or 0, rules.currency or "") if least else None,
    )


def money(gift: Gift) -> Money | None:
    """The amount of a discount, None for a percent."""
    return Money(gift.amount, gift.currency) if gift.amount and gift.currency else None


@dataclass(frozen=True, slots=True)
class Desired:
    """How the shop shall read for an account, and by which mechanism; no documents where it has no discount
    or no mechanism serves it."""

    documents: Sequence[TargetDocument] = ()
    mechanism: Mechanism | None = None


def desired_documents(
    offered: OfferedAccount,
    code: str,
    mechanisms: Sequence[Mechanism],
    *,
    goods: Goods | None,
    language: str,
) -> Desired:
    """How the shop shall read for this account: by one mechanism, so that no account has two discounts.

    ``goods`` are what the offer is for in the shop; None where there is nothing of it: then nothing is given,
    never something on everything.
    """
    if not offered.gift or goods is None:
        return Desired()
    wanted = account_offer(offered, code, goods, language=language)
    chosen = choose_mechanism(mechanisms, wanted)
    return Desired() if chosen is None else Desired(chosen.documents(wanted), chosen)


def grant_changes(
    served: Sequence[tuple[OfferedAccount, str]],
    grants: Mapping[str, Mapping[str, GrantRow]],
    *,
    settled: Collection[str] = (),
    shop: Shop,
    now: datetime,
) -> GrantChanges:
    """The grants that must exist before their codes are sent. ``served`` pairs accounts with their codes;
    ``grants`` holds each account's active ones by state. ``settled`` are the accounts for which the shop
    reads as it shall: what is given to them is so on the terms of today."""
    new: list[Mapping[str, Any]] = []
    changed: dict[str, OfferedAccount] = {}
    dropped: list[str] = []
    for offered, code in served:
        held = grants.get(offered.id, {})
        planned, given = held.get("planned"), held.get("given")
        if given is not None and _is_for(given, offered, code, settled=offered.id in settled):
            dropped += [planned.id] if planned else []
            # Until the shop has confirmed another end, the one that it knows holds.
            if offered.id in settled and _terms_of(given) != _terms_of(offered):
                changed[given.id] = offered
        elif planned is None or planned.code != code:
            dropped += [planned.id] if planned else []
            new.append(_grant_row(offered, code, shop=shop, now=now))
        elif (planned.gift, *_terms_of(planned)) != (offered.gift, *_terms_of(offered)):
            changed[planned.id] = offered
    return GrantChanges(new, changed, dropped)


def _terms_of(one: GrantRow | OfferedAccount) -> tuple[object, ...]:
    return one.terms, one.valid_until, list(one.added)


def _is_for(given: GrantRow, offered: OfferedAccount, code: str, *, settled: bool) -> bool:
    same = (given.gift, given.code) == (offered.gift, code)
    return same and (settled or given.terms == offered.terms)


def _grant_row(offered: OfferedAccount, code: str, *, shop: Shop, now: datetime) -> Mapping[str, Any]:
    return {
        "id": secrets.token_hex(8),
        "account_id": offered.id,
        "shop_id": shop.id,
        "programme_key": offered.programme_key,
        "programme_version": offered.programme_version,
        "code": code,
        "percent": offered.percent,
        "amount": offered.amount,
        "currency": offered.currency,
        "valid_until": offered.valid_until,
        "orders": offered.orders,
        "added": offered.added,
        "state": "planned",
        "given_at": now,
    }
