"""The stop-list: to whom the shop gives nothing of its own accord. Suggested by orders, confirmed by a human.

A confirmed entry takes every offer of its person away, at once; the next plan withdraws them in the shops.
When it is lifted or its time is over they come back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._at_once import at_once
from regulars_agent._decision_results import OfferChange, offer_changes, picture
from regulars_agent._identity_sides import side_of, written_of
from regulars_agent._leases import held
from regulars_agent._profile_rules import profile_rules
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError, one_line
from regulars_store import StopState

LONGEST_WORDS = 1_000
MOST_SHOWN = 1_000
BY_ITSELF = "regulars"
"""Who ends what nobody lifted."""
_LONGEST_NAME = 200
_OVER = "its time is over"


@dataclass(frozen=True, slots=True, repr=False)
class StopEntry:
    """An entry as it stands. ``number`` is its own for ever; ``person`` and ``name`` are those of the
    account's person today, empty where it is nobody's. ``holds``: confirmed and not over, so that nothing is
    given. ``evidence`` names the orders that speak for it. ``at``, ``who``, ``why``: of its newest word."""

    number: int
    account: str
    person: str
    name: str
    reason: str
    evidence: Mapping[str, Any]
    state: StopState
    holds: bool
    until: datetime | None
    at: datetime
    who: str
    why: str

    def __repr__(self) -> str:
        return f"StopEntry({self.number!r}, {self.account!r}, {self.state!r})"


@dataclass(frozen=True, slots=True)
class StopChange:
    """What a word about an entry came to, or would come to in a rehearsal (``rehearsed``), which leaves no
    trace. ``already``: it stood so, and nothing was recorded. ``offers`` are those that it changes."""

    entry: StopEntry
    already: bool
    rehearsed: bool
    offers: tuple[OfferChange, ...]


def stop_list(
    workspace: Workspace,
    *,
    states: Collection[StopState] = tuple(StopState),
    person: str | None = None,
    limit: int = MOST_SHOWN,
) -> tuple[StopEntry, ...]:
    """Entries as they stand, the newest word first. Raises SkipError where ``person`` is nobody."""
    with workspace.store.read() as connection:
        accounts = None if person is None else written_of(connection, side_of(connection, person))
        rows = store.stop_entries(connection, states=states, accounts=accounts, limit=limit)
    return tuple(_entry(row, workspace.clock()) for row in rows)


def confirm_stop(
    workspace: Workspace,
    number: int,
    *,
    until: datetime | None = None,
    who: str,
    why: str = "",
    dry_run: bool = False,
) -> StopChange:
    """Confirm a suggestion, or give a confirmed entry another end: it holds before ``until`` (aware), or for
    ever. So already: nothing is recorded.

    Raises SkipError where there is no such entry, PermanentError for one that was refused or lifted and for
    an end that is past, RetryError while another worker derives.
    """
    change = _Word(StopState.CONFIRMED, (StopState.SUGGESTED, StopState.CONFIRMED), until, who, why)
    return _restate(workspace, number, change, dry_run=dry_run)


def refuse_stop(
    workspace: Workspace, number: int, *, who: str, why: str = "", dry_run: bool = False
) -> StopChange:
    """Refuse a suggestion: the orders that spoke for it speak for none again. Raises as ``confirm_stop``."""
    change = _Word(StopState.REFUSED, (StopState.SUGGESTED,), None, who, why)
    return _restate(workspace, number, change, dry_run=dry_run)


def lift_stop(
    workspace: Workspace, number: int, *, who: str, why: str = "", dry_run: bool = False
) -> StopChange:
    """Lift a confirmed entry: what the person earned is offered again. Raises as ``confirm_stop``."""
    change = _Word(StopState.LIFTED, (StopState.CONFIRMED,), None, who, why)
    return _restate(workspace, number, change, dry_run=dry_run)


def add_stop(
    workspace: Workspace,
    person: str,
    reason: str,
    *,
    until: datetime | None = None,
    who: str,
    dry_run: bool = False,
) -> StopChange:
    """Put a person on the stop-list by hand, until a moment (aware) or for ever.

    ``person`` is an id, an account's id, an e-mail or a phone; the entry is the account's that is named, and
    stays with it through merges and splits. Each call makes an entry. Raises PermanentError without a reason
    and for an end that is past, SkipError where nobody is meant, RetryError while another worker derives.
    """
    now = workspace.clock()
    word = _Word(StopState.CONFIRMED, (), until, who, "")
    word.check(now)
    said = one_line(reason, what="The reason", most=LONGEST_WORDS)
    if not said:
        raise PermanentError("Say why they come onto the stop-list.")
    with at_once(workspace, dry_run=dry_run) as connection:
        account = side_of(connection, person).account
        row: dict[str, Any] = {
            "account_id": account,
            "reason": said,
            "evidence": {},
            "entry": None,
            "why": "",
        }
        stated = {"state": word.state.value, "until": until, "who": who, "at": now}
        number, offers = _holding(
            workspace,
            connection,
            [account],
            lambda: store.add_stop_entry(connection, {**row, **stated}),
            now,
        )
        _note(connection, word, number, account, now)
        return StopChange(_numbered(connection, number, now), already=False, rehearsed=dry_run, offers=offers)


def end_stops(workspace: Workspace) -> int:
    """Lift the entries whose time is over, and have their persons computed; how many. Done again, nothing."""
    now = workspace.clock()
    with workspace.store.read() as connection:
        if not store.ended_stops(connection, now=now):
            return 0
    with held(workspace, "derive:facts") as lease, lease.write() as connection:
        over = store.ended_stops(connection, now=now)
        for row in over:
            word = _Word(StopState.LIFTED, (), row["until"], BY_ITSELF, _OVER)
            word.record(connection, row, now)
        about = store.persons_about(connection, {row["account_id"] for row in over})
        store.mark_dirty(connection, "facts", sorted(about))
    return len(over)


def stops_are_over(connection: Connection, now: datetime) -> bool:
    """Whether the time of a confirmed entry is over that was not lifted yet."""
    return bool(store.ended_stops(connection, now=now))


def stops_of(connection: Connection, accounts: Sequence[str], now: datetime) -> tuple[StopEntry, ...]:
    """The entries about these accounts, as a card shows them."""
    return tuple(_entry(row, now) for row in store.stop_entries(connection, accounts=accounts))


@dataclass(frozen=True, slots=True)
class _Word:
    """What somebody says of an entry: how it stands from now on, and from which states it may come there."""

    state: StopState
    out_of: tuple[StopState, ...]
    until: datetime | None
    who: str
    why: str

    def check(self, now: datetime) -> None:
        one_line(self.who, what="Who says so", most=_LONGEST_NAME)
        one_line(self.why, what="The reason", most=LONGEST_WORDS)
        if self.until is not None and self.until <= now:
            raise PermanentError("Its end is past already. Give a day to come, or none.")

    def record(self, connection: Connection, row: Mapping[str, Any], now: datetime) -> None:
        store.restate_stop(connection, row, self.state, until=self.until, who=self.who, why=self.why, now=now)
        _note(connection, self, row["number"], row["account_id"], now)


def _restate(workspace: Workspace, number: int, word: _Word, *, dry_run: bool) -> StopChange:
    now = workspace.clock()
    word.check(now)
    with at_once(workspace, dry_run=dry_run) as connection:
        row = _row(connection, number)
        state = StopState(row["state"])
        if state is word.state and (row["until"] == word.until or state is not StopState.CONFIRMED):
            return StopChange(_entry(row, now), already=True, rehearsed=dry_run, offers=())
        if state not in word.out_of:
            raise PermanentError(f"Entry {number} is {state}, and cannot become {word.state}.")
        named = row["account_id"]
        about = [named, *store.heirs_of(connection, [named]).get(named, ())]
        _, offers = _holding(workspace, connection, about, lambda: word.record(connection, row, now), now)
        return StopChange(_numbered(connection, number, now), already=False, rehearsed=dry_run, offers=offers)


def _holding(
    workspace: Workspace,
    connection: Connection,
    accounts: Sequence[str],
    record: Callable[[], Any],
    now: datetime,
) -> tuple[Any, tuple[OfferChange, ...]]:
    """Record something that takes offers away or gives them back; what that gave, and the offers changed."""
    before = picture(connection, accounts)
    done = record()
    rules = profile_rules(workspace, connection)
    marketing.compute(connection, [person.id for person in before.persons], now=now, profiles=rules)
    return done, offer_changes(before, picture(connection, accounts))


def _row(connection: Connection, number: int) -> Mapping[str, Any]:
    rows = store.stop_entries(connection, number=number)
    if not rows:
        raise SkipError(f"There is no entry {number} on the stop-list. Look: regulars stop-list list")
    return rows[0]


def _numbered(connection: Connection, number: int, now: datetime) -> StopEntry:
    return _entry(_row(connection, number), now)


def _note(connection: Connection, word: _Word, number: int, account: str, now: datetime) -> None:
    # The reason is about a person, and stands in the entry.
    store.write_audit(
        connection,
        who=word.who,
        action=f"stop-list {word.state.value}",
        subject=str(number),
        detail={"account": account},
        now=now,
    )


def _entry(row: Mapping[str, Any], now: datetime) -> StopEntry:
    state = StopState(row["state"])
    return StopEntry(
        number=row["number"],
        account=row["account_id"],
        person=row["person_id"] or "",
        name=f"{row['given_name'] or ''} {row['family_name'] or ''}".strip(),
        reason=row["reason"],
        evidence=row["evidence"],
        state=state,
        holds=state is StopState.CONFIRMED and (row["until"] is None or row["until"] > now),
        until=row["until"],
        at=row["at"],
        who=row["who"],
        why=row["why"],
    )
