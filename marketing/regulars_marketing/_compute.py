"""Facts and offers of persons brought up to date, a chunk in a handful of statements."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, union

from regulars_marketing._decide import Decision, decide
from regulars_marketing._facts import read_facts, write_facts
from regulars_marketing._programmes import StoredProgramme, enabled_programmes
from regulars_marketing._proof import said
from regulars_store import Store, mark_dirty, tables
from regulars_store._bulk import among, delete_where, upsert

account, offer, person_fact, shop = tables.account, tables.offer, tables.person_fact, tables.shop
_CHUNK = 500
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation did. ``offers_changed`` counts the offers whose shops have something to be told."""

    persons: int = 0
    facts_changed: int = 0
    offers_changed: int = 0
    held: int = 0

    def __add__(self, other: "Computed") -> "Computed":
        return Computed(
            persons=self.persons + other.persons,
            facts_changed=self.facts_changed + other.facts_changed,
            offers_changed=self.offers_changed + other.offers_changed,
            held=self.held + other.held,
        )


def compute(connection: Connection, person_ids: Iterable[str], *, now: datetime) -> Computed:
    """Bring facts and offers of these persons up to date, within the caller's transaction.

    Persons that are no more (merged away, all accounts gone) lose theirs. Only differences are written; where
    percent, level, end or words of an offer changed, or the offer vanished, its person is marked dirty in
    stage ``offers:<shop id>``. Idempotent. ``now`` (aware) decides which programmes stand.
    """
    if now.tzinfo is None:
        raise ValueError("now has no time zone; give an aware time")
    programmes, shops = enabled_programmes(connection), _shops(connection)
    wanted = sorted(set(person_ids))
    done = Computed()
    for start in range(0, len(wanted), _CHUNK):
        done += _compute_chunk(connection, wanted[start : start + _CHUNK], programmes, shops, now)
    return done


def compute_all(store: Store, *, now: datetime, chunk: int = 200, pause: float = 0.001) -> Computed:
    """`compute` for everybody: due after a programme changed or its time came.

    Each chunk is a transaction of its own, with a pause (seconds) after it in which other writers of a SQLite
    file get in. Broken off, it may simply be done again.
    """
    done, last = Computed(), ""
    while True:
        with store.write() as connection:
            persons = _persons_after(connection, last, chunk)
            done += compute(connection, persons, now=now)
        if len(persons) < chunk:
            return done
        last = persons[-1]
        time.sleep(pause)


def _compute_chunk(
    connection: Connection,
    persons: Sequence[str],
    programmes: Sequence[StoredProgramme],
    shops: Mapping[int, str],
    now: datetime,
) -> Computed:
    facts = read_facts(connection, persons)
    facts_changed = write_facts(connection, persons, facts)
    before = _stored_offers(connection, persons)
    after: dict[str, Row] = {}
    for person_id, shop_id in _memberships(connection, persons, shops):
        decision = decide(facts.get(person_id, ()), programmes, shops[shop_id], now)
        if decision is not None:
            row = _offer_row(person_id, shop_id, decision)
            after[row["id"]] = _kept(before.get(row["id"]), row, decision.standing)
    changed = _write_offers(connection, before, after)
    held = sum(row["held"] is not None for row in after.values())
    return Computed(persons=len(persons), facts_changed=facts_changed, offers_changed=changed, held=held)


def _shops(connection: Connection) -> dict[int, str]:
    query = select(shop.c.id, shop.c.name).where(shop.c.removed_at.is_(None))
    return {row.id: row.name for row in connection.execute(query)}


def _memberships(
    connection: Connection, persons: Sequence[str], shops: Mapping[int, str]
) -> list[tuple[str, int]]:
    query = (
        select(account.c.person_id, account.c.shop_id)
        .where(among(connection, account.c.person_id, persons), ~account.c.gone)
        .distinct()
    )
    return [(row.person_id, row.shop_id) for row in connection.execute(query) if row.shop_id in shops]


def _stored_offers(connection: Connection, persons: Sequence[str]) -> dict[str, Row]:
    query = select(offer).where(among(connection, offer.c.person_id, persons))
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _offer_row(person_id: str, shop_id: int, decision: Decision) -> Row:
    return {
        "id": f"{person_id}:{shop_id}",
        "person_id": person_id,
        "shop_id": shop_id,
        "programme_key": decision.programme_key,
        "programme_version": decision.programme_version,
        "level": decision.level,
        "percent": decision.percent,
        "valid_until": decision.valid_until,
        "proof": decision.document,
        "held": decision.held,
    }


def _kept(before: Row | None, row: Row, standing: Sequence[str]) -> Row:
    """The row to write: a held person keeps a discount it had, while the programme that gave it stands."""
    if row["held"] is None or before is None or not before["percent"]:
        return row
    return {**before, "held": row["held"]} if before["programme_key"] in standing else row


def _write_offers(connection: Connection, before: Mapping[str, Row], after: Mapping[str, Row]) -> int:
    upsert(connection, offer, [row for key, row in after.items() if before.get(key) != row])
    vanished = [before[key] for key in before.keys() - after.keys()]
    delete_where(connection, offer.c.id, offer, [row["id"] for row in vanished])
    told = [row for key, row in after.items() if key not in before or _shown(before[key]) != _shown(row)]
    return _mark(connection, [*told, *vanished])


def _shown(row: Row) -> tuple[object, ...]:
    return (row["percent"], row["level"], row["valid_until"], said(row["proof"]))


def _mark(connection: Connection, rows: Sequence[Row]) -> int:
    by_shop: dict[int, list[str]] = {}
    for row in rows:
        by_shop.setdefault(row["shop_id"], []).append(row["person_id"])
    for shop_id in sorted(by_shop):
        mark_dirty(connection, f"offers:{shop_id}", sorted(by_shop[shop_id]))
    return len(rows)


def _persons_after(connection: Connection, last: str, limit: int) -> list[str]:
    """The next persons by id of all that have accounts, facts or offers."""
    columns = (account.c.person_id, person_fact.c.person_id, offer.c.person_id)
    heads = (
        select(column.label("id")).where(column > last).distinct().order_by(column).limit(limit).subquery()
        for column in columns
    )
    found = connection.scalars(union(*(select(head.c.id) for head in heads)))
    return sorted(found)[:limit]
