"""Offers held against what the shops sent: each proof by itself, the programme it names, and its figures.

Shares no sum with the derivation: payloads are read and added up anew. Nothing is written, no shop is asked.
Who is one person is taken as it stands: ``regulars person explain`` tells that.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from secrets import token_hex
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._by_time import BY_TIME
from regulars_agent._derive import EVERYBODY
from regulars_agent._identity_sides import side_of
from regulars_agent._proof_figures import Span, figure_odds
from regulars_agent._proof_grants import grant_odds
from regulars_agent._proof_payloads import Odd, Payloads
from regulars_agent._proof_presence import Presence, is_held_out
from regulars_agent._proof_programmes import programme_odds
from regulars_agent._proof_subject import Ground, Person
from regulars_agent._workspace import Workspace
from regulars_mapping import person_id_of
from regulars_marketing import Proof, verify_proof, zone_named

account, offer, programme = store.tables.account, store.tables.offer, store.tables.programme
MOST_NAMED = 1_000
"""Disagreements that a check names; beyond them it only counts."""
_AT_ONCE = 20
_DRAWN_TOGETHER = 10


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something that is not as it should be: of whose offer, where, what it is, and what it should be. What
    the verifier finds in a proof by itself is all said in ``thing``."""

    account: str
    person: str
    place: str
    thing: str
    stated: str = ""
    due: str = ""

    def __str__(self) -> str:
        """In words."""
        said = f"Account {self.account}, {self.place}: {self.thing}"
        return f"{said} is {self.stated}, but should be {self.due}" if self.stated or self.due else said


@dataclass(slots=True)
class ProofCheck:
    """What a check went through. ``waiting`` are persons of whom something changed that is not computed yet;
    ``wrong`` are offers with which something disagrees, ``disagreements`` at most a thousand of all."""

    persons: int = 0
    offers: int = 0
    waiting: int = 0
    wrong: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)

    def take(self, offers: int, found: Sequence[Disagreement]) -> None:
        """Add what was found of one person."""
        self.persons += 1
        self.offers += offers
        self.wrong += len({each.account for each in found})
        self.disagreements += found[: MOST_NAMED - len(self.disagreements)]


def check_person(workspace: Workspace, person: str) -> ProofCheck:
    """Check the offers of one person, by an id of theirs or of an account, an e-mail or a phone. Raises as
    ``side_of``."""
    with workspace.store.read() as connection:
        side = side_of(connection, person)
    return _check(workspace, [[side.person]], lambda _: None)


def check_everybody(workspace: Workspace, *, progress: Callable[[int], None] = lambda _: None) -> ProofCheck:
    """Check all offers, some persons at a time; ``progress`` hears how many."""
    return _check(workspace, _everybody(workspace), progress)


def check_sample(
    workspace: Workspace, size: int, *, progress: Callable[[int], None] = lambda _: None
) -> ProofCheck:
    """Check the offers of so many persons, drawn by chance."""
    return _check(workspace, _drawn(workspace, size), progress)


def check_persons(workspace: Workspace, person_ids: Sequence[str]) -> ProofCheck:
    """Check the offers of these persons."""
    return _check(workspace, [list(person_ids)], lambda _: None)


def _check(
    workspace: Workspace, chunks: Iterable[Sequence[str]], progress: Callable[[int], None]
) -> ProofCheck:
    done = ProofCheck()
    for chunk in chunks:
        with workspace.store.read() as connection, Payloads(connection, workspace) as payloads:
            checker = _Checker(Ground(connection, workspace, payloads))
            for person_id in chunk:
                checker.check(person_id, done)
        progress(len(chunk))
    return done


def _everybody(workspace: Workspace) -> Iterator[list[str]]:
    last = ""
    while True:
        with workspace.store.read() as connection:
            found = _persons_after(connection, last, _AT_ONCE)
        if not found:
            return
        yield found
        last = found[-1]


def _drawn(workspace: Workspace, size: int) -> Iterator[list[str]]:
    """Persons from random places among them; their ids are digests, so that all are as likely."""
    seen: set[str] = set()
    for _ in range(2 * size):
        with workspace.store.read() as connection:
            start = person_id_of(token_hex(10))
            wanted = min(_DRAWN_TOGETHER, size - len(seen))
            found = _persons_after(connection, start, wanted)
            found += _persons_after(connection, "", wanted - len(found)) if len(found) < wanted else []
        if new := sorted(set(found) - seen):
            yield new
        seen |= set(found)
        if len(seen) >= size or not found:
            return


def _persons_after(connection: Connection, last: str, limit: int) -> list[str]:
    """The next persons, and whose offers are somebody's who is no person."""
    columns = offer.c.person_id, store.tables.person.c.id
    queries = (select(each).where(each > last).distinct().order_by(each).limit(limit) for each in columns)
    return sorted({found for query in queries for found in connection.scalars(query)})[:limit]


