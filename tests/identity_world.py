"""Small worlds of accounts and decisions, and the plainest possible answer to who is who in them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import strategies as st

from regulars_mapping import (
    Decision,
    DecisionKind,
    GuardRules,
    IdentityKey,
    KeyKind,
    key_digest,
    names_compatible,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TIGHT = GuardRules(emails_a_phone=2, accounts_a_key=4)
IDS = ["1:2", "1:9", "1:10", "1:11", "1:guest-a", "1:guest-b", "2:1", "2:10", "2:guest-a", "2:guest-c"]
EMAILS = [
    "",
    "anna@example.com",
    "oleh@example.net",
    "iryna@example.org",
    "petro@example.com",
    "info@example.com",
]
PHONES = ["", "+380671234567", "+380507654321"]
NAMES = [("", ""), ("Anna", "Koval"), ("A.", "Koval"), ("Andrij", "Koval"), ("Oleh", "Bondar")]


@dataclass(frozen=True)
class Attributes:
    """What one account says of itself; None in a world's place of it: gone."""

    email_folded: str = ""
    phone_e164: str = ""
    given_name: str = ""
    family_name: str = ""


World = dict[str, Attributes | None]

attributes = st.builds(
    lambda email, phone, name: Attributes(email, phone, *name),
    st.sampled_from(EMAILS),
    st.sampled_from(PHONES),
    st.sampled_from(NAMES),
)
worlds = st.dictionaries(st.sampled_from(IDS), attributes | st.none(), max_size=10)
pairs = st.lists(st.sampled_from(IDS), min_size=2, max_size=2, unique=True).map(tuple)


@st.composite
def journals(draw: st.DrawFn) -> list[Decision]:
    """Up to six decisions, some of them at one time, some taken back."""
    journal: list[Decision] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        at = NOW + timedelta(days=draw(st.integers(0, 3)))
        if journal and draw(st.booleans()):
            taken_back = draw(st.sampled_from(journal))
            journal.append(
                Decision(number, DecisionKind.REVOKE, taken_back.a, taken_back.b, at, taken_back.id)
            )
        else:
            kind = draw(st.sampled_from([DecisionKind.MUST_LINK, DecisionKind.CANNOT_LINK]))
            journal.append(Decision(number, kind, *draw(pairs), at))
    return journal


Answer = dict[str, frozenset[str]]


@dataclass(frozen=True)
class Truth:
    """Cluster and person of each active account, as sets of accounts, and every link with its fate."""

    clusters: Answer
    persons: Answer
    links: dict[tuple[str, str, str], bool]


def truth(world: World, journal: list[Decision], guard: GuardRules = TIGHT) -> Truth:
    """The answer by the letter of the rules, pair by pair, with nothing clever."""
    active = sorted((id_ for id_, one in world.items() if one is not None), key=_anchor)
    stands = _standing(journal)
    links = [
        ((0, -decision.at.timestamp(), -decision.id), a, b, "must_link")
        for (a, b), decision in stands.items()
        if decision.kind == DecisionKind.MUST_LINK and a in active and b in active
    ]
    apart = {pair for pair, decision in stands.items() if decision.kind == DecisionKind.CANNOT_LINK}
    for a, b in combinations(active, 2):
        links += _evidence(world, active, a, b, guard)
    clusters = {id_: frozenset({id_}) for id_ in active}
    persons = dict(clusters)
    fates: dict[tuple[str, str, str], bool] = {}
    for _, a, b, rule in sorted(links):
        _join(clusters, a, b)
        joined = persons[a] | persons[b]
        fates[a, b, rule] = not any(x in joined and y in joined for x, y in apart)
        if fates[a, b, rule]:
            _join(persons, a, b)
    return Truth(clusters, persons, fates)


def _evidence(world, active, a, b, guard):
    one, other = world[a], world[b]
    compatible = names_compatible((one.given_name, one.family_name), (other.given_name, other.family_name))
    for rank, field in ((1, "email_folded"), (2, "phone_e164")):
        value = getattr(one, field)
        if not value or value != getattr(other, field) or _is_blocked(world, active, field, value, guard):
            continue
        if (rank == 1 and not value.startswith("info@")) or (rank == 2 and compatible):
            kind = KeyKind.EMAIL if rank == 1 else KeyKind.PHONE
            order = (rank, key_digest(IdentityKey(kind, value)), (_anchor(a), _anchor(b)))
            yield order, a, b, kind.value


def _is_blocked(world, active, field, value, guard):
    holders = [world[id_] for id_ in active if getattr(world[id_], field) == value]
    emails = {one.email_folded for one in holders if one.email_folded}
    return len(holders) > guard.accounts_a_key or (
        field == "phone_e164" and len(emails) > guard.emails_a_phone
    )


def _standing(journal):
    kept = list(journal)
    for decision in sorted(journal, key=lambda one: -one.id):
        if decision in kept and decision.kind == DecisionKind.REVOKE:
            kept = [one for one in kept if one.id != decision.revokes]
    stands = {}
    for decision in sorted(kept, key=lambda one: (one.at, one.id)):
        if decision.kind != DecisionKind.REVOKE:
            stands[tuple(sorted((decision.a, decision.b), key=_anchor))] = decision
    return stands


def _join(sets, a, b):
    joined = sets[a] | sets[b]
    for member in joined:
        sets[member] = joined


def _anchor(account_id):
    shop, external_id = account_id.split(":")
    return int(shop), not external_id.isdigit(), int(external_id) if external_id.isdigit() else 0, external_id


def smallest(members: frozenset[str]) -> str:
    """The member with the smallest anchor."""
    return min(members, key=_anchor)
