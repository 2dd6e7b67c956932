"""Why two accounts are one person's or two: links with their evidence, guards, decisions, ownership."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._decision_journal import JournalAct, journal_of
from regulars_agent._identity_sides import Side, side_of
from regulars_agent._workspace import Workspace
from regulars_mapping import (
    STANDARD_GUARD,
    Hindrance,
    IdentityKey,
    KeyKind,
    Rule,
    anchor_of,
    blocking,
    born_of,
    hindrance,
    key_digest,
    keys_of,
    ownership,
    rule_version,
    weak_keys_of,
)

_MOST_PAIRS = 400
"""Pairs of holders of one key that are looked at to say why it does not link them."""


@dataclass(frozen=True, slots=True)
class ExplainedSide:
    """One of the two: the account that stands for what was named, its person, and all accounts of that."""

    named: str
    account: str
    person: str
    accounts: tuple["ExplainedAccount", ...]
    erased_at: datetime | None = None
    """When whom these accounts stand for was erased; None for everybody else."""


@dataclass(frozen=True, slots=True)
class ExplainedAccount:
    """An account, what its attributes come from, and how its ownership is known: ``platform``, ``mail``,
    ``shop``, ``unknown``; None for a guest, whom nothing is given to."""

    id: str
    name: str
    email: str
    phone: str
    version_at: datetime
    source: str
    ownership: str | None


@dataclass(frozen=True, slots=True)
class ExplainedLink:
    """A step of the path: two accounts, the rule and what it rests on. Not ``taken``: a decision barred it.

    ``evidence`` is the e-mail, phone or other key they share, or who decided; ``decision`` its number.
    ``rules`` is the version of the rules it was judged by, and ``payloads`` where both have from what they
    share: none for a decision, and none where an account has another by now and waits to be computed.
    """

    a: str
    b: str
    rule: str
    evidence: str
    taken: bool
    decision: int | None = None
    rules: str = ""
    payloads: tuple["ExplainedPayload", ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedPayload:
    """What an account's key was read from: the observation with this ``sequence`` of a customer or an order,
    which came ``via`` history, changes or a read; or the edit of this number, and via whom."""

    account: str
    kind: str
    id: str
    sequence: int
    at: datetime
    via: str


@dataclass(frozen=True, slots=True)
class ExplainedKey:
    """What both have in common. ``hindrance`` is why it does not link them, None where it does; ``holders``
    and ``emails`` are how many accounts hold it and how many e-mails these have, beside what is allowed."""

    kind: str
    value: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    holders: int
    emails: int
    hindrance: str | None
    most_holders: int = STANDARD_GUARD.accounts_a_key
    most_emails: int = STANDARD_GUARD.emails_a_phone


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether two are one person, and why. ``path`` leads from one account to the other by all links there
    are; where they are two, over at least one that is barred. ``decisions`` are those between the two."""

    one_person: bool
    a: ExplainedSide
    b: ExplainedSide
    path: tuple[ExplainedLink, ...]
    keys: tuple[ExplainedKey, ...]
    decisions: tuple[JournalAct, ...]
    rules: str


def explain_persons(workspace: Workspace, one: str, other: str) -> Explanation:
    """Why these two are one person or two, by ids of persons or accounts, e-mails or phones.

    Raises SkipError where one is nobody, PermanentError where it may mean several.
    """
    with workspace.store.read() as connection:
        return _explanation(connection, (one, side_of(connection, one)), (other, side_of(connection, other)))


def _explanation(connection: Connection, a: tuple[str, Side], b: tuple[str, Side]) -> Explanation:
    together = a[1].person == b[1].person
    vouched = {shop.id: store.checks_emails(shop.options) for shop in store.shops(connection)}
    # Of one person it is asked how just these two accounts came together; of two, what they have in common.
    of_a = (a[1].account,) if together else a[1].members
    of_b = (b[1].account,) if together else b[1].members
    rows = {**a[1].accounts, **b[1].accounts}
    path = tuple(_path(connection, a[1], b[1]))
    return Explanation(
        one_person=together,
        a=_side(connection, *a, vouched),
        b=_side(connection, *b, vouched),
        path=path,
        keys=tuple(_keys(connection, rows, of_a, of_b)) if of_a != of_b else (),
        decisions=_between(connection, {*of_a, *of_b}, path),
        rules=rule_version(),
    )