@dataclass(frozen=True)
class _Checker:
    """Checks persons within one snapshot of the store."""

    ground: Ground

    @cached_property
    def _programmes(self) -> "_Versions":
        return _Versions(self.ground.connection)

    @cached_property
    def _presence(self) -> Presence:
        return Presence(self.ground, self._last_for_all)

    @cached_property
    def _everybody_waits(self) -> bool:
        return bool(store.dirty_marks(self.ground.connection, EVERYBODY, limit=1))

    @cached_property
    def _last_for_all(self) -> datetime | None:
        run = store.newest_run(self.ground.connection, None, (BY_TIME,), complete=True)
        return run.started_at if run else None

    def check(self, person_id: str, done: ProofCheck) -> None:
        """Check one person's offers, and whether any is missing."""
        rows = self.ground.rows(offer, offer.c.person_id, person_id)
        if not rows and not self._presence.obliges:
            return
        accounts = [
            row for row in self.ground.rows(account, account.c.person_id, person_id) if not row["gone"]
        ]
        if self._waits(person_id, [row["id"] for row in accounts]):
            done.waiting += 1
            return
        person = Person.read(self.ground, person_id, accounts)
        found = [
            *(_Saying(one, person_id)(odd) for one, odd in person.rows_odd()),
            *(each for row in rows for each in self._offer(row, person)),
            *(_Saying(one, person_id)(odd) for one, odd in self._presence.missing(person, rows)),
        ]
        done.take(len(rows), found)

    def _waits(self, person_id: str, accounts: Collection[str]) -> bool:
        """Whether something is known that was not computed yet."""
        dirty = store.tables.dirty.c
        of_person = (dirty.stage == "facts") & (dirty.key == person_id)
        of_accounts = (dirty.stage == "identity") & dirty.key.in_(list(accounts))
        query = select(dirty.key).where(of_person | of_accounts).limit(1)
        return self._everybody_waits or self.ground.connection.execute(query).first() is not None

    def _offer(self, row: Mapping[str, Any], person: Person) -> Iterator[Disagreement]:
        say = _Saying(row["id"], person.id)
        mine = person.accounts.get(row["id"])
        if mine is None:
            yield say(Odd("offer", "account", row["id"], "one of the person's"))
            return
        if row["shop_id"] != mine["shop_id"]:
            yield say(Odd("offer", "shop", *map(self._shop_name, (row["shop_id"], mine["shop_id"]))))
        yield from map(say, grant_odds(self.ground.connection, row))
        try:
            proof = Proof.model_validate(row["proof"])
        except ValidationError as error:
            said = (
                f"cannot be read ({error.error_count()} faults); regulars compute {person.id} makes it anew"
            )
            yield say(Odd("proof", said, "", ""))
            return
        yield from map(say, _as_offered(row, proof))
        yield from (say(Odd("proof", problem, "", "")) for problem in verify_proof(proof))
        yield from map(say, self._held(row, mine, proof, person))
        if _is_kept(row, proof):
            # A discount that is kept while a rate is missing: its figures are those of another day.
            return
        if row["scope"] != person.scope(mine):
            yield say(Odd("offer", "scope", row["scope"], person.scope(mine)))
        for part in proof.parts:
            yield from map(say, self._part(row, mine, part, person))
        yield from map(say, self._one_of_a_group(proof))

    def _shop_name(self, shop_id: int) -> str:
        shop = self.ground.shops.get(shop_id)
        return shop.name if shop else f"number {shop_id}, which is not connected"

    def _held(
        self, row: Mapping[str, Any], mine: Mapping[str, Any], proof: Proof, person: Person
    ) -> Iterator[Odd]:
        """Whether the words of a missing rate are there where one is missing, and only there."""
        lacking = sorted({currency for part in proof.parts for currency in part.no_rate})
        if row["held"] is None and lacking:
            yield Odd("offer", "held", None, f"words about {' and '.join(lacking)}")
        if row["held"] is None or lacking or self._is_budgeted(proof):
            return
        shop = self.ground.shops.get(mine["shop_id"])
        if not _is_kept(row, proof) or shop is None or not self._presence.lacks_a_rate(mine, shop, person):
            yield Odd("offer", "held", row["held"], None)

    def _is_budgeted(self, proof: Proof) -> bool:
        """Whether words about it may be those of a budget without room."""
        known = (self._programmes.get(each.programme.key, each.programme.version) for each in proof.parts)
        return any(each is not None and each.definition["budget"] is not None for each in known)

    def _one_of_a_group(self, proof: Proof) -> Iterator[Odd]:
        """Of programmes that are given together only one is of each group."""
        known = [self._programmes.get(each.programme.key, each.programme.version) for each in proof.parts]
        groups = [each.definition["group"] for each in known if each and each.definition["group"]]
        yield from (
            Odd("proof", f"group {group}", "given twice", "once")
            for group in set(groups)
            if groups.count(group) > 1
        )

    def _part(
        self, row: Mapping[str, Any], mine: Mapping[str, Any], proof: Proof, person: Person
    ) -> Iterator[Odd]:
        stated, shop = proof.programme, self.ground.shops.get(row["shop_id"])
        version = self._programmes.get(stated.key, stated.version)
        if version is None or shop is None:
            there = "one of a connected shop" if version else "one that was saved"
            yield Odd(f"programme {stated.key}, version {stated.version}", "version", "this", there)
            return
        span = Span(min(person.since(version.at, self._last_for_all), self.ground.now), self.ground.now)
        document = proof.model_dump(mode="json")["programme"]
        yield from programme_odds(document, version.definition, stated.version)
        if document.get("zone") not in {None, "", zone_named(shop.zone).key}:
            yield Odd("offer", "zone", document["zone"], zone_named(shop.zone).key)
        due = _cap(version.definition)
        if proof.cap is not None and proof.cap != due:
            yield Odd(f"programme {stated.key}, version {stated.version}", "cap", proof.cap, due)
        yield from _standing(version, self._programmes.newest(stated.key), shop, span)
        if is_held_out(version.definition.get("holdout") or 0, stated.key, person.accounts):
            yield Odd("person", "holdout", "given", "held out of it")
        yield from figure_odds(proof, version.definition, person.buyer(mine, shop, span, row["scope"]))


