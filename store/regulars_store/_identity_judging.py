"""Everybody judged from scratch: rows ready to be written, a batch at a time. Reads only."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import cycle, repeat
from typing import NamedTuple

from sqlalchemy import Connection

from regulars_mapping import (
    Decision,
    DecisionKind,
    GuardRules,
    IdentityKey,
    KeyKind,
    Link,
    born_of,
    components,
    keys_with_implied,
    links_of,
    standing,
)
from regulars_store._driver import Plain, fetch
from regulars_store._identity_evidence import KEY_COLUMNS, Parts, Place, is_blocked, linked, place_column
from regulars_store._identity_queries import (
    STORED,
    AccountRow,
    chunks_of,
    every_decision,
    read_wanted,
)
from regulars_store._identity_rows import link_row, link_rows, person_row
from regulars_store._record_by_hand import ByHand, Said


class Batch(NamedTuple):
    """Plain rows: of identity_link, of person, and (cluster, person, place) of accounts that move.

    Batches of links alone come first; a link that comes in two batches is as it came last. ``left`` are the
    places of the accounts of one person each, left to whoever takes the batch (``Finisher``).
    """

    links: list[Plain]
    persons: list[Plain]
    moves: list[Plain]
    left: list[Sequence[Place]]


class _Standing(NamedTuple):
    """The decisions that count, and the sets of accounts in which they have a say."""

    decisions: list[Decision]
    places: set[Place]


def judged(
    connection: Connection,
    *,
    guard: GuardRules,
    chunk: int,
    kinds: Collection[KeyKind] = tuple(KEY_COLUMNS),
    elsewhere: Callable[[], Mapping[Place, Place]] = dict,
    leaving: bool = False,
) -> Iterator[Batch]:
    """Every link and person, and the accounts that move, about ``chunk`` rows a batch.

    Where ``kinds`` are not all, ``elsewhere`` is asked whom the others joined (``Parts.joins``) once these
    links are found. ``leaving`` leaves the last part of the work, what follows from the accounts of one
    person, to whoever takes the batches, in every second: with the writing to do as well, that one is then
    done together with this one.
    """
    parts = Parts()
    yield from link_batches(connection, guard, parts, chunk, kinds)
    for one, other in elsewhere().items():
        parts.join(one, other)
    said = _decided(connection, parts)
    judge = _Judge(connection, guard, said, leaving=leaving)
    yield from judge.singles(parts, chunk)
    sets = parts.sets()
    disputed = {parts.root(place) for place in said.places if place in parts}
    # In the order in which the accounts lie, which is also the one in which they are written.
    yield from judge.linked(sorted(sets[root] for root in sets.keys() - disputed), chunk)
    for root in disputed:
        yield judge.disputed(sets[root])


def link_batches(
    connection: Connection, guard: GuardRules, parts: Parts, chunk: int, kinds: Collection[KeyKind]
) -> Iterator[Batch]:
    """The links of these kinds of keys, as if nobody had decided anything; ``parts`` learns of them."""
    rows: list[Plain] = []
    for links in linked(connection, guard, parts, kinds):
        rows += [link_row(link, taken=True) for link in links]
        if len(rows) >= chunk:
            yield Batch(rows, [], [], [])
            rows = []
    yield Batch(rows, [], [], [])


_NAMED = "SELECT a.id, a.@place FROM @ids CROSS JOIN account AS a WHERE a.id = wanted.value AND NOT a.gone"


def _decided(connection: Connection, parts: Parts) -> _Standing:
    """Join what humans join. Where they keep accounts apart is seen when their set is judged."""
    decisions = every_decision(connection)
    named = {account_id for one in decisions for account_id in (one.a, one.b)}
    sql = _NAMED.replace("@place", place_column(connection))
    place_of: dict[str, Place] = dict(read_wanted(connection, sql, named))
    stands = standing(decisions, place_of)
    for one in stands:
        if one.kind == DecisionKind.MUST_LINK:
            parts.join(place_of[one.a], place_of[one.b])
    return _Standing(decisions, {place_of[id_] for one in stands for id_ in one.pair})


class _Judge:
    """Makes the rows of persons out of sets of places."""

    def __init__(self, connection: Connection, guard: GuardRules, said: _Standing, *, leaving: bool) -> None:
        self._connection = connection
        self._guard = guard
        self._said = said
        self._finisher = Finisher(connection)
        self._leave = cycle((False, False, leaving))

    def singles(self, parts: Parts, chunk: int) -> Iterator[Batch]:
        """Accounts that nothing connects: each is a person."""
        place = place_column(self._connection)
        after: Place = -(2**63) if place == "rowid" else ""
        for leave in self._leave:
            columns = f"a.{place}" if leave else _stored_columns(place)
            sql = (
                f"SELECT {columns} FROM account AS a WHERE a.{place} > :after AND NOT a.gone "  # noqa: S608
                f"ORDER BY a.{place} LIMIT :limit"
            )
            page = fetch(self._connection, sql, after=after, limit=chunk)
            if not page:
                return
            after = page[-1][0]
            alone = [row for row in page if row[0] not in parts]
            if leave:
                yield Batch([], [], [], [(row[0],) for row in alone])
            else:
                yield self._finisher.persons([[row] for row in alone])

    def linked(self, sets: Sequence[Sequence[Place]], chunk: int) -> Iterator[Batch]:
        """Sets in which nobody decided anything: each is a person."""
        # Few persons have more than four accounts, so that these are about a chunk of rows.
        for some, leave in zip(chunks_of(sets, max(1, chunk // 4)), self._leave, strict=False):
            left = Batch([], [], [], some)
            yield left if leave else self._finisher.finished(left)

    def disputed(self, places: Sequence[Place]) -> Batch:
        """A set in which humans have a say: its links are taken one by one."""
        rows = _rows_at(self._connection, places).values()
        accounts = {row[1]: _account(row) for row in rows}
        outcome = components(accounts, self._links_among(accounts), self._said.decisions)
        members: dict[str, list[Plain]] = {}
        for row in rows:
            members.setdefault(outcome.person_of[row[1]], []).append(row)
        clusters = [outcome.cluster_of[some[0][1]] for some in members.values()]
        return self._finisher.persons(list(members.values()), clusters)._replace(links=link_rows(outcome))

    def _links_among(self, accounts: dict[str, AccountRow]) -> list[Link]:
        holders: dict[IdentityKey, list[AccountRow]] = {}
        for one in accounts.values():
            for key in keys_with_implied(one.keys):
                holders.setdefault(key, []).append(one)
        born = born_of(accounts.values())
        return [
            link
            for key, some in holders.items()
            if len(some) > 1 and not is_blocked(self._connection, key, self._guard)
            for link in links_of(key, some, born=born)
        ]


class Finisher:
    """What follows from the accounts of one person: its row, and which of them move."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._by_hand = ByHand.read(connection)

    def finished(self, batch: Batch) -> Batch:
        """The batch with nothing left."""
        if not batch.left:
            return batch
        rows = _rows_at(self._connection, [place for places in batch.left for place in places])
        done = self.persons([[rows[place] for place in places] for places in batch.left])
        return Batch(batch.links, batch.persons + done.persons, batch.moves + done.moves, [])

    def persons(self, members: Collection[Sequence[Plain]], clusters: Iterable[str] = repeat("")) -> Batch:
        """The persons who have these accounts each, of which ``_stored_columns`` were read; ``clusters`` are
        theirs, by default their own."""
        told = self._by_hand.about(self._connection, [row[1] for rows in members for row in rows])
        done = Batch([], [], [], [])
        for rows, cluster in zip(members, clusters, strict=False):
            self._add(done, rows, told, cluster)
        return done

    def _add(self, batch: Batch, rows: Sequence[Plain], told: Said, cluster: str) -> None:
        accounts = [_account(row) for row in rows]
        person = person_row(accounts, vouched=self._by_hand.vouched, said=told)
        who, anchor = person[:2]
        cluster = cluster or anchor
        batch.persons.append(person)
        batch.moves.extend(
            (cluster, who, row[0])
            for row, one in zip(rows, accounts, strict=True)
            if one.person_id != who or one.cluster_id != cluster
        )


def _stored_columns(place: str) -> str:
    """What is read of an account to judge it: its place, then STORED."""
    return ", ".join(f"a.{name}" for name in (place, *STORED))


def _rows_at(connection: Connection, places: Collection[Place]) -> dict[Place, Plain]:
    """The accounts at these places, by place: ``_stored_columns``."""
    place = place_column(connection)
    sql = f"SELECT {_stored_columns(place)} FROM @ids CROSS JOIN account AS a WHERE a.{place} = wanted.value"  # noqa: S608
    return {row[0]: row for row in read_wanted(connection, sql, places)}


def _account(row: Plain) -> AccountRow:
    return AccountRow._make((*row[1:], None))
