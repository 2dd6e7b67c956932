"""``bench quality``: whom the rules join among generated people, rightly and wrongly, and whom the queue
adds.

``--people`` made-up people of Ukraine (``_townsfolk``) write themselves into three shops (``_checkouts``);
their accounts are resolved from scratch and then compared for suggestions, all with the settings as shipped.
Only this file knows whose an account is. A join makes one person of two: whoever has n accounts takes n - 1.
"""

import argparse
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from bench._checkouts import accounts_of
from bench._report import Row
from bench._settling import Truth, settle_people
from bench._townsfolk import townsfolk
from regulars_agent import Settings, make_suggestions, open_workspace
from regulars_agent._setting_sections import IdentitySettings
from regulars_store import Store, resolve_all, tables

_ALL = IdentitySettings(suggestions=100_000, share=1.0)
_SHIPPED = IdentitySettings()


@dataclass(frozen=True, slots=True)
class Joined:
    """What the rules made: joins that are right of those possible, and the wrong ones by their cause."""

    accounts: int
    possible: int
    right: int
    wrong: Mapping[str, int]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """What the queue would add: how long it is, how many of its pairs are right, and the joins they make."""

    length: int
    right: int
    joins: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--people", type=int, default=100_000, help="of the population (default 100000)")
    parser.add_argument("--seed", type=int, default=1, help="of the population (default 1)")
    parser.add_argument("--examples", action="store_true", help="show wrong joins, made-up as they are")


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    draw = random.Random(given.seed + 1)
    people = list(townsfolk(given.people, seed=given.seed))
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        settings = Settings.model_validate({"directory": Path(folder), "identity": _ALL})
        with open_workspace(settings, environ={}) as workspace:
            workspace.store.upgrade()
            truth = settle_people(workspace.store, people, (accounts_of(one, draw) for one in people))
            started = time.perf_counter()
            resolve_all(workspace.store)
            resolving = time.perf_counter() - started
            joined = judge(workspace.store, truth)
            started = time.perf_counter()
            make_suggestions(workspace)
            suggesting = time.perf_counter() - started
            queues = {
                name: queued(workspace.store, truth, longest)
                for name, longest in {
                    "as shipped": min(_SHIPPED.suggestions, int(_SHIPPED.share * joined.accounts)),
                    "with no bound": joined.accounts,
                }.items()
            }
    rows = [*_of_rules(joined, resolving), *_of_queues(joined, queues, suggesting)]
    notes = [
        "settings as shipped; the second queue is as long as it comes",
        *joined.examples[: 50 * given.examples],
    ]
    raw = {"joined": _plain(joined), "queues": {name: _plain(one) for name, one in queues.items()}}
    return f"quality: {given.people:,} people with {joined.accounts:,} accounts", rows, notes, raw


def judge(store: Store, truth: Truth) -> Joined:
    """Hold the persons against the truth."""
    with store.read() as connection:
        persons = _persons(connection)
        crossing = _crossing_links(connection, truth)
    owners: dict[str, set[int]] = defaultdict(set)
    parts: dict[int, set[str]] = defaultdict(set)
    counts: dict[int, int] = defaultdict(int)
    for account, person in persons.items():
        for owner in truth.owners[account]:
            owners[person].add(owner)
            parts[owner].add(person)
            counts[owner] += 1
    wrong: dict[str, int] = defaultdict(int)
    for some in owners.values():
        if len(some) > 1:
            wrong[truth.cause(some)] += len(some) - 1
    right = sum(counts[owner] - len(parts[owner]) for owner in counts)
    possible = sum(count - 1 for count in counts.values())
    return Joined(len(persons), possible, right, dict(wrong), tuple(crossing))


def _persons(connection: Connection) -> dict[str, str]:
    account = tables.account.c
    query = select(account.id, account.person_id).where(account.person_id.is_not(None))
    return {id_: person for id_, person in connection.execute(query)}  # noqa: C416  rows are no pairs


def _crossing_links(connection: Connection, truth: Truth) -> list[str]:
    """Links between accounts of two people and guests who are two, in words: where a wrong join is from."""
    link = tables.identity_link.c
    query = select(link.account_a, link.account_b, link.rule).order_by(link.account_a, link.account_b)
    found: dict[tuple[str, frozenset[int]], str] = {}
    for a, b, rule in connection.execute(query):
        owners = frozenset(truth.owners[a] | truth.owners[b])
        if truth.owners[a].isdisjoint(truth.owners[b]) and truth.cause(owners) == "wrong":
            found.setdefault((rule, owners), f"{rule}: {_shown(truth, a)} / {_shown(truth, b)}")
    for id_, several in truth.owners.items():
        if len(several) > 1 and truth.cause(several) == "wrong":
            found.setdefault(("guest", frozenset(several)), f"one guest of a shop: {_shown(truth, id_)}")
    return list(found.values())


def _shown(truth: Truth, account: str) -> str:
    one = truth.typed[account]
    return f"{one.given} {one.family}, {one.email}, {one.phone}, {one.born}".replace(", ,", ",")


def queued(store: Store, truth: Truth, longest: int) -> Queued:
    """The first pairs of the queue held against the truth."""
    one = tables.identity_suggestion.c
    with store.read() as connection:
        query = select(one.account_a, one.account_b, one.person_a, one.person_b)
        pairs = list(connection.execute(query.order_by(one.score.desc(), one.id).limit(longest)))
    right = [(a, b) for x, y, a, b in pairs if not truth.owners[x].isdisjoint(truth.owners[y])]
    return Queued(len(pairs), len(right), _joins(right))


def _joins(pairs: Iterable[tuple[str, str]]) -> int:
    """How many persons fewer there are when these pairs are joined."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    made = 0
    for a, b in pairs:
        one, other = root(a), root(b)
        parent[one] = other
        made += one != other
    return made


def _of_rules(joined: Joined, seconds: float) -> list[Row]:
    kinds = {
        "wrong": "false merges",
        "mailbox": "  apart: one mailbox used by two",
        "slip": "  apart: a slip made it a stranger's mailbox",
        "namesakes": "  apart: parent and child of one name and phone",
    }
    return [
        Row(
            "joined by rules",
            100 * joined.right / joined.possible,
            "%",
            f"of {joined.possible:,} joins, {seconds:.0f} s",
        ),
        *(Row(words, joined.wrong.get(kind, 0), "joins") for kind, words in kinds.items()),
    ]


def _of_queues(joined: Joined, queues: Mapping[str, Queued], seconds: float) -> list[Row]:
    left = joined.possible - joined.right
    rows = [Row("left to the queue", left, "joins", f"the batch takes {seconds:.0f} s")]
    for name, one in queues.items():
        remark = f"{one.length:,} pairs, {100 * one.right / max(one.length, 1):.1f} % right"
        rows.append(Row(f"  found by it {name}", 100 * one.joins / max(left, 1), "%", remark))
    return rows


def _plain(one: Joined | Queued) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__ if name != "examples"}
