"""Segments changed, and their members brought up to date: of one that changed, and in time of all."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._leases import Held, held
from regulars_agent._money import money_rules
from regulars_agent._segments import evaluation_now
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError
from regulars_marketing import StoredSegment

PERSONS_AT_ONCE = 5_000
"""Whose memberships are written in one transaction, so that nobody waits long for a turn."""
Save = Callable[[Connection], StoredSegment]


class _Rehearsed(Exception):  # noqa: N818  no error: it takes a rehearsal's transaction back
    pass


@dataclass(frozen=True, slots=True)
class SegmentSaved:
    """What was written, or would be. ``before`` is the version before, None where it is new; the same where
    nothing changed. ``count`` is how many it describes."""

    segment: StoredSegment
    before: StoredSegment | None
    count: int
    moved: store.segments.MembersChange
    rehearsed: bool


def add_segment(
    workspace: Workspace, key: str, expression: str = "", *, title: str = "", who: str, dry_run: bool = False
) -> SegmentSaved:
    """Keep a segment, or take up again one that is off, and find its members.

    Without an expression it is that of its last version. Raises SegmentError with the place, PermanentError
    for what else is wrong, RetryError while another worker computes; nothing is kept then.
    """

    def save(connection: Connection) -> StoredSegment:
        asked = expression or _last_expression(connection, key)
        return marketing.add_segment(connection, key, asked, title=title, who=who, now=workspace.clock())

    return _saved(workspace, key, save, dry_run=dry_run)


def add_ready_segment(
    workspace: Workspace, key: str, *, language: str = "en", title: str = "", who: str, dry_run: bool = False
) -> SegmentSaved:
    """Switch a ready-made segment on, under its key and with its title of that language, as `add_segment`."""
    ready = marketing.ready_segment(key)

    def save(connection: Connection) -> StoredSegment:
        currency = money_rules(workspace, connection).currency
        asked = marketing.ready_expression(connection, ready, currency=currency)
        said = title or ready.title(language)
        return marketing.add_segment(connection, key, asked, title=said, who=who, now=workspace.clock())

    return _saved(workspace, key, save, dry_run=dry_run)


def change_segment(
    workspace: Workspace,
    key: str,
    *,
    expression: str | None = None,
    title: str | None = None,
    who: str,
    dry_run: bool = False,
) -> SegmentSaved:
    """Give a segment another expression or title, as its next version; as `add_segment`."""

    def save(connection: Connection) -> StoredSegment:
        return marketing.change_segment(
            connection, key, expression=expression, title=title, who=who, now=workspace.clock()
        )

    return _saved(workspace, key, save, dry_run=dry_run)


def disable_segment(workspace: Workspace, key: str, *, who: str, dry_run: bool = False) -> SegmentSaved:
    """Switch a segment off; nobody is in it any more. Raises SkipError where there is none."""

    def save(connection: Connection) -> StoredSegment:
        return marketing.disable_segment(connection, key, who=who, now=workspace.clock())

    return _saved(workspace, key, save, dry_run=dry_run)


def refresh_segments(workspace: Workspace, keys: Sequence[str] | None = None) -> store.segments.MembersChange:
    """Bring everybody's memberships up to date, of these segments or of all: time moves people, too.

    In spans of persons, each a transaction of its own. Done again, nothing changes. Raises RetryError while
    another worker computes.
    """
    with held(workspace, "derive:facts") as lease:
        return _refreshed(lease, keys)


def _refreshed(lease: Held, keys: Sequence[str] | None) -> store.segments.MembersChange:
    workspace, done = lease.workspace, store.segments.MembersChange()
    with workspace.store.read() as connection:
        if not marketing.segments(connection):
            return done
        money = money_rules(workspace, connection)
        spans = store.segments.spans_of_profiles(connection, PERSONS_AT_ONCE)
    # One day for everybody, however long it takes.
    now = workspace.clock()
    for span in spans:
        with lease.write() as connection:
            done += marketing.refresh_members(connection, keys, now=now, money=money, span=span)
        time.sleep(workspace.settings.batches.pause)
    return done


def _saved(workspace: Workspace, key: str, save: Save, *, dry_run: bool) -> SegmentSaved:
    with held(workspace, "derive:facts") as lease:
        made: list[SegmentSaved] = []
        with suppress(_Rehearsed), lease.write() as connection:
            made.append(_written(workspace, connection, key, save, dry_run=dry_run))
            _take_back(dry_run=dry_run)
        return made[0] if dry_run else replace(made[0], moved=_refreshed(lease, [key]))


def _take_back(*, dry_run: bool) -> None:
    if dry_run:
        raise _Rehearsed


def _written(
    workspace: Workspace, connection: Connection, key: str, save: Save, *, dry_run: bool
) -> SegmentSaved:
    before = next((each for each in marketing.segments(connection) if each.key == key), None)
    made: StoredSegment = save(connection)
    if made != before:
        _audit(workspace, connection, made)
    count = 0
    if made.enabled:
        evaluation = evaluation_now(workspace, connection)
        tree = marketing.read_segment(connection, made.expression)
        count = marketing.count_segment(connection, tree, evaluation)
    return SegmentSaved(made, before, count, store.segments.MembersChange(), dry_run)


def _audit(workspace: Workspace, connection: Connection, made: StoredSegment) -> None:
    detail = {"version": made.version, "enabled": made.enabled, "expression": made.expression}
    store.write_audit(
        connection,
        who=made.who,
        action="segment",
        subject=made.key,
        detail=detail,
        now=workspace.clock(),
    )


def _last_expression(connection: Connection, key: str) -> str:
    try:
        return marketing.segment_named(connection, key).expression
    except SkipError:
        raise PermanentError(
            f"{key[:63]!r} is no segment yet. Say whom it describes: regulars segment add KEY "
            '"amount_spent > 500". What is ready-made: regulars segment list'
        ) from None
