"""Suggestions of who may be one person: the batch that makes the queue, the queue, and the decisions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

import regulars_store as store
from regulars_agent._erased_stay import refuse_erased
from regulars_agent._leases import held
from regulars_agent._suggest_fields import FEWEST_ACCOUNTS, Described, with_places
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError

if TYPE_CHECKING:
    from regulars_agent._suggest_engine import Scored, Scoring

_NEEDED = ("duckdb", "pyarrow", "splink")
_PLACE = ("line1", "line2", "city", "region", "postcode")
_BETWEEN = timedelta(hours=20)
SUGGESTING = "suggest"
"""The name in the rows of runs."""
_STRONGEST = 3
"""Bits from which a finding is told in a line of the queue."""


@dataclass(frozen=True, slots=True)
class SuggestionRun:
    """What a run found.

    ``waiting`` pairs stand in the queue now, of ``compared`` pairs among ``accounts``. ``learnt`` are the
    traits whose weights this store's own data gave; ``left_out`` says in words which blocks were too big.
    """

    accounts: int
    compared: int
    waiting: int
    learnt: tuple[str, ...]
    left_out: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the waterfall: what was found of a trait, and its weight in bits."""

    trait: str
    finding: str
    bits: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two accounts of different persons that may be one person's.

    ``bits`` is ``prior`` with the reasons' weights added up: the logarithm (base 2) of the odds;
    ``probability`` is the same from 0 to 1. ``a`` and ``b`` show the accounts as the shops have them.
    """

    id: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    bits: float
    probability: float
    prior: float
    reasons: tuple[Reason, ...]
    words: str


def make_suggestions(workspace: Workspace, *, pause: Callable[[], None] = lambda: None) -> SuggestionRun:
    """Compare the store's accounts and make the queue anew.

    The same accounts and decisions give the same queue. Pairs that a human refused do not come back.
    ``pause`` is called between the steps and may end the run by raising: the queue stays as it was. Raises
    MisconfiguredError without the extra ``identity``, RetryError while another run is under way.
    """
    score, limits = _engine(workspace)
    with held(workspace, "suggest") as lease:
        with lease.write() as connection:
            run = store.begin_run(connection, shop_id=None, command=SUGGESTING, now=workspace.clock())
            decided = store.decided_persons(connection)
        found = score(_accounts(workspace), limits=limits, barred=decided, pause=pause)
        suggested = [_suggested(pair) for pair in found.pairs]
        with lease.write() as connection:
            waiting = store.replace_suggestions(
                connection, suggested, model=found.model, now=workspace.clock()
            )
            counts = {"accounts": found.accounts, "compared": found.compared, "waiting": waiting}
            store.end_run(connection, run, now=workspace.clock(), complete=True, counts=counts)
    return _told(found, waiting)


def suggestions_due(workspace: Workspace) -> bool:
    """Whether the agent is to make the queue anew: the owner lets it, the extra is installed, the store is
    large enough to learn from, and the queue was last made most of a day ago."""
    if not workspace.settings.identity.daily or _missing():
        return False
    with workspace.store.read() as connection:
        last = store.newest_run(connection, None, (SUGGESTING,), complete=True)
        enough = store.has_accounts(connection, FEWEST_ACCOUNTS)
    if not enough:
        return False
    return last is None or workspace.clock() - last.started_at >= _BETWEEN


def suggestions(workspace: Workspace, *, limit: int = 20) -> Sequence[Suggestion]:
    """The queue, likeliest first. What was decided or became one person since the run is not among it."""
    with workspace.store.read() as connection:
        return [_suggestion(row) for row in store.waiting_suggestions(connection, limit=limit)]


def suggestion(workspace: Workspace, id_: str) -> Suggestion:
    """One of the queue. Raises SkipError where it does not wait (any more)."""
    with workspace.store.read() as connection:
        row = store.waiting_suggestion(connection, id_)
    return _suggestion(row)


def suggestions_of(connection: Connection, accounts: Collection[str]) -> tuple[Suggestion, ...]:
    """Those of the queue that name one of these accounts, as a card shows them."""
    return tuple(_suggestion(row) for row in store.suggestions_about(connection, accounts))


def refuse_suggestion(workspace: Workspace, suggestion: str, *, who: str, why: str) -> int:
    """Decide that the two are not one person; the number of the decision. They are not suggested again.

    Raises SkipError where the suggestion no longer waits or names an erased person.
    """
    action = "suggestion refused"
    with workspace.store.write(interactive=True, durable=True) as connection:
        row = store.waiting_suggestion(connection, suggestion)
        refuse_erased(connection, (row["account_a"], row["account_b"]))
        now = workspace.clock()
        decision = store.settle_suggestion(connection, suggestion, accepted=False, who=who, why=why, now=now)
        detail = {"decision": decision}
        store.write_audit(connection, who=who, action=action, subject=suggestion, detail=detail, now=now)
    return decision


def _engine(workspace: Workspace) -> tuple[Any, Any]:
    """The scoring function and its limits, imported only now: it is an extra, and takes a second to load."""
    missing = _missing()
    if missing:
        raise MisconfiguredError(
            f"Suggestions need {', '.join(missing)}, which is not installed here. Install it: "
            'pip install "regulars[identity]"'
        )
    from regulars_agent._suggest_engine import Limits, score

    chosen = workspace.settings.identity
    limits = Limits(longest=chosen.suggestions, share=chosen.share, least=chosen.least, memory=chosen.memory)
    return score, limits


def _missing() -> list[str]:
    return [name for name in _NEEDED if find_spec(name) is None]


def _accounts(workspace: Workspace) -> Iterator[Described]:
    # A transaction of its own, over once they are read: comparing takes long, and would hold up a checkpoint.
    with workspace.store.read() as connection:
        for _, rows in groupby(store.described_accounts(connection), key=lambda row: row.id):
            yield _described(list(rows))


def _described(rows: Sequence[Row[Any]]) -> Described:
    row = rows[0]
    one = Described(
        id=row.id,
        person=row.person_id,
        given_name=row.given_name,
        family_name=row.family_name,
        email=row.email_folded,
        phone=row.phone_e164,
        birth_date=row.birth_date.replace("-", ""),
    )
    places = [{name: getattr(one, name) or "" for name in _PLACE} for one in rows]
    return with_places(one, [place for place in places if any(place.values())])


def _suggested(pair: "Scored") -> store.Suggested:
    steps = [[one.trait, one.finding, one.bits] for one in pair.evidence]
    waterfall = {"prior": pair.prior, "steps": steps}
    return store.Suggested(pair.a, pair.b, pair.bits, pair.probability, waterfall)


def _told(found: "Scoring", waiting: int) -> SuggestionRun:
    left_out = tuple(
        f"{one.blocks} with the same {one.rule}, the largest of {one.largest} accounts"
        for one in found.dropped
    )
    return SuggestionRun(found.accounts, found.compared, waiting, found.learnt, left_out, found.model)


def _suggestion(row: Mapping[str, Any]) -> Suggestion:
    waterfall = row["waterfall"]
    reasons = tuple(Reason(trait, finding, bits) for trait, finding, bits in waterfall["steps"])
    return Suggestion(
        id=row["id"],
        a=row["a"],
        b=row["b"],
        bits=row["score"] / 1_000,
        probability=row["probability"] / 1_000_000,
        prior=waterfall["prior"],
        reasons=reasons,
        words=_in_words(reasons),
    )


def _in_words(reasons: Sequence[Reason]) -> str:
    """What speaks most for it, and what against it."""
    ordered = sorted(reasons, key=lambda one: -one.bits)
    for_it = [one.finding for one in ordered if one.bits >= _STRONGEST] or [
        one.finding for one in ordered[:1]
    ]
    against = [one.finding for one in reversed(ordered) if one.bits <= -1]
    return ", ".join(for_it) + (f"; but {', '.join(against)}" if against else "")