def _side(connection: Connection, named: str, side: Side, vouched: Mapping[int, bool]) -> ExplainedSide:
    accounts = tuple(_account(side.accounts[member], vouched) for member in side.members)
    erasures = store.erasing.erasures_of(connection, side.members)
    erased_at = erasures[-1].at if erasures else None
    return ExplainedSide(named, side.account, side.person, accounts, erased_at)


def _account(row: Mapping[str, Any], vouched: Mapping[int, bool]) -> ExplainedAccount:
    owned = ownership(
        email_verified=row["email_verified"],
        checks_emails=vouched.get(row["shop_id"], False),
        confirmed_by_mail=row["proven"],
    )
    return ExplainedAccount(
        id=row["id"],
        name=f"{row['given_name']} {row['family_name']}".strip(),
        email=row["email"],
        phone=row["phone"],
        version_at=row["version_at"],
        source=f"order {row['version_of']}" if row["version_of"] else "customer account",
        ownership=owned.value if row["registered"] else None,
    )


def _between(
    connection: Connection, accounts: Collection[str], path: Sequence[ExplainedLink]
) -> tuple[JournalAct, ...]:
    """The acts, of each the decisions about two of these accounts or about what bars a link of the path."""
    barred = store.accounts_named(
        connection, {end for link in path if not link.taken for end in (link.a, link.b)}
    )
    persons = {row["person_id"] for row in barred.values()}
    parted = {row["id"] for row in store.accounts_of_persons(connection, persons)}
    concerned = {*accounts, *parted}
    person_of = {id_: row["person_id"] for id_, row in store.accounts_named(connection, concerned).items()}
    together = len(set(person_of.values())) == 1
    found = []
    for act in journal_of(connection, concerned):
        lines = tuple(
            line
            for line in act.lines
            if line.a in person_of
            and line.b in person_of
            and (together or person_of[line.a] != person_of[line.b])
        )
        if lines:
            found.append(JournalAct(act.kind, act.at, act.who, act.why, lines))
    return tuple(found)


_Said: TypeAlias = tuple[str, str, str]
"""The two accounts of a must-link, and when it was decided."""


class _Edge(NamedTuple):
    to: str
    link: Mapping[str, Any]


def _path(connection: Connection, a: Side, b: Side) -> Iterator[ExplainedLink]:
    """The shortest way between the two accounts, over links that were taken where there is one."""
    cluster = a.accounts[a.account]["cluster_id"]
    if cluster is None or cluster != b.accounts[b.account]["cluster_id"] or a.account == b.account:
        return
    rows = {row["id"]: row for row in store.accounts_of_cluster(connection, cluster)}
    links = store.links_among(connection, rows)
    decided = _decided(connection, links)
    way = _way([link for link in links if link["taken"]], a.account, b.account)
    for link in way or _way(links, a.account, b.account):
        pair = (link["account_a"], link["account_b"])
        number, words = decided.get((*pair, link["evidence"].get("decided_at", "")), (None, ""))
        yield ExplainedLink(
            *pair,
            rule=link["rule"],
            evidence=words or _shared_value(rows[pair[0]], link),
            taken=bool(link["taken"]),
            decision=number,
            rules=link["rules"],
            payloads=tuple(_payloads(connection, link, rows)),
        )


def _payloads(
    connection: Connection, link: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]
) -> Iterator[ExplainedPayload]:
    ends = [end for end in (link["account_a"], link["account_b"]) if _shared_value(rows[end], link)]
    if link["rule"] == Rule.CARD.value:
        for end in ends:
            for entry in store.edit_history(connection, [end], field="card_number", limit=1):
                edit = entry.edit
                yield ExplainedPayload(end, "edit", edit.field, edit.id, edit.at, entry.who)
        return
    told = store.sources_of(connection, ends)
    for end in ends:
        if source := told.get(end):
            yield ExplainedPayload(
                end, source.kind, source.external_id, source.sequence, source.observed_at, source.via
            )


