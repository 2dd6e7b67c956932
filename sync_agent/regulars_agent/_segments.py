"""Segments read: whom they describe now, who is in them, and why."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._identity_sides import side_of
from regulars_agent._money import money_rules
from regulars_agent._waiting import CHANGES_WAIT, changes_wait
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError
from regulars_marketing import Evaluation, ReadySegment, StoredSegment

MOST_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class SegmentSummary:
    """The newest version of a segment and how many are in it. ``problem`` says why it cannot be asked at
    present; then its members stand as they last were."""

    segment: StoredSegment
    members: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class InShopify:
    """A segment in a Shopify shop's own language, or why not; see `marketing.ShopifySegment`. Without a
    connected Shopify shop ``shop`` is empty, and the shop's currency is taken for the main one."""

    shop: str
    query: str | None
    reasons: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentDetails:
    """A segment with all its versions, the newest first."""

    segment: StoredSegment
    members: int
    problem: str
    versions: Sequence[StoredSegment]
    shopify: Sequence[InShopify]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in a segment, ``since`` when; None where only the expression was asked."""

    person: str
    name: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class SegmentTrial:
    """What an expression describes now. ``expression`` is as it would be kept."""

    expression: str
    count: int
    some: Sequence[Member]
    shopify: Sequence[InShopify]


@dataclass(frozen=True, slots=True)
class SegmentExplained:
    """Whether a person is in a segment, and why.

    ``left_out`` says why somebody whom the expression describes is in it all the same not: archived, erased.
    ``since`` is when they came into it, None where they are not kept as a member. ``held`` says for want of
    which rate a value that decides is not known, empty where all are.
    """

    person: str
    segment: str
    expression: str
    is_in: bool
    left_out: str
    since: datetime | None
    because: Sequence[Any]
    change: Sequence[Any]
    turns_on: date | None
    held: str = ""


def segments(workspace: Workspace) -> Sequence[SegmentSummary]:
    """All segments by key, those that are off too."""
    with workspace.store.read() as connection:
        counts = store.segments.member_counts(connection)
        problems = marketing.standing_segments(connection, evaluation_now(workspace, connection)).problems
        return [
            SegmentSummary(each, counts.get(each.key, 0), problems.get(each.key, ""))
            for each in marketing.segments(connection)
        ]


def ready_segments(workspace: Workspace) -> Sequence[tuple[ReadySegment, bool]]:
    """The ready-made segments, each with whether one of its key was ever switched on."""
    with workspace.store.read() as connection:
        known = {each.key for each in marketing.segments(connection)}
    return [(each, each.key in known) for each in marketing.ready_segments()]


def segment_details(workspace: Workspace, key: str) -> SegmentDetails:
    """One segment. Raises SkipError where there is none."""
    with workspace.store.read() as connection:
        found = marketing.segment_named(connection, key)
        evaluation = evaluation_now(workspace, connection)
        problem = marketing.standing_segments(connection, evaluation, [key]).problems.get(key, "")
        return SegmentDetails(
            segment=found,
            members=store.segments.member_counts(connection).get(key, 0),
            problem=problem,
            versions=marketing.segment_versions(connection, key),
            shopify=_shopify(connection, found.expression, evaluation) if not problem else (),
        )


def count_segment(workspace: Workspace, text: str) -> int:
    """How many persons a segment, by its key, or an expression describes at this moment."""
    with workspace.store.read() as connection:
        tree = _tree(connection, text)
        return marketing.count_segment(connection, tree, evaluation_now(workspace, connection))


def try_segment(workspace: Workspace, expression: str, *, limit: int = 10) -> SegmentTrial:
    """What an expression describes, kept nowhere, with the first few persons."""
    with workspace.store.read() as connection:
        tree, evaluation = _tree(connection, expression), evaluation_now(workspace, connection)
        some = marketing.some_of_segment(connection, tree, evaluation, limit=min(limit, MOST_SHOWN))
        return SegmentTrial(
            expression=marketing.segment_text(tree),
            count=marketing.count_segment(connection, tree, evaluation),
            some=[_member(row, None) for row in some],
            shopify=_shopify(connection, marketing.segment_text(tree), evaluation),
        )


def segment_members(workspace: Workspace, key: str, *, limit: int = 50, after: str = "") -> Sequence[Member]:
    """Members by id; the next page is ``after`` the last one. Raises SkipError where there is no segment."""
    with workspace.store.read() as connection:
        marketing.segment_named(connection, key)
        rows = store.segments.segment_page(connection, key, limit=limit, after=after)
        return [_member(row, row.since) for row in rows]


def explain_membership(workspace: Workspace, person: str, text: str) -> SegmentExplained:
    """Why a person is in a segment, by its key, or described by an expression, or is not, and what would
    change that.

    ``person`` is a person's or an account's id, an e-mail or a phone. Raises SkipError where nobody is meant
    or nothing was computed about them yet, or the segment is off; PermanentError where several are meant.
    """
    with workspace.store.read() as connection:
        who = side_of(connection, person).person
        _check_on(connection, text)
        tree, evaluation = _tree(connection, text), evaluation_now(workspace, connection)
        if problem := marketing.unanswerable(tree, evaluation):
            raise PermanentError(f"The expression cannot be asked: {problem}.")
        profile = store.segments.profile_of(connection, who)
        if profile is None:
            waiting = f" {CHANGES_WAIT}" if changes_wait(connection) else ""
            raise SkipError(f"Nothing was computed about {who} yet; at once: regulars compute.{waiting}")
        said = marketing.explain_segment(tree, profile, evaluation)
        left_out = _left_out(connection, tree, profile)
        return SegmentExplained(
            person=who,
            segment=text if marketing.is_segment_key(text) else "",
            expression=marketing.segment_text(tree),
            is_in=said.matches and not left_out,
            left_out=left_out,
            since=store.segments.member_since(connection, text, who),
            because=said.because,
            change=said.change,
            turns_on=said.turns_on,
            held=said.held,
        )


def evaluation_now(workspace: Workspace, connection: Connection) -> Evaluation:
    return marketing.evaluation_at(workspace.clock(), money_rules(workspace, connection))


def _check_on(connection: Connection, text: str) -> None:
    """Raises SkipError for the key of a segment that is off: nobody is in it, whatever it describes."""
    found = marketing.segment_named(connection, text) if marketing.is_segment_key(text) else None
    if found is not None and not found.enabled:
        raise SkipError(
            f"The segment {found.key!r} is off: nobody is in it. "
            f"Switch it on: regulars segment add {found.key}; "
            f"or ask by what it is: regulars segment explain PERSON {shlex.quote(found.expression)}"
        )


def _tree(connection: Connection, text: str) -> Any:
    """Of a segment's key, or of an expression, which no key can be."""
    asked = marketing.segment_named(connection, text).expression if marketing.is_segment_key(text) else text
    return marketing.read_segment(connection, asked)


def _shopify(connection: Connection, expression: str, evaluation: Evaluation) -> Sequence[InShopify]:
    tree = marketing.read_segment(connection, expression)
    shops = [(shop.name, shop.currency) for shop in store.shops(connection) if shop.platform == "shopify"]
    found = []
    for name, currency in shops or [("", evaluation.currency)]:
        said = marketing.shopify_segment(
            tree, currency=evaluation.currency, shop_currency=currency or evaluation.currency
        )
        found.append(InShopify(name, said.query, said.reasons, said.differences))
    return found


def _member(row: Row[Any], since: datetime | None) -> Member:
    name = f"{row.given_name or ''} {row.family_name or ''}".strip()
    return Member(row.person_id, name, row.email or "", row.phone or "", since)


def _left_out(connection: Connection, tree: Any, profile: Any) -> str:
    if not store.segments.known_persons(connection, store.segments.these([profile["person_id"]])):
        return "erased"
    archived = profile["status"] == "archived" and not marketing.asks_status(tree)
    return "archived, and the expression does not name the status" if archived else ""
