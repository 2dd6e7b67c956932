"""The parts of a profile that are known of the person: the record, shops, labels, own fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection

from regulars_mapping import PROPERTY, RECENT_ORDERS, Property, fold_text, standing_edits
from regulars_marketing._categories import Categories
from regulars_marketing._frequency_reached import next_mails
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import Words, moment_of, rows_of, words_of
from regulars_marketing._rhythm import Rhythm
from regulars_marketing._segment_properties import profile_properties
from regulars_marketing._subscription import subscriptions
from regulars_marketing._zone import zone_named
from regulars_store import properties, stopped_by_gone
from regulars_store._driver import fetch
from regulars_store._identity_queries import chunks_of
from regulars_store._record_by_hand import edits_about

_TAG = "level"
_LONGEST_WORD = 100
_NEVER_ASKED = "not_subscribed"
_WITHDRAWN = "unsubscribed"
_NO_LABELS = "[{},[]]"
_NONE: frozenset[str] = frozenset()
_PEOPLE = """
SELECT a.person_id, a.id, a.shop_id, '[' || CAST(a.labels AS text) || ',' || CAST(a.tags AS text) || ']',
    p.birth_date, p.gender, p.language, p.kind, p.status, a.email_folded <> '', a.phone_e164 <> '',
    EXISTS (
        SELECT 1 FROM stop_list_entry AS e WHERE e.account_id = a.id AND e.state = 'confirmed'
        AND (e.until IS NULL OR e.until > :now) AND NOT EXISTS (
            SELECT 1 FROM stop_list_entry AS l WHERE l.entry = coalesce(e.entry, e.id) AND l.id > e.id)),
    EXISTS (SELECT 1 FROM erased_account AS e WHERE e.account_id = a.id)
FROM {ids} CROSS JOIN account AS a LEFT JOIN person AS p ON p.id = a.person_id
WHERE a.person_id = wanted.value AND NOT a.gone
"""
_SURROUNDINGS = """
SELECT s.id, s.name, s.currency, s.zone, s.removed_at IS NULL,
    EXISTS (SELECT 1 FROM record_edit WHERE field >= 'property:' AND field < 'property;'),
    EXISTS (SELECT 1 FROM product_category),
    EXISTS (SELECT 1 FROM consent)
        OR EXISTS (SELECT 1 FROM record_edit WHERE field IN ('email', 'phone') AND folded <> ''),
    EXISTS (SELECT 1 FROM frequency_bound),
    CAST(s.capabilities AS text)
FROM shop AS s ORDER BY s.id
"""


@dataclass(slots=True)
class Known:
    """What is known of one person who has a live account; texts as they are kept."""

    birth_date: str
    gender: str
    language: str
    kind: str
    status: str
    email_subscription: str | None = None
    sms_subscription: str | None = None
    stopped: bool = False
    erased: bool = False
    accounts: tuple[str, ...] = ()
    shops: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    properties: Mapping[str, int | str] | None = None
    next_mail: str | datetime | None = None
    """As the driver takes it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds for everybody: the shops' folded names, the money of the one connected first, and what there
    is to be asked about at all."""

    shops: Mapping[int, frozenset[str]]
    money: MoneyRules
    properties: tuple[Property, ...]
    categories: Categories | None
    consents: bool
    """Whether anybody said anything about an address, or wrote one down by hand."""
    bounds: bool = False
    """Whether anybody has bounds of their own on a topic."""
    cut: frozenset[int] = frozenset()
    """The shops that hide their older orders."""

    @classmethod
    def read(cls, connection: Connection) -> "Surroundings":
        """One short statement, one more where anybody has fields of the owner's own."""
        rows = fetch(connection, _SURROUNDINGS)
        connected = [row for row in rows if row[4]]
        currency = next((row[2] for row in connected if row[2]), None)
        return cls(
            shops={row[0]: frozenset((fold_text(row[1]),)) for row in rows},
            money=MoneyRules(currency, zone_named(next((row[3] for row in connected if row[3]), None))),
            properties=tuple(properties(connection).values()) if rows and rows[0][5] else (),
            categories=Categories() if rows and rows[0][6] else None,
            consents=bool(rows and rows[0][7]),
            bounds=bool(rows and rows[0][8]),
            cut=frozenset(row[0] for row in rows if RECENT_ORDERS in orjson.loads(row[9])),
        )


