"""From links and decisions to persons: one answer, whatever the order in which things became known."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from regulars_mapping._identity import Link, Rule, anchor_of, person_id_of
from regulars_mapping._identity_decisions import Decision, DecisionKind, standing

_RANK = {rule: rank for rank, rule in enumerate(Rule)}


@dataclass(frozen=True, slots=True)
class Components:
    """Who is who among some accounts.

    ``cluster_of`` gives each account's evidence cluster by the account of its smallest anchor, ``person_of``
    its person's id. ``taken`` links hold persons together; ``barred`` ones would have joined a pair that a
    human keeps apart.
    """

    cluster_of: dict[str, str]
    person_of: dict[str, str]
    taken: tuple[Link, ...]
    barred: tuple[Link, ...]


def components(
    accounts: Collection[str], links: Iterable[Link], decisions: Iterable[Decision] = ()
) -> Components:
    """Evidence clusters and persons among the active ``accounts``.

    ``links`` are those that keys give; links of decisions are made here. Give whole clusters: every account
    that a link leads to, and every decision about them. A cluster is what all links connect, barred ones
    too. Within it, links are taken in one total order (must-link newest first, then e-mail, phone, key,
    anchors), and one that would join a cannot-link pair is barred. The answer depends on nothing but the
    arguments' contents.
    """
    known = frozenset(accounts)
    words = standing(decisions, known)
    ordered = [_link_of(one) for one in words if one.kind == DecisionKind.MUST_LINK]
    ordered += sorted((link for link in links if link.a in known and link.b in known), key=_order)
    clusters = _Forest()
    for link in ordered:
        clusters.join(link.a, link.b)
    persons = _Forest(one.pair for one in words if one.kind == DecisionKind.CANNOT_LINK)
    taken: list[Link] = []
    barred: list[Link] = []
    for link in ordered:
        (taken if persons.join(link.a, link.b) else barred).append(link)
    return Components(
        {account: clusters.root(account) for account in known},
        {account: person_id_of(persons.root(account)) for account in known},
        tuple(taken),
        tuple(barred),
    )


def _link_of(decision: Decision) -> Link:
    return Link(*decision.pair, Rule.MUST_LINK, decision.at.isoformat())


def _order(link: Link) -> tuple[int, str, tuple[int, str], tuple[int, str]]:
    return _RANK[link.rule], link.evidence, anchor_of(link.a), anchor_of(link.b)


class _Forest:
    """Disjoint sets whose root is the member with the smallest anchor, and pairs that must stay apart."""

    def __init__(self, apart: Iterable[tuple[str, str]] = ()) -> None:
        self._parent: dict[str, str] = {}
        self._apart: dict[str, set[str]] = {}
        for a, b in apart:
            self._apart.setdefault(a, set()).add(b)
            self._apart.setdefault(b, set()).add(a)

    def root(self, member: str) -> str:
        found = member
        while (above := self._parent.get(found, found)) != found:
            found = above
        while member != found:
            self._parent[member], member = found, self._parent[member]
        return found

    def join(self, a: str, b: str) -> bool:
        """Join the two sets; false, and nothing happens, where a pair would no longer be apart."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        if anchor_of(b) < anchor_of(a):
            a, b = b, a
        if any(self.root(other) == a for other in self._apart.get(b, ())):
            return False
        self._parent[b] = a
        if b in self._apart:
            self._apart.setdefault(a, set()).update(self._apart.pop(b))
        return True
