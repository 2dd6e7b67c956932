"""What people said about advertising: shown, and written down by hand. Nothing is ever overwritten.

A word is about an address. A withdrawal that names none is about all addresses of the person; an opt-in is
always about one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._identity_sides import Side, side_of, written_of
from regulars_agent._topics import topic_settings, topics
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, e164, fold_email, is_erased_email, is_erasure_token, one_line
from regulars_marketing import Channel, Said, Standing
from regulars_store import ConsentState

_LONGEST_NAME = 200
_LONGEST_WORDS = 1_000
_SLIP = timedelta(minutes=5)
_COLUMN = {Channel.EMAIL: "email_folded", Channel.PHONE: "phone_e164"}


@dataclass(frozen=True, slots=True, repr=False)
class ConsentSaid:
    """One word: to what ``purpose`` at which address somebody said ``state``, when and where."""

    number: int
    account: str
    channel: Channel
    address: str
    purpose: str
    state: ConsentState
    source: str
    at: datetime
    who: str
    evidence: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"ConsentSaid({self.number!r}, {self.account!r}, {self.state!r})"


@dataclass(frozen=True, slots=True, repr=False)
class ConsentAddress:
    """An address, and how it stands on each topic."""

    channel: Channel
    address: str
    topics: Mapping[str, Standing]


@dataclass(frozen=True, slots=True, repr=False)
class ConsentCard:
    """What a person's addresses said, newest first, and on which topics they may be written to by channel:
    the gate's answer but for the bounds of frequency."""

    person: str
    open: Mapping[str, Sequence[str]]
    addresses: tuple[ConsentAddress, ...]
    words: tuple[ConsentSaid, ...]


@dataclass(frozen=True, slots=True, repr=False)
class ConsentChange:
    """What was written down: about which addresses, and whether it stood there already."""

    account: str
    state: ConsentState
    topic: str
    channel: Channel
    addresses: tuple[str, ...]
    already: bool


def consents(workspace: Workspace, person: str) -> ConsentCard:
    """Everything that was said about a person's addresses. Raises SkipError where nobody is meant."""
    now = workspace.clock()
    with workspace.store.read() as connection:
        side = side_of(connection, person)
        rows = _rows_about(connection, side)
        open_: dict[str, list[str]] = {}
        for channel in Channel:
            for topic in topics(workspace):
                found = marketing.gate(connection, [side.person], now=now, topic=topic.key, channel=channel)
                open_.setdefault(channel.value, []).extend([topic.key] if found.recipients else [])
    words = tuple(map(_said, rows))
    keys = [topic.key for topic in topics(workspace)]
    addresses = {(Channel(row["address_kind"]), row["address_folded"]) for row in rows} | _present(side)
    shown = tuple(_shown(channel, address, keys, words) for channel, address in sorted(addresses))
    return ConsentCard(side.person, open_, shown, words)


def grant_consent(
    workspace: Workspace,
    person: str,
    *,
    source: str,
    topic: str = store.MARKETING,
    channel: Channel = Channel.EMAIL,
    at: datetime | None = None,
    note: str = "",
    who: str,
) -> ConsentChange:
    """Write down that somebody opted in, ``at`` a moment (aware; now where none is given).

    ``person`` is the address itself, or an id where there is only one address of that channel. ``source``
    says where they said so: without it nothing is proven. Raises PermanentError where it is missing, for a
    moment to come, a topic that there is not and where several addresses may be meant; SkipError where nobody
    is meant.
    """
    if not source.strip():
        raise PermanentError("Say where they opted in, such as: a form at the till. It is the proof.")
    word = _Word(ConsentState.GRANTED, source, topic, channel, at, note, who)
    return word.write(workspace, person)


def withdraw_consent(
    workspace: Workspace,
    person: str,
    *,
    source: str = "owner",
    topic: str = store.MARKETING,
    channel: Channel = Channel.EMAIL,
    at: datetime | None = None,
    note: str = "",
    who: str,
) -> ConsentChange:
    """Write down that somebody wants no (more) advertising: at the address that ``person`` is, else at all of
    theirs. Raises as ``grant_consent``."""
    return _Word(ConsentState.WITHDRAWN, source, topic, channel, at, note, who).write(workspace, person)


