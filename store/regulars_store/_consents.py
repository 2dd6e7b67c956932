"""The ledger of what people said about advertising: by address and purpose, never overwritten.

A word of a shop is written when the customer lands that brings it, once, however often the customer lands
again: the same word is known by its account, address, source, state and time.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, or_, select, update

from regulars_mapping import ConsentWord, Customer, e164, fold_email
from regulars_store._bulk import among, insert_rows
from regulars_store._observed import EPOCH
from regulars_store._shops import Shop
from regulars_store._tables import account, consent
from regulars_store._versions import Track

Row = dict[str, Any]

MARKETING = "marketing"
"""The purpose that stands for advertising of every kind."""
_SAME = ("account_id", "address_kind", "address_folded", "purpose", "state", "source", "at")
_CHUNK = 500


class ConsentState(StrEnum):
    """What somebody said; the word kept in the database. PENDING is asked and not yet confirmed: it neither
    gives nor takes."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    PENDING = "pending"


def land_consents(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> int:
    """Write what these customers said, of every version that arrives, older ones too; how many were news."""
    found = [
        row
        for track in tracks
        for _, customer in track.seen
        if isinstance(customer, Customer) and customer.consents
        for row in _words(shop, customer)
    ]
    return add_consents(connection, found)


def _words(shop: Shop, customer: Customer) -> Iterator[Row]:
    for word in customer.consents:
        country = customer.contact.country or shop.country or ""
        folded = fold_email(word.address) if word.kind == "email" else e164(word.address, country=country)
        if folded:
            yield {
                "account_id": f"{shop.id}:{customer.external_id}",
                "address_kind": word.kind,
                "address_folded": folded,
                "purpose": MARKETING,
                "state": word.state,
                "source": f"shop:{shop.id}",
                "at": _said_at(word, customer),
                "evidence": {"how": word.how} if word.how else {},
                "who": f"shop {shop.name}",
            }


def _said_at(word: ConsentWord, customer: Customer) -> datetime:
    """Undated, what gives is as old as it can be, and what takes as young."""
    young = customer.changed_at if word.state == "withdrawn" else None
    return word.at or young or customer.registered_at or EPOCH


def add_consents(
    connection: Connection, rows: Collection[Mapping[str, Any]], *, whosever: bool = False
) -> int:
    """Write words that do not stand here yet; how many those were. ``at`` is aware.

    With ``whosever`` a word about the same address is the same whichever account it names.
    """
    same = _SAME[1:] if whosever else _SAME
    wanted = {tuple(row[name] for name in same): row for row in rows}
    addresses = sorted({row["address_folded"] for row in wanted.values()})
    known: set[tuple[Any, ...]] = set()
    for place in range(0, len(addresses), _CHUNK):
        mine = among(connection, consent.c.address_folded, addresses[place : place + _CHUNK])
        query = select(*(consent.c[name] for name in same)).where(mine)
        known.update(map(tuple, connection.execute(query)))
    new = sorted(wanted.keys() - known)
    insert_rows(connection, consent, [wanted[key] for key in new])
    return len(new)


def consents_of(
    connection: Connection, *, accounts: Collection[str] = (), addresses: Collection[str] = ()
) -> list[Row]:
    """Every word about these accounts or addresses (folded), the newest first."""
    naming = (consent.c.account_id, accounts), (consent.c.address_folded, addresses)
    mine = or_(*(among(connection, column, ids) for column, ids in naming))
    query = select(consent).where(mine).order_by(consent.c.at.desc(), consent.c.id.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


class Holder(NamedTuple):
    """Whose an address is now: an account that is there, and its person."""

    address: str
    account: str
    person: str


def holders_at(connection: Connection, kind: str, addresses: Collection[str]) -> list[Holder]:
    """Who has these addresses (folded; ``kind`` is ``email`` or ``phone``), in the order of account ids."""
    column = account.c.email_folded if kind == "email" else account.c.phone_e164
    query = (
        select(column, account.c.id, account.c.person_id)
        .where(among(connection, column, addresses), ~account.c.gone, account.c.person_id.is_not(None))
        .order_by(account.c.id)
    )
    return [Holder(*row) for row in connection.execute(query)]


def keep_withdrawals(connection: Connection, *conditions: ColumnElement[bool]) -> None:
    """What words under these conditions withdrew stays withdrawn, as the word of nobody in particular."""
    columns = [column for column in consent.c if column.name != "id"]
    query = select(*columns).where(*conditions, consent.c.state == ConsentState.WITHDRAWN.value)
    found = connection.execute(query).mappings().all()
    add_consents(connection, [{**row, "account_id": "", "evidence": {}} for row in found])


def mask_consents(
    connection: Connection,
    accounts: Collection[str],
    *,
    email: Callable[[str], str],
    token: str,
    shared: Collection[str] = (),
) -> None:
    """Have the words about these accounts name no address and quote nobody: that something was said, when and
    through whom, stays. ``email`` gives what stands for an e-mail; ``token`` stands in a phone's place.

    At addresses that are ``shared`` with others nobody is written to again who was not before.
    """
    mine = among(connection, consent.c.account_id, accounts)
    keep_withdrawals(connection, mine, among(connection, consent.c.address_folded, shared))
    named = select(consent.c.address_kind, consent.c.address_folded).where(mine).distinct()
    for kind, address in connection.execute(named).all():
        masked = (email(address) or token) if kind == "email" else token
        same = (consent.c.address_kind == kind, consent.c.address_folded == address)
        connection.execute(update(consent).where(mine, *same).values(address_folded=masked))
    connection.execute(update(consent).where(mine).values(evidence={}))
