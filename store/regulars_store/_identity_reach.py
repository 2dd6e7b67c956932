"""How far a change reaches: the evidence clusters that it may alter, and what is known inside them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from regulars_mapping import (
    Decision,
    GuardRules,
    IdentityKey,
    Link,
    blocked,
    born_of,
    keys_with_implied,
    links_of,
)
from regulars_store._identity_queries import (
    AccountRow,
    accounts_in_clusters,
    accounts_of,
    decisions_about,
    holders_of,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whole evidence clusters, as they were resolved last and as they stand with the changed accounts.

    ``changed`` are the rows of the changed accounts; ``before`` every account of the clusters before the
    change and ``after`` every active one after it, by id. ``keys_before`` and ``keys_after`` are the keys of
    the changed accounts; ``links`` and ``decisions`` are those among ``after``.
    """

    changed: Mapping[str, AccountRow]
    before: Mapping[str, AccountRow]
    after: Mapping[str, AccountRow]
    keys_before: frozenset[tuple[IdentityKey, str]]
    keys_after: frozenset[tuple[IdentityKey, str]]
    links: list[Link]
    decisions: list[Decision]


def reach_of(
    connection: Connection, account_ids: Collection[str], *, guard: GuardRules, decided: bool = True
) -> Reach:
    """Load what a change of these accounts may alter; not ``decided``: nobody ever decided anything.

    Other accounts count as they were last resolved, by their rows of identity_key and their cluster, even
    where a newer version has landed since: such an account is dirty, and its own turn compares the same
    "before" with what it has become. So the answer in the end does not depend on how changes are batched.
    """
    changed = {row.id: row for row in accounts_of(connection, account_ids)}
    keys_before = {row.id: row.keys_held for row in changed.values()}
    keys_after = {row.id: row.keys for row in changed.values() if not row.gone}
    book = _KeyBook(connection, changed, keys_before, keys_after, guard)
    decisions = decisions_about(connection, changed) if decided else {}
    clusters = book.clusters_reached() | _clusters(changed.values())
    clusters |= _clusters(accounts_of(connection, _partners(decisions.values()) - changed.keys()))
    members = {row.id: row for row in accounts_in_clusters(connection, clusters)}
    others = {id_: row for id_, row in members.items() if id_ not in changed}
    if decided:
        decisions |= decisions_about(connection, others)
    after = others | {id_: changed[id_] for id_ in keys_after}
    return Reach(
        changed,
        members | changed,
        after,
        _pairs(keys_before),
        _pairs(keys_after),
        book.links_among(after, {row.id: row.keys_held for row in others.values()} | keys_after),
        list(decisions.values()),
    )


class _KeyBook:
    """Who holds which key before and after the change, read no further than the guard needs to know."""

    def __init__(
        self,
        connection: Connection,
        changed: Mapping[str, AccountRow],
        keys_before: Mapping[str, Collection[IdentityKey]],
        keys_after: Mapping[str, Collection[IdentityKey]],
        guard: GuardRules,
    ) -> None:
        self._connection = connection
        self._changed = changed
        self._guard = guard
        comers: dict[IdentityKey, list[str]] = {}
        for account_id, keys in keys_after.items():
            for key in keys_with_implied(keys):
                comers.setdefault(key, []).append(account_id)
        self._comers = comers
        # One change takes one holder away: with more than these, a key is blocked before and after.
        self._bound = guard.accounts_a_key + len(changed)
        touched = touched_keys(keys_before, keys_after)
        self._before = holders_of(connection, touched, bound=self._bound)

    def clusters_reached(self) -> set[str]:
        """Clusters of the holders, before or after, of every touched key that gives links then."""
        return {
            held.cluster_id
            for key, holders in self._before.items()
            if not (self._blocked_before(key) and self._blocked_after(key))
            for held in holders.values()
            if held.cluster_id is not None
        }

    def links_among(
        self, accounts: Mapping[str, AccountRow], keys: Mapping[str, Collection[IdentityKey]]
    ) -> list[Link]:
        """The links that unblocked keys give among these accounts, which hold these keys."""
        holders: dict[IdentityKey, list[AccountRow]] = {}
        for account_id, held in keys.items():
            for key in keys_with_implied(held):
                holders.setdefault(key, []).append(accounts[account_id])
        shared = {key: rows for key, rows in holders.items() if len(rows) > 1}
        born = born_of(accounts.values())
        unread = [key for key in shared if key not in self._before]
        self._before |= holders_of(self._connection, unread, bound=self._bound)
        return [
            link
            for key, rows in shared.items()
            if not self._blocked_after(key)
            for link in links_of(key, rows, born=born)
        ]

    def _blocked_before(self, key: IdentityKey) -> bool:
        return blocked(key.kind, [held.email for held in self._before[key].values()], rules=self._guard)

    def _blocked_after(self, key: IdentityKey) -> bool:
        before = self._before[key]
        if len(before) > self._bound:
            return True
        emails = [held.email for account_id, held in before.items() if account_id not in self._changed]
        emails += [self._changed[account_id].email_folded for account_id in self._comers.get(key, ())]
        return blocked(key.kind, emails, rules=self._guard)


def touched_keys(*held: Mapping[str, Collection[IdentityKey]]) -> set[IdentityKey]:
    """Every key that a changed account held before or holds after, implied ones too."""
    return {key for of_account in held for keys in of_account.values() for key in keys_with_implied(keys)}


def _clusters(rows: Iterable[AccountRow]) -> set[str]:
    return {row.cluster_id for row in rows if row.cluster_id is not None}


def _partners(decisions: Iterable[Decision]) -> set[str]:
    return {account_id for decision in decisions for account_id in (decision.a, decision.b)}


def _pairs(keys: Mapping[str, Iterable[IdentityKey]]) -> frozenset[tuple[IdentityKey, str]]:
    return frozenset((key, account_id) for account_id, held in keys.items() for key in held)