def _way(links: Sequence[Mapping[str, Any]], start: str, end: str) -> list[Mapping[str, Any]]:
    edges: dict[str, list[_Edge]] = {}
    for link in links:
        one, other = link["account_a"], link["account_b"]
        edges.setdefault(one, []).append(_Edge(other, link))
        edges.setdefault(other, []).append(_Edge(one, link))
    came: dict[str, _Edge | None] = {start: None}
    waiting = deque([start])
    while waiting and end not in came:
        at = waiting.popleft()
        for edge in sorted(edges.get(at, ()), key=lambda edge: (anchor_of(edge.to), edge.link["rule"])):
            if edge.to not in came:
                came[edge.to] = _Edge(at, edge.link)
                waiting.append(edge.to)
    way: list[Mapping[str, Any]] = []
    step = came.get(end)
    while step is not None:
        way.append(step.link)
        step = came[step.to]
    return way[::-1]


def _decided(connection: Connection, links: Sequence[Mapping[str, Any]]) -> Mapping[_Said, tuple[int, str]]:
    """Of each must-link among these the decision's number, and its author with the reason."""
    made = [link for link in links if link["rule"] == Rule.MUST_LINK.value]
    named = {link[side] for link in made for side in ("account_a", "account_b")}
    return {
        (*entry.decision.pair, entry.decision.at.isoformat()): (
            entry.decision.id,
            f"{entry.who}: {entry.why}",
        )
        for entry in store.journal_about(connection, named)
        if entry.decision.kind == Rule.MUST_LINK.value
    }


class _Keyed(NamedTuple):
    email_folded: str
    phone_e164: str


def _shared_value(row: Mapping[str, Any], link: Mapping[str, Any]) -> str:
    """The value whose digest the link keeps; empty where the account has another by now."""
    fields = _Keyed(row["email_folded"], row["phone_e164"])
    keys = (*keys_of(fields), *weak_keys_of(fields), IdentityKey(KeyKind.CARD, row["card_number"]))
    digest = link["evidence"].get("key_digest")
    return next((key.value for key in keys if key_digest(key) == digest), "")


class _Holder(NamedTuple):
    id: str
    given_name: str
    family_name: str
    email_folded: str
    phone_e164: str
    birth_date: str


def _keys(
    connection: Connection,
    rows: Mapping[str, Mapping[str, Any]],
    of_a: Collection[str],
    of_b: Collection[str],
) -> Iterator[ExplainedKey]:
    for shared in store.shared_keys(connection, of_a, of_b):
        why = blocking(shared.key, shared.emails) or _why_none(shared, rows)
        yield ExplainedKey(
            shared.key.kind.value,
            shared.key.value,
            shared.a,
            shared.b,
            shared.holders,
            len(set(shared.emails) - {""}),
            None if why is None else why.value,
        )


def _why_none(shared: store.SharedKey, rows: Mapping[str, Mapping[str, Any]]) -> Hindrance | None:
    """Why no pair across is linked by a key that is not blocked; None where one is."""
    found: Hindrance | None = None
    for number, (a, b) in enumerate(product(shared.a, shared.b)):
        one, other = _holder(rows[a]), _holder(rows[b])
        if a == b or number >= _MOST_PAIRS or _is_one_spelling(shared.key, one, other):
            continue
        born = born_of((one, other))
        why = hindrance(shared.key, one, other, born=(born.get(a), born.get(b)))
        if why is None:
            return None
        found = found or why
    return found


def _holder(row: Mapping[str, Any]) -> _Holder:
    names = (row["given_name"], row["family_name"])
    return _Holder(row["id"], *names, row["email_folded"], row["phone_e164"], row["birth_date"])


def _is_one_spelling(key: IdentityKey, one: _Holder, other: _Holder) -> bool:
    return key.kind == KeyKind.EMAIL_ALIAS and one.email_folded == other.email_folded
