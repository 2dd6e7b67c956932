"""Resolving accounts to persons after a change: load what it reaches, judge anew, write the differences."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from regulars_mapping import STANDARD_GUARD, Components, GuardRules, components
from regulars_store._dirty import mark_dirty
from regulars_store._identity_queries import AccountRow, chunks_of, links_from, persons_of
from regulars_store._identity_reach import Reach, reach_of
from regulars_store._identity_rows import key_row, link_rows, move_accounts, person_row, replace_rows
from regulars_store._shops import vouched_shops
from regulars_store._tables_derived import identity_key, identity_link, person


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
    vouched = vouched_shops(connection)
    for chunk in chunks_of(dict.fromkeys(account_ids)):
        reach = reach_of(connection, chunk, guard=guard)
        outcome = components(reach.after, reach.links, reach.decisions)
        touched |= _write(connection, reach, outcome, vouched)
    mark_dirty(connection, "facts", sorted(touched))
    return Resolved(frozenset(touched))


def _write(connection: Connection, reach: Reach, outcome: Components, vouched: Collection[int]) -> set[str]:
    _write_keys(connection, reach)
    _write_links(connection, reach, outcome)
    touched = _write_accounts(connection, reach, outcome)
    _write_persons(connection, reach, outcome, vouched)
    return touched


def _write_keys(connection: Connection, reach: Reach) -> None:
    # Both sides' common rows are left out: there is nothing to compare in them.
    stale, fresh = reach.keys_before - reach.keys_after, reach.keys_after - reach.keys_before
    replace_rows(
        connection, identity_key, (key_row(*pair) for pair in stale), (key_row(*pair) for pair in fresh)
    )


def _write_links(connection: Connection, reach: Reach, outcome: Components) -> None:
    linked = [account_id for account_id, row in reach.before.items() if row.cluster_id is not None]
    stored = (row._asdict() for row in links_from(connection, linked))
    replace_rows(connection, identity_link, stored, link_rows(outcome))


def _write_accounts(connection: Connection, reach: Reach, outcome: Components) -> set[str]:
    moves: list[tuple[str, str | None, str | None]] = []
    touched: set[str | None] = set()
    for account_id, row in sorted(reach.before.items()):
        cluster, who = outcome.cluster_of.get(account_id), outcome.person_of.get(account_id)
        if (row.cluster_id, row.person_id) != (cluster, who):
            moves.append((account_id, cluster, who))
        if row.person_id != who or account_id in reach.changed:
            touched |= {row.person_id, who}
    move_accounts(connection, moves)
    return {who for who in touched if who is not None}


def _write_persons(
    connection: Connection, reach: Reach, outcome: Components, vouched: Collection[int]
) -> None:
    former = {row.person_id for row in reach.before.values() if row.person_id is not None}
    stored = (row._asdict() for row in persons_of(connection, former))
    members: dict[str, list[AccountRow]] = {}
    for account_id, who in outcome.person_of.items():
        members.setdefault(who, []).append(reach.after[account_id])
    wanted = (person_row(who, rows, vouched=vouched) for who, rows in members.items())
    replace_rows(connection, person, stored, wanted)