def read_known(
    connection: Connection,
    person_ids: Collection[str],
    around: Surroundings,
    *,
    now: datetime,
    topics: Mapping[str, Rhythm] | None = None,
) -> dict[str, Known]:
    """What is known of those of these persons who are there, by person; nobody who was erased. Up to four
    statements, and four for 500 persons where anybody said anything about addresses;
    some more where anybody has bounds of their own on one of the ``topics``."""
    found: dict[str, Known] = {}
    sql = _people(words_of(connection))
    for row in rows_of(connection, sql, person_ids, now=moment_of(connection, now)):
        _add(found, row, around.shops)
    found = {person_id: one for person_id, one in found.items() if not one.erased}
    for person_id in stopped_by_gone(connection, person_ids, now=now) & found.keys():
        found[person_id].stopped = True
    if around.properties:
        _add_properties(connection, found, around.properties)
    if around.consents:
        _add_subscriptions(connection, found)
    if around.bounds:
        _add_next_mails(connection, found, topics or {})
    return found


@cache
def _people(words: Words) -> str:
    return _PEOPLE.format(ids=words.ids)


def _add(found: dict[str, Known], row: Sequence[Any], shops: Mapping[int, frozenset[str]]) -> None:
    person_id, account_id, shop_id, labels, *record, email, phone, stopped, erased = row
    shop, tags = shops[shop_id], _tags(labels) if labels != _NO_LABELS else _NONE
    one = found.get(person_id)
    if one is None:
        birth_date, gender, language, kind, status = record
        found[person_id] = Known(
            birth_date or "",
            gender or "",
            language or "",
            kind or "person",
            status or "entered",
            _NEVER_ASKED if email else None,
            _NEVER_ASKED if phone else None,
            bool(stopped),
            bool(erased),
            (account_id,),
            shop,
            tags,
        )
        return
    if email:
        one.email_subscription = _NEVER_ASKED
    if phone:
        one.sms_subscription = _NEVER_ASKED
    one.stopped = one.stopped or bool(stopped)
    one.erased = one.erased or bool(erased)
    one.accounts = (*one.accounts, account_id)
    one.shops |= shop
    one.labels |= tags


@lru_cache(maxsize=4_096)
def _tags(labels: str) -> frozenset[str]:
    """The shop's tags, and of what we wrote to the customer the one word among sentences: the level."""
    written, tags = orjson.loads(labels)
    words = (fold_text(str(word))[:_LONGEST_WORD].strip() for word in (written.get(_TAG) or "", *tags))
    return frozenset(filter(None, words))


def _add_subscriptions(connection: Connection, found: Mapping[str, Known]) -> None:
    for chunk in chunks_of(sorted(found)):
        for person_id, said in subscriptions(connection, chunk).items():
            found[person_id].email_subscription, found[person_id].sms_subscription = said


def _add_next_mails(connection: Connection, found: Mapping[str, Known], topics: Mapping[str, Rhythm]) -> None:
    quiet = {
        person_id
        for person_id, one in found.items()
        if _WITHDRAWN in (one.email_subscription, one.sms_subscription)
    }
    for person_id, moment in next_mails(connection, found.keys(), topics, quiet=quiet).items():
        found[person_id].next_mail = moment_of(connection, moment)


def _add_properties(connection: Connection, found: Mapping[str, Known], own: Collection[Property]) -> None:
    accounts = [account_id for one in found.values() for account_id in one.accounts]
    edits = edits_about(connection, accounts)
    for one in found.values() if edits else ():
        standing = standing_edits(edit for name in one.accounts for edit in edits.get(name, ()))
        values = {
            name.removeprefix(PROPERTY): edit.value
            for name, edit in standing.items()
            if name.startswith(PROPERTY)
        }
        one.properties = profile_properties(own, values) if values else {}
