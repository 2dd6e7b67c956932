"""What a customer holds and ever held, on the card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from regulars_agent import HeldGrant, PersonCard
from wagtail_regulars._card_teller import Teller
from wagtail_regulars._moments import showable
from wagtail_regulars._wording import GRANT_STATES, Words, discount, money, said


@dataclass(frozen=True, slots=True)
class UseView:
    """An order that used it, by its number; ``discount``: what it took off, where that is known."""

    order: str
    at: datetime
    discount: str


@dataclass(frozen=True, slots=True)
class GrantView:
    """A code, coupon or card of this customer. ``why``: what gave it, or that it was attached by hand, by
    whom; ``until``: its end, of what is over by itself or taken away that day. ``own`` can be withdrawn."""

    id: str
    account: str
    code: str
    discount: str
    state: Words
    active: bool
    why: str
    given_at: datetime
    until: datetime | None
    uses: Sequence[UseView]
    own: bool


def grants_of(record: PersonCard, tell: Teller) -> list[GrantView]:
    """The newest first."""
    numbers = {row["id"]: row["number"] for row in record.orders}
    return [_grant(grant, tell, numbers) for grant in record.grants]


def _grant(grant: HeldGrant, tell: Teller, numbers: Mapping[str, str]) -> GrantView:
    by_hand = grant.kind == "by_hand"
    row: dict[str, Any] = {name: getattr(grant, name) for name in ("amount", "currency", "percent")}
    return GrantView(
        id=grant.id,
        account=tell.account(grant.account_id),
        code=tell.text(grant.code) if by_hand else grant.code,
        discount=discount(row),
        state=said(GRANT_STATES, grant.state),
        active=grant.active,
        why=_why(grant),
        given_at=grant.given_at,
        until=grant.valid_until if grant.state in {"given", "expired", "planned"} else grant.withdrawn_at,
        uses=[
            UseView(
                order=numbers.get(use.order) or use.order.partition(":")[2],
                at=showable(use.at),
                discount=money(use.discount, use.currency) if use.discount else "",
            )
            for use in grant.uses
        ],
        own=by_hand and grant.active and not grant.programme_key,
    )


def _why(grant: HeldGrant) -> str:
    titles = _("%(title)s, version %(version)s") % {
        "title": grant.title or grant.programme_key,
        "version": grant.programme_version,
    }
    if grant.kind != "by_hand":
        return titles
    attached = _("attached by hand: %(who)s") % {"who": grant.who}
    return f"{titles}; {attached}" if grant.programme_key else attached
