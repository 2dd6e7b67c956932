"""What a shop's account may be shown of its offer: one statement, for the storefront."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, select

from regulars_mapping import ownership
from regulars_store._gifts import Gift, stated_terms
from regulars_store._ownership_proof import is_proven
from regulars_store._push_strays import PROFILE
from regulars_store._shops import checks_emails
from regulars_store._tables_derived import account, offer
from regulars_store._tables_inputs import grant, programme, push_state, shop


@dataclass(frozen=True, slots=True)
class AccountOffering:
    """The offer for an account, and what its shop has confirmed of it.

    ``confirmed`` is what works in the shop now, and ``as_offered`` whether that is what is offered, on the
    terms of the offer; ``code`` is the code that gives it, empty where there is none or the discount needs
    none. Both are this account's own, never another's.
    """

    gift: Gift
    level: str
    valid_until: datetime | None
    proof: Mapping[str, Any]
    confirmed: Gift
    as_offered: bool
    code: str

    @property
    def percent(self) -> int:
        """The percent offered, in hundredths; 0 for an amount, or nothing."""
        return self.gift.percent

    def __repr__(self) -> str:
        return f"AccountOffering({self.percent}, {self.confirmed.percent})"


def account_offering(connection: Connection, shop_id: int, external_id: str) -> AccountOffering | None:
    """The offering for a registered account of a connected shop; one statement.

    None where the shop has no such account (any more), only a guest of that id, or no offer for it. Nor is
    there one that was made for another person than the account's, or from all of a person's purchases for an
    account that may be a stranger's: such a one is about to be computed anew. A grant
    counts while something of the account's still stands in the shop, its code while it stands there itself.
    """
    row = connection.execute(_reading(f"{shop_id}:{external_id}")).first()
    return _offering(row) if row is not None and _reaches(row) else None


def _reading(account_id: str) -> Select[Any]:
    # Everything is found by an id of its own: without statistics SQLite would walk through the whole shop.
    ours = and_(grant.c.account_id == account.c.id, grant.c.programme_key != "")
    given = and_(ours, grant.c.state == "given", _standing())
    version = and_(programme.c.key == grant.c.programme_key, programme.c.version == grant.c.programme_version)
    coded = _standing(push_state.c.target_key == grant.c.code)
    columns: tuple[ColumnElement[Any], ...] = (
        offer.c.percent,
        offer.c.amount,
        offer.c.currency,
        offer.c.level,
        offer.c.valid_until,
        offer.c.proof,
        grant.c.percent.label("given_percent"),
        grant.c.amount.label("given_amount"),
        grant.c.currency.label("given_currency"),
        programme.c.definition,
        grant.c.code,
        coded.label("coded"),
        offer.c.scope,
        account.c.email_verified,
        is_proven().label("proven"),
        shop.c.options,
    )
    return (
        select(*columns)
        .select_from(account)
        .join(shop, shop.c.id == account.c.shop_id)
        .join(offer, (offer.c.id == account.c.id) & (offer.c.person_id == account.c.person_id))
        .outerjoin(grant, given)
        .outerjoin(programme, version)
        .where(account.c.id == account_id, account.c.registered, ~account.c.gone, shop.c.removed_at.is_(None))
        .order_by(grant.c.given_at.desc().nulls_last())
        .limit(1)
    )


def _offering(row: Row[Any]) -> AccountOffering:
    gift = Gift(row.percent, row.amount, row.currency)
    confirmed = Gift(row.given_percent or 0, row.given_amount, row.given_currency)
    same_terms = stated_terms(row.definition or {}) == stated_terms(row.proof.get("programme", {}))
    return AccountOffering(
        gift=gift,
        level=row.level,
        valid_until=row.valid_until,
        proof=row.proof,
        confirmed=confirmed,
        as_offered=gift == confirmed and (same_terms or not gift),
        code=row.code if row.coded else "",
    )


def _reaches(row: Row[Any]) -> bool:
    """Whether the offer's scope is one that the account's ownership allows now."""
    if row.scope == "account":
        return True
    return ownership(
        email_verified=row.email_verified,
        checks_emails=checks_emails(row.options),
        confirmed_by_mail=row.proven,
    ).known


def _standing(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the shop has confirmed a target of the account that has not gone since."""
    mine = (push_state.c.account_id == account.c.id, push_state.c.target_kind != PROFILE)
    return exists().where(*mine, *conditions)
