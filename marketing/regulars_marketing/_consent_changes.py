"""What a platform is to be told of consents: where its own mark of an address is not what was said there.

It goes by addresses alone, whoever has them: joining or parting persons changes no platform's mark. A mark is
lowered only for that very address's withdrawal, and raised only for an opt-in that is newer than the mark.
Words about a topic change nothing, since a platform has one mark for all advertising.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, bindparam, false, or_, select

from regulars_mapping import is_erased_email, is_erasure_token
from regulars_marketing._consent import Channel, Said, newest_word
from regulars_marketing._consent_sql import ADDRESS_COLUMN
from regulars_store import MARKETING, ConsentState, erasing, is_stopped, stopped_by_gone, tables
from regulars_store._types import UtcDateTime

account, consent, person = tables.account, tables.consent, tables.person
_MOMENT = bindparam("moment", type_=UtcDateTime())
_UNWANTED = or_(person.c.status == "archived", is_stopped(account.c.person_id, _MOMENT))
_WEIGHT = {ConsentState.GRANTED: 0, ConsentState.PENDING: 1, ConsentState.WITHDRAWN: 2}
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class PlatformChange:
    """A mark that is to become ``after`` (granted or withdrawn), by the word said ``said_at`` at ``source``.

    ``before`` is the platform's mark as it was last read, with its time; None where nobody was asked there.
    """

    account: str
    channel: Channel
    address: str
    before: ConsentState | None
    before_at: datetime | None
    after: ConsentState
    said_at: datetime
    source: str

    def __repr__(self) -> str:
        return f"PlatformChange({self.account!r}, {self.channel.value!r}, {self.after.value!r})"


def word_to_tell(mark: Said | None, words: Iterable[Said]) -> Said | None:
    """Which word the platform is to be told, None where its mark is right. Pure.

    ``mark`` is what the platform has for the address, None where it never asked; ``words`` are all about the
    address. Of a mark and a word at the same moment a withdrawal counts and an opt-in does not.
    """
    newest = newest_word(words, MARKETING)
    if newest is None:
        return None
    has = None if mark is None else mark.state
    if newest.state is ConsentState.WITHDRAWN:
        return newest if has is ConsentState.GRANTED else None
    is_newer = mark is None or newest.at > mark.at
    return newest if has is not ConsentState.GRANTED and is_newer else None


def consent_changes(connection: Connection, shop_id: int, *, now: datetime) -> Iterator[PlatformChange]:
    """What a shop's platform is to be told, by channel and account; streamed, a statement a channel.

    Only of customers who are there with that address. Nothing is said of erased persons, and nobody who is
    archived or on the stop-list is raised.
    """
    for channel in Channel:
        rows = connection.execute(_words(shop_id, channel), {_MOMENT.key: now}).yield_per(_AT_ONCE)
        found: list[tuple[PlatformChange, Any]] = []
        for _, said in groupby(rows.mappings(), key=lambda row: row["id"]):
            found.extend(_change(shop_id, channel, list(said)))
            if len(found) == _AT_ONCE:
                yield from _wanted(connection, found, now=now)
                found.clear()
        yield from _wanted(connection, found, now=now)


def _words(shop_id: int, channel: Channel) -> Select[Any]:
    address = ADDRESS_COLUMN[channel]
    said = (consent.c.account_id, consent.c.purpose, consent.c.state, consent.c.source, consent.c.at)
    names = account.c.id, account.c.person_id, address.label("address")
    return (
        select(*names, *said, _UNWANTED.label("unwanted"))
        .join_from(account, consent, consent.c.address_folded == address)
        .join(person, person.c.id == account.c.person_id, isouter=True)
        .where(account.c.shop_id == shop_id, account.c.registered, account.c.gone == false())
        .where(consent.c.address_kind == channel.value, consent.c.purpose == MARKETING)
        .where(~erasing.is_erased(account.c.person_id))
        .order_by(account.c.id, consent.c.id)
    )


def _change(shop_id: int, channel: Channel, rows: Sequence[Any]) -> Iterator[tuple[PlatformChange, Any]]:
    """What is to be told of one account, with the person whom that would bring mail."""
    first, source = rows[0], f"shop:{shop_id}"
    if is_erased_email(first["address"]) or is_erasure_token(first["address"]):
        return
    told = [(Said.of(row), row["source"]) for row in rows]
    theirs = [
        word
        for (word, _), row in zip(told, rows, strict=True)
        if row["source"] == source and row["account_id"] == first["id"]
    ]
    mark = max(theirs, key=lambda word: (word.at, _WEIGHT[word.state]), default=None)
    word = word_to_tell(mark, (each for each, _ in told))
    if word is None or (first["unwanted"] and word.state is ConsentState.GRANTED):
        return
    yield (
        PlatformChange(
            account=first["id"],
            channel=channel,
            address=first["address"],
            before=None if mark is None else mark.state,
            before_at=None if mark is None else mark.at,
            after=word.state,
            said_at=word.at,
            source=next(said for each, said in told if each == word),
        ),
        first["person_id"],
    )


def _wanted(
    connection: Connection, found: Collection[tuple[PlatformChange, Any]], *, now: datetime
) -> Iterator[PlatformChange]:
    """Without those whom an entry of the stop-list for an account that is gone keeps from being raised."""
    raised = {id_ for change, id_ in found if id_ and change.after is ConsentState.GRANTED}
    stopped = stopped_by_gone(connection, sorted(raised), now=now) if raised else set()
    for change, id_ in found:
        if change.after is not ConsentState.GRANTED or id_ not in stopped:
            yield change
