"""The same standing as `_consent` tells, of every address at once, in SQL for both databases."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from regulars_marketing._consent import Channel
from regulars_store import MARKETING, ConsentState, tables

Condition = ColumnElement[bool]
account, consent, edit = tables.account, tables.consent, tables.record_edit
_GRANTED, _WITHDRAWN = ConsentState.GRANTED.value, ConsentState.WITHDRAWN.value
ADDRESS_COLUMN = {Channel.EMAIL: account.c.email_folded, Channel.PHONE: account.c.phone_e164}
"""Where an account has its address of a channel, folded; empty where it has none."""
_NO = literal(value=False)
EVERYBODY: Condition = account.c.person_id.is_not(None)
"""Whose addresses: a condition on ``account.person_id``."""


def standings(channel: Channel, topic: str, *, of: Condition | None = None) -> CTE:
    """Every address that has words: (address, closed, open, opened_at). ``opened_at``: of the opt-in.

    ``of`` is a condition on ``consent.address_folded``: only the addresses that fit.
    """
    said = consent.c
    own_yes, own_no = (_last(topic, state) for state in (_GRANTED, _WITHDRAWN))
    all_yes, all_no = (_last(MARKETING, state) for state in (_GRANTED, _WITHDRAWN))
    words = (
        select(
            said.address_folded.label("address"),
            own_yes.label("own_yes"),
            own_no.label("own_no"),
            all_yes.label("all_yes"),
            all_no.label("all_no"),
        )
        .where(said.address_kind == channel.value, said.purpose.in_(sorted({topic, MARKETING})))
        .where(said.state.in_([_GRANTED, _WITHDRAWN]), true() if of is None else of)
        .group_by(said.address_folded)
        .subquery()
    )
    last = words.c
    own_closed = _holds(last.own_no, last.own_yes)
    overruled = and_(last.own_yes.is_not(None), last.own_yes > last.all_no)
    closed = or_(own_closed, and_(_holds(last.all_no, last.all_yes), ~func.coalesce(overruled, _NO)))
    opened = func.coalesce(last.own_yes, last.all_yes)
    return select(
        last.address, closed.label("closed"), (~closed).label("open"), opened.label("opened_at")
    ).cte("standing")


def _last(purpose: str, state: str) -> ColumnElement[Any]:
    """When the newest such word was said, null where none was."""
    return func.max(case((and_(consent.c.purpose == purpose, consent.c.state == state), consent.c.at)))


def _holds(no: ColumnElement[Any], yes: ColumnElement[Any]) -> Condition:
    """Whether a withdrawal is the newest word."""
    return and_(no.is_not(None), or_(yes.is_(None), no >= yes))


def reached_by(channel: Channel, whose: Condition = EVERYBODY) -> Select[Any]:
    """The addresses of persons' living accounts: (person_id, account_id, address, by_hand)."""
    column = ADDRESS_COLUMN[channel]
    return select(
        account.c.person_id.label("person_id"),
        account.c.id.label("account_id"),
        column.label("address"),
        literal(value=False).label("by_hand"),
    ).where(whose, ~account.c.gone, column != "")


def written_by_hand(channel: Channel, whose: Condition = EVERYBODY) -> Select[Any]:
    """Addresses that were ever written into persons' records by hand, in the same columns."""
    return (
        select(account.c.person_id, account.c.id, edit.c.folded, literal(value=True))
        .join_from(edit, account, account.c.id == edit.c.account_id)
        .where(edit.c.field == channel.value, edit.c.folded != "", whose)
    )


def spoken_for(channel: Channel, topic: str, whose: Condition = EVERYBODY) -> Select[Any]:
    """Addresses about which somebody said something while they were a person's, in the same columns."""
    return (
        select(account.c.person_id, account.c.id, consent.c.address_folded, literal(value=True))
        .join_from(consent, account, account.c.id == consent.c.account_id)
        .where(consent.c.address_kind == channel.value, whose)
        .where(consent.c.purpose.in_(sorted({topic, MARKETING})))
    )


def all_addresses(channel: Channel, topic: str, whose: Condition = EVERYBODY) -> CTE:
    """Every address that is or was a person's, some more than once."""
    rows: CompoundSelect[Any] = union_all(
        reached_by(channel, whose), written_by_hand(channel, whose), spoken_for(channel, topic, whose)
    )
    return rows.cte("theirs")


def subscriptions_query(channel: Channel) -> Select[Any]:
    """Everybody with an address: (person_id, subscription), to be joined by who writes many at once."""
    stand, theirs = standings(channel, MARKETING), all_addresses(channel, MARKETING)
    pending = (
        select(consent.c.address_folded.label("address"))
        .where(consent.c.state == ConsentState.PENDING.value, consent.c.purpose == MARKETING)
        .where(consent.c.address_kind == channel.value)
        .distinct()
        .cte("asked")
    )
    weight = func.max(
        case((stand.c.closed, 3), (stand.c.open, 2), (pending.c.address.is_not(None), 1), else_=0)
    )
    names = {3: "unsubscribed", 2: "subscribed", 1: "pending"}
    return (
        select(theirs.c.person_id, case(names, value=weight, else_="not_subscribed").label("subscription"))
        .join_from(theirs, stand, stand.c.address == theirs.c.address, isouter=True)
        .join(pending, pending.c.address == theirs.c.address, isouter=True)
        .group_by(theirs.c.person_id)
    )
