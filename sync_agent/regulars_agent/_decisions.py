"""Decisions of people about who is who: merge, split, keep apart, take back. All can be rehearsed.

What is decided holds at once: it is recorded, resolved and computed in one transaction. Whatever would change
who an erased person is raises SkipError.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._at_once import at_once, carry_out
from regulars_agent._decision_results import Decided, Picture, contradictions, offer_changes, picture
from regulars_agent._erased_stay import refuse_erased, refuse_moved
from regulars_agent._identity_sides import Side, chosen_among, side_of, sides_of
from regulars_agent._workspace import Workspace
from regulars_mapping import DecisionKind, DecisionState, PermanentError, fates

MOST_PAIRS = 10_000
"""Pairs of accounts that one act may keep apart."""
MOST_MERGED = 20
"""Persons that one act may merge."""
LONGEST_WORDS = 1_000
_EVIDENCE = "the suggestion's evidence"

Pair = tuple[str, str]
_Record = Callable[[Connection, datetime], list[int]]


@dataclass(frozen=True, slots=True)
class _Act:
    """What is to be done: the accounts concerned, how it is recorded (None where it is so already), who
    become one person, and what the audit names where that is no decision's number."""

    action: str
    accounts: Sequence[str]
    record: _Record | None
    joined: Sequence[Side] = ()
    subject: str = ""


def merge_persons(
    workspace: Workspace, persons: Sequence[str], *, who: str, why: str, dry_run: bool = False
) -> Decided:
    """Decide that these are one person, whatever was said of them before; two or more ids, e-mails or phones.

    Each two of them get a must-link, and so does each pair of their accounts that a decision keeps apart.
    Already one: nothing is recorded. Taking the act back gives the persons of before. Raises SkipError where
    one of them is nobody, PermanentError where one may mean several or there are too few or too many,
    RetryError while another worker derives.
    """

    def prepare(connection: Connection) -> _Act:
        sides = sides_of(connection, persons)
        if len(persons) < 2 or len(sides) > MOST_MERGED:
            raise PermanentError(f"Name two persons to merge, or up to {MOST_MERGED}.")
        accounts = _members(sides)
        pairs = [(one.account, other.account) for one, other in combinations(sides, 2)]
        if pairs:
            known = {frozenset(pair) for pair in pairs}
            pairs += [pair for pair in _kept_apart(connection, accounts) if frozenset(pair) not in known]
        record = _recording(DecisionKind.MUST_LINK, pairs, who, why)
        return _Act("person merge", accounts, record, sides)

    return _perform(workspace, prepare, who=who, why=why, dry_run=dry_run)


def accept_suggestion(
    workspace: Workspace, suggestion: str, *, who: str, why: str = "", dry_run: bool = False
) -> Decided:
    """Decide that the two persons of a suggestion are one, with all of their accounts, as ``merge_persons``.

    Without a ``why`` the suggestion's own evidence is the reason. Raises SkipError where it no longer waits,
    RetryError while another worker derives.
    """
    said = why if why.strip() else _EVIDENCE

    def prepare(connection: Connection) -> _Act:
        row = store.waiting_suggestion(connection, suggestion)
        pair = (row["account_a"], row["account_b"])
        sides = sides_of(connection, pair)
        accounts = _members(sides)
        apart = [each for each in _kept_apart(connection, accounts) if frozenset(each) != frozenset(pair)]

        def record(connection: Connection, at: datetime) -> list[int]:
            first = store.settle_suggestion(connection, suggestion, accepted=True, who=who, why=said, now=at)
            rest = store.decide_all(connection, DecisionKind.MUST_LINK, apart, who=who, why=said, now=at)
            return [first, *rest]

        return _Act("suggestion accepted", accounts, record, sides, suggestion)

    return _perform(workspace, prepare, who=who, why=said, dry_run=dry_run)


def split_person(
    workspace: Workspace,
    person: str,
    accounts: Sequence[str],
    *,
    who: str,
    why: str,
    dry_run: bool = False,
) -> Decided:
    """Decide that these accounts of a person are not of the person that the others are.

    Every pair across the two parts gets a cannot-link, so that no link that comes later joins any of them,
    and none does when one of the accounts goes. What holds a part itself together is evidence as before:
    without it, a part falls into several persons. Split so already: nothing is recorded. Raises SkipError
    where somebody named is nobody, PermanentError for an account of another person, for all accounts at once
    and for too many pairs, RetryError while another worker derives.
    """

    def prepare(connection: Connection) -> _Act:
        side = side_of(connection, person)
        chosen, foreign = chosen_among(connection, side, accounts)
        rest = [member for member in side.members if member not in chosen]
        concerned = [*side.members, *foreign]
        said = {frozenset(pair) for pair in _kept_apart(connection, concerned)}
        parted = foreign and not chosen and all(frozenset(pair) in said for pair in product(foreign, rest))
        if parted or (not foreign and not rest and _all_parted(connection, chosen)):
            return _Act("person split", concerned, None)
        if foreign:
            name, owner = next(iter(foreign.items()))
            raise PermanentError(f"Account {name} is not {side.person}'s: it is person {owner}'s.")
        if not chosen or not rest:
            raise PermanentError("Name some accounts of the person, not all: those that are not theirs.")
        record = _recording(DecisionKind.CANNOT_LINK, _bounded(chosen, rest), who, why)
        return _Act("person split", concerned, record)

    return _perform(workspace, prepare, who=who, why=why, dry_run=dry_run)


