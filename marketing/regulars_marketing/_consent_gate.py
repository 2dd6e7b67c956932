"""The gate: whom a newsletter may go to. It alone makes an `Audience`, so that nothing goes past consent."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    bindparam,
    select,
    true,
    union_all,
)

from regulars_mapping import e164, fold_email
from regulars_marketing._consent import Channel
from regulars_marketing._consent_sql import all_addresses, reached_by, standings, written_by_hand
from regulars_store import MARKETING, erasing, heirs_of, is_stopped, stopped_by_gone, tables, written_under
from regulars_store._bulk import among
from regulars_store._types import UtcDateTime

account, consent, person = tables.account, tables.consent, tables.person
Wanted: TypeAlias = Select[Any] | Collection[str] | None
"""Persons' ids, or a query that gives them; None: everybody."""
_FEW: Final = 200
_THE_GATE: Final = object()
_MOMENT: Final = bindparam("moment", type_=UtcDateTime())
_STOPPED: Final = is_stopped(person.c.id, _MOMENT)
_ERASED: Final = erasing.is_erased(person.c.id)

EXCLUDED, CLOSED, UNASKED, WAITING = "excluded", "withdrawn", "not_asked", "waiting"
"""Why somebody is left out: erased, archived or on the stop-list; a withdrawal of any of their addresses; no
opt-in; heard of it as often as they may."""


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """One person, and the address of theirs that opted in, ``since`` when. ``account`` is whose it is."""

    person: str
    account: str
    address: str
    since: datetime

    def __repr__(self) -> str:
        return f"Recipient({self.person!r}, {self.account!r}, ...)"


@dataclass(frozen=True, repr=False)
class Audience:
    """Whom something on a topic may go to at a moment, one address a person, by their ids.

    Only ``gate`` makes one; it can be neither copied with changes nor pickled. ``left_out`` counts by reason
    those who were wanted and are not in it; each counts once, by the first of the reasons in their order.
    """

    topic: str
    channel: Channel
    at: datetime
    recipients: tuple[Recipient, ...] = field(repr=False)
    left_out: Mapping[str, int]
    key: InitVar[object]

    def __post_init__(self, key: object) -> None:
        if key is not _THE_GATE:
            raise TypeError("an audience comes out of the consent gate only")

    def __repr__(self) -> str:
        return f"Audience({self.topic!r}, {self.channel.value!r}, {len(self.recipients)} persons)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an audience comes out of the consent gate only")

    def __copy__(self) -> "Audience":
        return self

    def __deepcopy__(self, memo: object) -> "Audience":
        return self


def gate(
    connection: Connection,
    wanted: Wanted,
    *,
    now: datetime,
    topic: str = MARKETING,
    channel: Channel = Channel.EMAIL,
    waiting: Collection[str] = (),
) -> Audience:
    """The audience among these persons: whoever opted in to the topic, and withdrew it at no address that is
    or was theirs. Nobody who is erased, archived or on the stop-list, nor one of ``waiting``.

    A handful of statements whatever the number. Of several addresses a person is written to at the one that
    their record shows, else at that of the newest opt-in.
    """
    shut = _shut(connection, wanted, channel, topic)
    open_ = _open(connection, wanted, channel, topic)
    later = set(waiting)
    left_out = dict.fromkeys((EXCLUDED, CLOSED, UNASKED, WAITING), 0)
    found: list[Recipient] = []
    for row in _persons(connection, wanted, now=now):
        chosen = _chosen(row, channel, open_.get(row.id, ()))
        reason = _reason(row, shut, chosen, later)
        if reason or chosen is None:
            left_out[reason] += 1
        else:
            found.append(chosen)
    recipients = tuple(sorted(found, key=lambda one: one.person))
    return Audience(topic, channel, now, recipients, MappingProxyType(left_out), key=_THE_GATE)


def _reason(row: Row[Any], shut: set[str], chosen: Recipient | None, later: set[str]) -> str:
    if row.never:
        return EXCLUDED
    if row.id in shut:
        return CLOSED
    return UNASKED if chosen is None else WAITING if row.id in later else ""


def _persons(connection: Connection, wanted: Wanted, *, now: datetime) -> Iterator[Any]:
    columns = (person.c.id, person.c.email, person.c.phone)
    never = ((person.c.status == "archived") | _STOPPED | _ERASED).label("never")
    query = select(*columns, never).where(_is_wanted(connection, person.c.id, wanted))
    rows = connection.execute(query, {_MOMENT.key: now}).all()
    stopped = stopped_by_gone(connection, [row.id for row in rows], now=now)
    for row in rows:
        yield row._replace(never=True) if row.id in stopped else row


