"""Suggestions of who may be one person: what they are made from, and the queue that waits for a human.

A suggestion is no link: nothing follows from it until a human decides. Its row holds no value of anybody's,
only what was found and what it weighs.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, update

from regulars_mapping import DecisionKind, SkipError, anchor_of, standing
from regulars_store._bulk import among, upsert
from regulars_store._identity_decisions import decide
from regulars_store._identity_queries import chunks_of, every_decision
from regulars_store._tables_derived import account, address, order
from regulars_store._tables_suggestions import identity_suggestion

_CHUNK = 2_000
_FIELDS = ("given_name", "family_name", "email_folded", "phone_e164", "birth_date")
_PLACE = ("line1", "line2", "city", "region", "postcode")
_PLACES = 3


class SuggestionState(StrEnum):
    """What became of a suggestion; the word kept in the database."""

    NEW = "new"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Suggested:
    """A pair of accounts that may be one person's. ``score`` is in bits; ``waterfall`` is JSON."""

    account_a: str
    account_b: str
    score: float
    probability: float
    waterfall: Mapping[str, Any]


def described_accounts(connection: Connection) -> Iterator[Row[Any]]:
    """Every account that has a person, by id, once for each of the addresses most was delivered to; a stream.

    At most three addresses an account, that of the most deliveries first. Columns: id, person_id, given_name,
    family_name, email_folded, phone_e164, birth_date (ISO, ``--05-17`` or empty), line1, line2, city, region,
    postcode; those of the address are None where there is none.
    """
    uses = (
        select(order.c.delivery_address_id.label("id"), func.count().label("deliveries"))
        .where(order.c.gone.is_(False), order.c.delivery_address_id.is_not(None))
        .group_by(order.c.delivery_address_id)
        .subquery()
    )
    rank = func.row_number().over(
        partition_by=address.c.account_id,
        order_by=(func.coalesce(uses.c.deliveries, 0).desc(), address.c.id),
    )
    ranked = (
        select(address.c.account_id, *(address.c[name] for name in _PLACE), rank.label("rank"))
        .outerjoin(uses, uses.c.id == address.c.id)
        .subquery()
    )
    query = (
        select(
            account.c.id,
            account.c.person_id,
            *(account.c[name] for name in _FIELDS),
            *(ranked.c[name] for name in _PLACE),
        )
        .outerjoin(ranked, and_(ranked.c.account_id == account.c.id, ranked.c.rank <= _PLACES))
        .where(account.c.gone.is_(False), account.c.person_id.is_not(None))
        .order_by(account.c.id, ranked.c.rank)
    )
    yield from connection.execute(query, execution_options={"yield_per": _CHUNK})


def has_accounts(connection: Connection, least: int) -> bool:
    """Whether so many accounts have a person."""
    some = select(account.c.id).where(account.c.person_id.is_not(None)).limit(least).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) >= least


def decided_persons(connection: Connection) -> set[tuple[str, str]]:
    """The pairs of persons that are not to be suggested: a human has said whether they are one or two.

    By the decisions that stand, also where they are not carried out yet, and by refused suggestions whose
    decision sleeps because an account is gone.
    """
    decisions = every_decision(connection)
    accounts = {name for one in decisions for name in one.pair}
    person_of = _persons_of(connection, accounts)
    stands = [one.pair for one in standing(decisions, person_of)]
    decided = {(person_of[a], person_of[b]) for a, b in stands if person_of[a] != person_of[b]}
    # One that was taken back speaks no more, whether its accounts are there or not.
    said = {one.id for one in standing(decisions, accounts) if one.kind is DecisionKind.CANNOT_LINK}
    refused = select(
        identity_suggestion.c.person_a, identity_suggestion.c.person_b, identity_suggestion.c.decision_id
    ).where(identity_suggestion.c.state == SuggestionState.REFUSED.value)
    return decided | {(a, b) for a, b, decision in connection.execute(refused) if decision in said}


