"""Whose is what is written about an account that is gone from its shop.

Theirs into whose account the shop merged it; else theirs with whom it would be one person if it came back: by
the keys that it had, and by what people decided. That leads on through others that are gone, so that nobody
sheds what was written about them by deleting one account after another.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from regulars_mapping import (
    STANDARD_GUARD,
    Decision,
    DecisionKind,
    IdentityKey,
    KeyKind,
    blocked,
    born_of,
    keys_with_implied,
    links_of,
    standing,
)
from regulars_store._identity_decisions import merged_away
from regulars_store._identity_queries import (
    AccountRow,
    accounts_of,
    decisions_about,
    holders_of,
    read_wanted,
)

_FURTHEST = 20
"""Accounts that are gone, one behind the other."""
_MOST = STANDARD_GUARD.accounts_a_key
_MOST_GONE = 1_000
"""Accounts that are gone and had one key in common; of more none is looked at."""
_UNDER = (
    (KeyKind.EMAIL, "email_folded"),
    (KeyKind.PHONE, "phone_e164"),
    (KeyKind.CARD, "card_number"),
    (KeyKind.EMAIL_ALIAS, "email_alias"),
    (KeyKind.EMAIL_ALIAS, "email_folded"),
)
_GONE_UNDER = " UNION ".join(
    f"""
    SELECT a.id, @kind, @value FROM @pairs CROSS JOIN account AS a
    WHERE @kind = '{kind}' AND a.{column} = @value AND a.{column} <> '' AND a.gone"""  # noqa: S608 - no values
    for kind, column in _UNDER
)


def heirs_of(connection: Connection, accounts: Collection[str]) -> dict[str, set[str]]:
    """Of these accounts those that are gone and lead to others: gone account -> accounts that are there."""
    lead = _Leads.among(connection, accounts)
    found = {one: lead.ends(one) for one in set(accounts) & lead.gone}
    return {one: ends for one, ends in found.items() if ends}


def written_under(connection: Connection, accounts: Collection[str]) -> list[str]:
    """These accounts, and those that are gone and lead to them: what is written about one of all these is
    about them. A few short statements where nothing is gone."""
    lead, mine = _Leads.among(connection, accounts), set(accounts)
    return [*accounts, *(one for one in sorted(lead.gone - mine) if not mine.isdisjoint(lead.ends(one)))]


def persons_about(connection: Connection, accounts: Collection[str]) -> set[str]:
    """The persons whose is what is written about these accounts."""
    heirs = heirs_of(connection, accounts)
    named = set(accounts).union(*heirs.values())
    return {row.person_id for row in accounts_of(connection, named) if row.person_id is not None}


@dataclass(frozen=True, slots=True)
class _Leads:
    """Which accounts are gone, and where each of them leads to at once."""

    gone: frozenset[str]
    edges: Mapping[str, set[str]]
    apart: frozenset[frozenset[str]]

    @classmethod
    def among(cls, connection: Connection, accounts: Collection[str]) -> "_Leads":
        ground = _Ground(connection)
        ground.explore(accounts)
        gone = frozenset(id_ for id_, row in ground.rows.items() if row.gone)
        return cls(gone, ground.edges(), ground.apart())

    def ends(self, start: str) -> set[str]:
        """The accounts that are there to which one leads, none that it is kept apart from."""
        seen, waiting, ends = {start}, [start], set[str]()
        while waiting:
            for other in self.edges.get(waiting.pop(), set()) - seen:
                seen.add(other)
                if frozenset((start, other)) not in self.apart:
                    (waiting.append if other in self.gone else ends.add)(other)
        return ends


@dataclass(slots=True)
class _Ground:
    """Accounts, looked at from some of them on through those that are gone, and what connects them."""

    connection: Connection
    rows: dict[str, AccountRow] = field(default_factory=dict)
    holders: dict[IdentityKey, set[str]] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    def explore(self, accounts: Collection[str]) -> None:
        """Read what lies around these accounts."""
        edge = self._read(accounts)
        for _ in range(_FURTHEST):
            if not edge:
                break
            decisions = decisions_about(self.connection, edge)
            self.decisions |= decisions
            named = {name for one in decisions.values() for name in one.pair}
            named |= self._under(key for id_ in edge for key in keys_with_implied(self.rows[id_].keys))
            edge = [id_ for id_ in self._read(named) if self.rows[id_].gone]
        self.kept = merged_away(self.connection, [id_ for id_, row in self.rows.items() if row.gone])

    def edges(self) -> dict[str, set[str]]:
        """Where each that is gone leads to: only where its shop says, if that says anything."""
        found: dict[str, set[str]] = {}
        for a, b in self._pairs():
            for one, other in ((a, b), (b, a)):
                if self.rows[one].gone and one not in self.kept:
                    found.setdefault(one, set()).add(other)
        return found | {one: {other} for one, other in self.kept.items() if other in self.rows}

    def apart(self) -> frozenset[frozenset[str]]:
        """The pairs that a human keeps apart."""
        said = self._standing()
        return frozenset(frozenset(one.pair) for one in said if one.kind is DecisionKind.CANNOT_LINK)

    def _pairs(self) -> Iterable[tuple[str, str]]:
        yield from (one.pair for one in self._standing() if one.kind is DecisionKind.MUST_LINK)
        born = born_of(self.rows.values())
        for key, ids in self.holders.items():
            rows = [self.rows[id_] for id_ in ids if id_ in self.rows]
            there, gone = ([row for row in rows if bool(row.gone) is so] for so in (False, True))
            # The guard is asked as if one came back, not all: many deletions make no key nobody's own.
            for one in gone:
                if not blocked(key.kind, [row.email_folded for row in (one, *there)]):
                    yield from ((link.a, link.b) for link in links_of(key, (one, *there), born=born))
            if len(gone) <= _MOST:
                yield from ((link.a, link.b) for link in links_of(key, gone, born=born))

    def _standing(self) -> list[Decision]:
        return standing(self.decisions.values(), self.rows)

    def _read(self, accounts: Collection[str]) -> list[str]:
        found = {row.id: row for row in accounts_of(self.connection, set(accounts) - self.rows.keys())}
        self.rows |= found
        return sorted(found)

    def _under(self, keys: Iterable[IdentityKey]) -> set[str]:
        """Who holds these keys or held them; nobody of a key that very many have."""
        unread = set(keys) - self.holders.keys()
        there = holders_of(self.connection, unread, bound=_MOST)
        few = [key for key, found in there.items() if len(found) <= _MOST]
        left = self._gone_under(few)
        for key in unread:
            ids = left.get(key, set()).union(there[key])
            self.holders[key] = ids if len(there[key]) <= _MOST and len(ids) <= _MOST_GONE else set()
        # Who is there matters only to somebody who is gone.
        return {id_ for key in left for id_ in self.holders[key]}

    def _gone_under(self, keys: Collection[IdentityKey]) -> dict[IdentityKey, set[str]]:
        found: dict[IdentityKey, set[str]] = {}
        wanted = [(key.kind.value, key.value) for key in keys]
        for id_, kind, value in read_wanted(self.connection, _GONE_UNDER, wanted):
            found.setdefault(IdentityKey(KeyKind(kind), value), set()).add(id_)
        return found