def _is_wanted(connection: Connection, column: ColumnElement[Any], wanted: Wanted) -> ColumnElement[bool]:
    if wanted is None:
        return column.is_not(None)
    return column.in_(wanted) if isinstance(wanted, Select) else among(connection, column, wanted)


def _shut(connection: Connection, wanted: Wanted, channel: Channel, topic: str) -> set[str]:
    theirs = all_addresses(channel, topic, _is_wanted(connection, account.c.person_id, wanted))
    stand = _standings(channel, topic, wanted, theirs)
    query = select(theirs.c.person_id).join_from(theirs, stand, stand.c.address == theirs.c.address)
    closed = set(connection.scalars(query.where(stand.c.closed).distinct()))
    return closed | _shut_by_gone(connection, wanted, channel, topic)


def _standings(channel: Channel, topic: str, wanted: Wanted, theirs: FromClause) -> CTE:
    # Among a few persons not the whole ledger is to be read.
    of = None if wanted is None else consent.c.address_folded.in_(select(theirs.c.address))
    return standings(channel, topic, of=of)


def _shut_by_gone(connection: Connection, wanted: Wanted, channel: Channel, topic: str) -> set[str]:
    """Whose account was, before its shop lost it, that of an address that withdrew."""
    lost = _gone_of(connection, wanted)
    mine = true() if lost is None else among(connection, consent.c.account_id, lost)
    said = select(consent.c.address_folded).join(account, account.c.id == consent.c.account_id)
    stand = standings(channel, topic, of=consent.c.address_folded.in_(said.where(account.c.gone, mine)))
    query = (
        select(consent.c.account_id)
        .join_from(consent, stand, stand.c.address == consent.c.address_folded)
        .join(account, account.c.id == consent.c.account_id)
        .where(consent.c.address_kind == channel.value, stand.c.closed, account.c.gone, mine)
        .distinct()
    )
    gone = [] if lost == set() else list(connection.scalars(query))
    kept = set[str]().union(*heirs_of(connection, gone).values()) if gone else set()
    heirs = select(account.c.person_id).where(among(connection, account.c.id, sorted(kept)))
    return {id_ for id_ in connection.scalars(heirs) if id_ is not None} if kept else set()


def _gone_of(connection: Connection, wanted: Wanted) -> set[str] | None:
    """The accounts that are gone and lead to a few persons; None where the persons are many."""
    if wanted is None or isinstance(wanted, Select) or len(wanted) > _FEW:
        return None
    mine = select(account.c.id).where(among(connection, account.c.person_id, wanted))
    accounts = list(connection.scalars(mine))
    return set(written_under(connection, accounts)) - set(accounts)


def _open(
    connection: Connection, wanted: Wanted, channel: Channel, topic: str
) -> dict[str, list[tuple[Recipient, bool]]]:
    """By person the addresses that are open, and whether it is one written by hand."""
    whose = _is_wanted(connection, account.c.person_id, wanted)
    theirs = union_all(reached_by(channel, whose), written_by_hand(channel, whose)).cte("reached")
    stand = _standings(channel, topic, wanted, theirs)
    query = (
        select(theirs.c.person_id, theirs.c.account_id, theirs.c.address, stand.c.opened_at, theirs.c.by_hand)
        .join_from(theirs, stand, stand.c.address == theirs.c.address)
        .where(stand.c.open)
    )
    found: dict[str, list[tuple[Recipient, bool]]] = {}
    for person_id, account_id, address, since, by_hand in connection.execute(query):
        one = Recipient(person_id, account_id, address, since)
        found.setdefault(person_id, []).append((one, by_hand))
    return found


def _chosen(row: Any, channel: Channel, found: Iterable[tuple[Recipient, bool]]) -> Recipient | None:
    shown = fold_email(row.email) if channel is Channel.EMAIL else e164(row.phone, country="")
    # One written by hand is theirs only while the record shows it.
    theirs = [one for one, by_hand in found if not by_hand or one.address == shown]
    newest = sorted(theirs, key=lambda one: (one.address, one.account))
    return max(newest, key=lambda one: (one.address == shown, one.since), default=None)
