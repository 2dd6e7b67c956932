"""Resolving accounts to persons after a change: load what it reaches, judge anew, write the differences."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from regulars_mapping import STANDARD_GUARD, Components, GuardRules, components
from regulars_store._dirty import new_stamp
from regulars_store._driver import Plain, put
from regulars_store._identity_queries import AccountRow, chunks_of, links_from, persons_of
from regulars_store._identity_reach import Reach, reach_of
from regulars_store._identity_rows import key_row, link_rows, move_accounts, person_row, replace_rows
from regulars_store._record_by_hand import ByHand, Said
from regulars_store._record_merged import shops_kept
from regulars_store._tables_derived import dirty, identity_key, identity_link, person


@dataclass(frozen=True, slots=True)
class Resolved:
    """Persons whose accounts changed or were given as changed, who came to be, or who are no more."""

    persons: frozenset[str]


def resolve(
    connection: Connection, account_ids: Sequence[str], *, guard: GuardRules = STANDARD_GUARD
) -> Resolved:
    """Resolve these changed accounts and all that their change reaches; write only what differs.

    Give the accounts of the dirty marks of stage "identity", in the order of arrival or any other: the
    rows in the end are those of ``resolve_all``. An account that is gone keeps its row and orders, and
    holds no keys and no person. Its row must not be deleted before that. Every person of ``persons`` is
    marked dirty for stage "facts". Resolving again changes nothing. One resolver may run at a time (the
    caller holds the lease); on PostgreSQL landing may go on meanwhile, since an account that changes after
    it was read is marked again.
    """
    touched: set[str] = set()
    by_hand = ByHand.read(connection)
    # What is written about these may be, or have been, that of accounts which shops kept instead.
    further = shops_kept(connection, account_ids) if by_hand.decided else ()
    for chunk in chunks_of(dict.fromkeys([*account_ids, *further])):
        reach = reach_of(connection, chunk, guard=guard, decided=by_hand.decided)
        outcome = components(reach.after, reach.links, reach.decisions)
        touched |= _write(connection, reach, outcome)
        _write_persons(connection, reach, outcome, by_hand.vouched, by_hand.about(connection, reach.after))
    stamp = new_stamp()
    put(connection, dirty, ("stage", "key", "stamp"), [("facts", who, stamp) for who in sorted(touched)])
    return Resolved(frozenset(touched))


def _write(connection: Connection, reach: Reach, outcome: Components) -> set[str]:
    _write_keys(connection, reach)
    _write_links(connection, reach, outcome)
    return _write_accounts(connection, reach, outcome)


def _write_keys(connection: Connection, reach: Reach) -> None:
    # Both sides' common rows are left out: there is nothing to compare in them.
    stale, fresh = reach.keys_before - reach.keys_after, reach.keys_after - reach.keys_before
    replace_rows(
        connection, identity_key, (key_row(*pair) for pair in stale), (key_row(*pair) for pair in fresh)
    )


def _write_links(connection: Connection, reach: Reach, outcome: Components) -> None:
    linked = [account_id for account_id, row in reach.before.items() if row.cluster_id is not None]
    replace_rows(connection, identity_link, links_from(connection, linked), link_rows(outcome))


def _write_accounts(connection: Connection, reach: Reach, outcome: Components) -> set[str]:
    moves: list[Plain] = []
    touched: set[str | None] = set()
    for account_id, row in sorted(reach.before.items()):
        cluster, who = outcome.cluster_of.get(account_id), outcome.person_of.get(account_id)
        if (row.cluster_id, row.person_id) != (cluster, who):
            moves.append((cluster, who, account_id))
        if row.person_id != who or account_id in reach.changed:
            touched |= {row.person_id, who}
    move_accounts(connection, moves)
    return {who for who in touched if who is not None}


def _write_persons(
    connection: Connection, reach: Reach, outcome: Components, vouched: Collection[int], said: Said
) -> None:
    former = {row.person_id for row in reach.before.values() if row.person_id is not None}
    members: dict[str, list[AccountRow]] = {}
    for account_id, who in outcome.person_of.items():
        members.setdefault(who, []).append(reach.after[account_id])
    wanted = (person_row(rows, vouched=vouched, said=said) for rows in members.values())
    replace_rows(connection, person, persons_of(connection, former), wanted)