def keep_apart(
    workspace: Workspace, one: str, other: str, *, who: str, why: str, dry_run: bool = False
) -> Decided:
    """Decide that two persons are two, whatever comes: a cannot-link for each pair of their accounts.

    Said already: nothing is recorded. Raises as ``split_person``; PermanentError also where they are one
    person, who is split instead.
    """

    def prepare(connection: Connection) -> _Act:
        sides = sides_of(connection, [one, other])
        if len(sides) == 1:
            person = sides[0].person
            raise PermanentError(
                f"Both are person {person}. Part them: regulars person split {person} ACCOUNT"
            )
        accounts = _members(sides)
        said = {frozenset(pair) for pair in _kept_apart(connection, accounts)}
        pairs = [pair for pair in _bounded(sides[0].members, sides[1].members) if frozenset(pair) not in said]
        return _Act("person distinct", accounts, _recording(DecisionKind.CANNOT_LINK, pairs, who, why))

    return _perform(workspace, prepare, who=who, why=why, dry_run=dry_run)


def undo_decision(
    workspace: Workspace, number: int, *, who: str, why: str, only: bool = False, dry_run: bool = False
) -> Decided:
    """Take back a decision with all of its act, or ``only`` this one; a taking back too.

    Everything is then as if it had never been said; the journal keeps it. Taken back already: nothing is
    recorded. Raises PermanentError where there is no such decision, RetryError while another worker derives.
    """

    def prepare(connection: Connection) -> _Act:
        entry = store.decision_numbered(connection, number)
        act = [entry] if only else store.decisions_of_act(connection, entry)
        accounts = list(dict.fromkeys(name for each in act for name in each.decision.pair))
        heard = [each.decision for each in store.journal_about(connection, accounts)]
        states = fates(heard, accounts)
        left = [each.decision for each in act if states[each.decision.id].state is not DecisionState.REVOKED]

        def record(connection: Connection, at: datetime) -> list[int]:
            return store.revoke_all(connection, left, who=who, why=why, now=at)

        return _Act("person undo", accounts, record if left else None)

    return _perform(workspace, prepare, who=who, why=why, dry_run=dry_run)


def _members(sides: Sequence[Side]) -> list[str]:
    return [member for side in sides for member in side.members]


def _kept_apart(connection: Connection, accounts: Collection[str]) -> list[Pair]:
    """The pairs among these accounts that a standing decision keeps apart."""
    heard = [entry.decision for entry in store.journal_about(connection, accounts)]
    states = fates(heard, frozenset(accounts))
    return [
        one.pair
        for one in heard
        if one.kind is DecisionKind.CANNOT_LINK and states[one.id].state is DecisionState.STANDS
    ]


def _all_parted(connection: Connection, accounts: Collection[str]) -> bool:
    """Whether a standing decision keeps each of these apart from some account."""
    named = {name for entry in store.journal_about(connection, accounts) for name in entry.decision.pair}
    apart = _kept_apart(connection, store.active_accounts(connection, named))
    return set(accounts) <= {name for pair in apart for name in pair}


def _bounded(one: Collection[str], other: Collection[str]) -> list[Pair]:
    if len(one) * len(other) > MOST_PAIRS:
        raise PermanentError(
            f"Keeping {len(one)} accounts apart from {len(other)} takes {len(one) * len(other)} decisions, "
            f"more than {MOST_PAIRS}. Name fewer accounts at once."
        )
    return list(product(one, other))


def _recording(kind: DecisionKind, pairs: Sequence[Pair], who: str, why: str) -> _Record | None:
    def record(connection: Connection, at: datetime) -> list[int]:
        return store.decide_all(connection, kind, pairs, who=who, why=why, now=at)

    return record if pairs else None


def _perform(
    workspace: Workspace, prepare: Callable[[Connection], _Act], *, who: str, why: str, dry_run: bool
) -> Decided:
    _check_words(who, why)
    with at_once(workspace, dry_run=dry_run) as connection:
        act = prepare(connection)
        refuse_erased(connection, act.accounts)
        before = picture(connection, act.accounts)
        if act.record is None:
            persons = before.persons
            return Decided(already=True, rehearsed=dry_run, decisions=(), before=persons, after=persons)
        now = workspace.clock()
        numbers = act.record(connection, store.time_of_act(connection, act.accounts, now=now))
        carry_out(workspace, connection, act.accounts, now=now)
        members = {member for each in before.persons for member in each.accounts}
        after = picture(connection, sorted(members.union(act.accounts)))
        refuse_moved(connection, _parts(before), _parts(after))
        detail = {"decisions": numbers, "accounts": len(act.accounts)}
        subject = act.subject or str(numbers[0])
        store.write_audit(connection, who=who, action=act.action, subject=subject, detail=detail, now=now)
        return Decided(
            already=False,
            rehearsed=dry_run,
            decisions=() if dry_run else tuple(numbers),
            before=before.persons,
            after=after.persons,
            contradictions=contradictions(act.joined, before.persons) if act.joined else (),
            offers=offer_changes(before, after),
        )


def _parts(shown: Picture) -> list[frozenset[str]]:
    return [frozenset(each.accounts) for each in shown.persons]


def _check_words(who: str, why: str) -> None:
    if store.is_shop_author(who):
        raise PermanentError(f"Under the name {who} only a shop decides. Give another one.")
    if not why.strip() or len(why) > LONGEST_WORDS:
        raise PermanentError(f"Say why in a few words, at most {LONGEST_WORDS} characters.")