@dataclass(frozen=True, slots=True)
class _Version:
    number: int
    enabled: bool
    definition: dict[str, Any]
    at: datetime


class _Versions:
    """The programmes as they were saved, read once each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, dict[int, _Version]] = {}

    def get(self, key: str, version: int) -> _Version | None:
        """This version, None where there is none."""
        return self._of(key).get(version)

    def newest(self, key: str) -> int:
        """The newest version's number."""
        return max(self._of(key), default=0)

    def _of(self, key: str) -> dict[int, _Version]:
        if key not in self._known:
            rows = self._connection.execute(select(programme).where(programme.c.key == key))
            self._known[key] = {
                row.version: _Version(row.version, row.enabled, _whole(row.definition), row.at)
                for row in rows
            }
        return self._known[key]


def _whole(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as it was saved, with the fields that there were not yet when it was."""
    return marketing.parse_programme(definition).model_dump(mode="json")


def _as_offered(row: Mapping[str, Any], proof: Proof) -> Iterator[Odd]:
    """Where the offer itself is not what its proof comes to."""
    due = {
        "programme_key": proof.programme.key,
        "programme_version": proof.programme.version,
        "level": proof.level,
        "percent": proof.percent,
        "amount": proof.amount or None,
        "currency": proof.programme.currency if proof.amount else None,
        "scope": proof.scope,
    }
    yield from (Odd("offer", name, row[name], value) for name, value in due.items() if row[name] != value)
    ends = [each.programme.valid_until for each in (proof, *proof.added)]
    until = min((end for end in ends if end is not None), default=None)
    if row["valid_until"] != until:
        yield Odd("offer", "valid_until", row["valid_until"], until)


def _standing(version: _Version, newest: int, shop: store.Shop, span: Span) -> Iterator[Odd]:
    """Whether the programme gives anything there."""
    key = version.definition["key"]
    place = f"programme {key}"
    if version.number != newest:
        yield Odd(place, "version", version.number, newest)
    if not version.enabled:
        yield Odd(place, "state", "given", "off")
    shops = version.definition["shops"]
    if shops is not None and shop.name not in shops:
        yield Odd(place, "shops", shop.name, ", ".join(shops))
    begins, ends = (_moment(version.definition[name]) for name in ("valid_from", "valid_until"))
    if begins is not None and begins > span.last:
        yield Odd(place, "valid_from", "given", begins)
    if ends is not None and ends <= span.first:
        yield Odd(place, "valid_until", "given", ends)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _cap(definition: Mapping[str, Any]) -> int | None:
    """Up to how many hundredths of a percent it is added to others; None where it is not."""
    return int(Decimal(definition["cap"]) * 100) if definition.get("adds") else None


def _is_kept(row: Mapping[str, Any], proof: Proof) -> bool:
    """Whether it is what the account had before something lacked."""
    lowered = any(part.room is not None for part in proof.parts)
    return row["held"] is not None and bool(row["percent"] or row["amount"]) and not lowered


@dataclass(frozen=True, slots=True)
class _Saying:
    """Says of whose offer it is."""

    account: str
    person: str

    def __call__(self, odd: Odd) -> Disagreement:
        said = ("", "") if odd.stated == odd.due == "" else (_words(odd.stated), _words(odd.due))
        return Disagreement(self.account, self.person, odd.place, odd.thing, *said)


def _words(value: object) -> str:
    if value is None:
        return "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)[:300]