@dataclass(frozen=True, slots=True)
class _Word:
    state: ConsentState
    source: str
    topic: str
    channel: Channel
    at: datetime | None
    note: str
    who: str

    def write(self, workspace: Workspace, person: str) -> ConsentChange:
        """Check it, find whom it is about, and write it."""
        now = workspace.clock()
        topic_settings(workspace, self.topic)
        if self.at is not None and self.at > now + _SLIP:
            raise PermanentError("What is said tomorrow cannot be written down today. Give a moment past.")
        said = {
            "purpose": self.topic,
            "state": self.state.value,
            "source": one_line(self.source, what="The source", most=_LONGEST_NAME),
            "at": self.at or now,
            "evidence": {"note": note} if (note := self._noted()) else {},
            "who": one_line(self.who, what="Who says so", most=_LONGEST_NAME),
        }
        with workspace.store.write(durable=True) as connection:
            side = side_of(connection, person)
            addresses = self._meant(connection, side, person)
            rows = [
                {"account_id": account, "address_kind": self.channel.value, "address_folded": address, **said}
                for address, account in sorted(addresses.items())
            ]
            news = store.add_consents(connection, rows)
            holders = store.holders_at(connection, self.channel.value, list(addresses))
            store.mark_dirty(connection, "facts", sorted({one.person for one in holders}))
            detail = {"account": side.account, "topic": self.topic, "channel": self.channel.value}
            action = f"consent {self.state.value}"
            store.write_audit(
                connection, who=self.who, action=action, subject=side.account, detail=detail, now=now
            )
        return ConsentChange(
            side.account, self.state, self.topic, self.channel, tuple(sorted(addresses)), already=not news
        )

    def _noted(self) -> str:
        return one_line(self.note, what="The note", most=_LONGEST_WORDS)

    def _meant(self, connection: Connection, side: Side, person: str) -> dict[str, str]:
        """The addresses that are meant, each with the account that has it."""
        theirs = {
            row[_COLUMN[self.channel]]: id_
            for id_, row in sorted(side.accounts.items(), reverse=True)
            if row[_COLUMN[self.channel]]
        }
        for row in _rows_about(connection, side):
            if row["address_kind"] == self.channel.value:
                theirs.setdefault(row["address_folded"], row["account_id"] or side.account)
        theirs = {one: id_ for one, id_ in theirs.items() if not _is_erased(one)}
        named = _named(connection, self.channel, person)
        meant = {one: theirs.get(one, side.account) for one in named} or theirs
        if not meant:
            raise PermanentError(f"{side.account} has no {_called(self.channel)} that could be written to.")
        if self.state is ConsentState.GRANTED and len(meant) > 1:
            raise PermanentError(
                f"{side.account} has {len(meant)} addresses; name the {_called(self.channel)} that was "
                "given, in place of the person."
            )
        return meant


def _rows_about(connection: Connection, side: Side) -> list[dict[str, Any]]:
    addresses = {address for _, address in _present(side)}
    return store.consents_of(connection, accounts=written_of(connection, side), addresses=addresses)


def _present(side: Side) -> set[tuple[Channel, str]]:
    return {
        (channel, row[column])
        for row in side.accounts.values()
        for channel, column in _COLUMN.items()
        if row[column]
    }


def _named(connection: Connection, channel: Channel, text: str) -> set[str]:
    if channel is Channel.EMAIL:
        return {fold_email(text)} - {""}
    countries = {shop.country or "" for shop in store.shops(connection)} or {""}
    return {e164(text, country=country) for country in countries} - {""}


def _shown(
    channel: Channel, address: str, keys: Sequence[str], words: Sequence[ConsentSaid]
) -> ConsentAddress:
    mine = (one for one in words if (one.channel, one.address) == (channel, address))
    told = [Said(one.purpose, one.state, one.at) for one in mine]
    stand = {key: marketing.consent_standing(told, key) for key in keys}
    return ConsentAddress(channel, address, stand)


def _said(row: Mapping[str, Any]) -> ConsentSaid:
    return ConsentSaid(
        number=row["id"],
        account=row["account_id"],
        channel=Channel(row["address_kind"]),
        address=row["address_folded"],
        purpose=row["purpose"],
        state=ConsentState(row["state"]),
        source=row["source"],
        at=row["at"],
        who=row["who"],
        evidence=row["evidence"],
    )


def _is_erased(address: str) -> bool:
    return is_erased_email(address) or is_erasure_token(address)


def _called(channel: Channel) -> str:
    return "e-mail" if channel is Channel.EMAIL else "phone"