def _persons_of(connection: Connection, accounts: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks_of(sorted(accounts)):
        query = select(account.c.id, account.c.person_id).where(
            account.c.id.in_(chunk), account.c.person_id.is_not(None)
        )
        found.update((id_, person) for id_, person in connection.execute(query))
    return found


def replace_suggestions(
    connection: Connection, suggested: Sequence[Suggested], *, model: str, now: datetime
) -> int:
    """Make these the queue; how many of them wait.

    A waiting pair that has become one person is marked stale; one that is no longer suggested is dropped. A
    pair whose accounts meanwhile have no person, or one and the same, is left out. Pairs that were decided
    keep their rows, unless the decision was taken back and they are suggested again.
    """
    rows = _rows(connection, suggested, model, now)
    waiting = identity_suggestion.c.state == SuggestionState.NEW.value
    times = select(identity_suggestion.c.id, identity_suggestion.c.at).where(waiting)
    before = {id_: at for id_, at in connection.execute(times)}  # noqa: C416  rows are no pairs to a type checker
    _mark_stale(connection, now)
    connection.execute(delete(identity_suggestion).where(waiting))
    # A pair that waits already goes on waiting since then.
    upsert(connection, identity_suggestion, [{**row, "at": before.get(row["id"], now)} for row in rows])
    return len(rows)


def _rows(
    connection: Connection, suggested: Sequence[Suggested], model: str, now: datetime
) -> list[dict[str, Any]]:
    person_of = _persons_of(
        connection, {name for one in suggested for name in (one.account_a, one.account_b)}
    )
    rows = []
    for one in suggested:
        a, b = sorted((one.account_a, one.account_b), key=anchor_of)
        if a in person_of and b in person_of and person_of[a] != person_of[b]:
            rows.append(
                {
                    "id": suggestion_id(a, b),
                    "account_a": a,
                    "account_b": b,
                    "person_a": person_of[a],
                    "person_b": person_of[b],
                    "score": round(one.score * 1_000),
                    "probability": round(one.probability * 1_000_000),
                    "waterfall": dict(one.waterfall),
                    "model": model,
                    "state": SuggestionState.NEW.value,
                    "at": now,
                    "decision_id": None,
                }
            )
    return rows


def suggestion_id(a: str, b: str) -> str:
    """The id of the suggestion about two accounts, the smaller anchor first: 12 hex digits."""
    return blake2b(f"{a} {b}".encode(), digest_size=6, person=b"regulars suggest").hexdigest()


def _mark_stale(connection: Connection, now: datetime) -> None:
    one = account.alias()
    other = account.alias()
    same = (
        select(identity_suggestion.c.id)
        .join(one, one.c.id == identity_suggestion.c.account_a)
        .join(other, other.c.id == identity_suggestion.c.account_b)
        .where(identity_suggestion.c.state == SuggestionState.NEW.value, one.c.person_id == other.c.person_id)
    )
    connection.execute(
        update(identity_suggestion)
        .where(identity_suggestion.c.id.in_(same))
        .values(state=SuggestionState.STALE.value, at=now)
    )


def waiting_suggestions(connection: Connection, *, limit: int) -> list[dict[str, Any]]:
    """The queue, likeliest first: each row with ``a`` and ``b``, the two accounts with their addresses.

    Pairs that became one person, lost an account or were decided since the run are not among them.
    """
    rows = _open(connection, identity_suggestion.c.state == SuggestionState.NEW.value)[:limit]
    return [_with_accounts(connection, row) for row in rows]


def suggestions_about(connection: Connection, accounts: Collection[str]) -> list[dict[str, Any]]:
    """Those of the queue that name one of these accounts, as ``waiting_suggestions`` gives them."""
    names_one = or_(
        among(connection, identity_suggestion.c.account_a, accounts),
        among(connection, identity_suggestion.c.account_b, accounts),
    )
    waits = identity_suggestion.c.state == SuggestionState.NEW.value
    return [_with_accounts(connection, row) for row in _open(connection, and_(waits, names_one))]


def waiting_suggestion(connection: Connection, suggestion: str) -> dict[str, Any]:
    """One row of the queue, as ``waiting_suggestions`` gives it.

    Raises SkipError where there is no such suggestion or it no longer waits.
    """
    return _with_accounts(connection, _waiting(connection, suggestion))


def _waiting(connection: Connection, suggestion: str) -> dict[str, Any]:
    found = connection.scalar(
        select(identity_suggestion.c.state).where(identity_suggestion.c.id == suggestion)
    )
    if found is None:
        raise SkipError(f"There is no suggestion {suggestion}. See the queue: regulars person suggestions")
    if found != SuggestionState.NEW.value:
        raise SkipError(f"Suggestion {suggestion} does not wait any more: it is {found}.")
    open_ = _open(connection, identity_suggestion.c.id == suggestion)
    if not open_:
        raise SkipError(
            f"Suggestion {suggestion} is out of date: its accounts changed. Make the queue anew: "
            "regulars person suggest"
        )
    return open_[0]


def _open(connection: Connection, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The rows whose accounts are of two persons about whom nobody has decided, with those persons of now."""
    one, other = account.alias(), account.alias()
    persons = (one.c.person_id.label("person_a"), other.c.person_id.label("person_b"))
    columns = [column for column in identity_suggestion.c if not column.name.startswith("person_")]
    query = (
        select(*columns, *persons)
        .join(one, one.c.id == identity_suggestion.c.account_a)
        .join(other, other.c.id == identity_suggestion.c.account_b)
        .where(condition, one.c.person_id != other.c.person_id)
        .order_by(identity_suggestion.c.score.desc(), identity_suggestion.c.id)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    decided = {frozenset(pair) for pair in decided_persons(connection)} if rows else set()
    return [row for row in rows if {row["person_a"], row["person_b"]} not in decided]


def _with_accounts(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    sides = {side: _shown(connection, row[f"account_{side}"]) for side in ("a", "b")}
    return {**row, **sides}


def _shown(connection: Connection, account_id: str) -> dict[str, Any]:
    columns = ("id", "shop_id", "person_id", "registered", "given_name", "family_name", "email", "phone")
    query = select(*(account.c[name] for name in columns)).where(account.c.id == account_id)
    found = dict(connection.execute(query).mappings().one())
    places: Select[Any] = (
        select(*(address.c[name] for name in _PLACE))
        .where(address.c.account_id == account_id)
        .order_by(address.c.id)
        .limit(5)
    )
    return {**found, "addresses": [dict(row) for row in connection.execute(places).mappings()]}


def settle_suggestion(
    connection: Connection, suggestion: str, *, accepted: bool, who: str, why: str, now: datetime
) -> int:
    """Record a human's decision about a waiting suggestion; the id of the decision.

    Accepted: the two accounts are one person's (must_link). Refused: they are not (cannot_link), and are
    not suggested again. Both accounts become dirty for stage "identity". Raises SkipError where there is no
    such suggestion or it no longer waits.
    """
    found = _waiting(connection, suggestion)
    kind, state = (
        (DecisionKind.MUST_LINK, SuggestionState.ACCEPTED)
        if accepted
        else (DecisionKind.CANNOT_LINK, SuggestionState.REFUSED)
    )
    pair = {"account_a": found["account_a"], "account_b": found["account_b"]}
    decision = decide(connection, kind=kind, **pair, who=who, why=why, now=now)
    settled = {"state": state.value, "at": now, "decision_id": decision}
    persons = {"person_a": found["person_a"], "person_b": found["person_b"]}
    connection.execute(
        update(identity_suggestion).where(identity_suggestion.c.id == suggestion).values(**settled, **persons)
    )
    return decision
