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
    compare_names,
    email_alias,
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
    *("jdoe@gmail.com", "j.doe@gmail.com", "jdoe+tea@googlemail.com", "annakoval+x@gmail.com"),
]
ALIASES = {
    "jdoe@gmail.com": "jdoe@gmail.com",
    "j.doe@gmail.com": "jdoe@gmail.com",
    "jdoe+tea@googlemail.com": "jdoe@gmail.com",
    "annakoval+x@gmail.com": "annakoval@gmail.com",
}
"""The mailbox behind each of EMAILS whose provider is known."""
BORN = ["", "", "--03-08", "1960-03-08", "1990-03-08", "1990-05-17"]
PHONES = ["", "+380671234567", "+380507654321"]
NAMES = [("", ""), ("Anna", "Koval"), ("Anna Maria", "Koval"), ("Maria", "Koval"), ("Oleh", "Bondar")]


@dataclass(frozen=True)
class Attributes:
    """What one account says of itself; None in a world's place of it: gone."""

    email_folded: str = ""
    phone_e164: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_date: str = ""

    @property
    def email_alias(self) -> str:
        """As landing leaves it: empty where it is the e-mail itself."""
        alias = email_alias(self.email_folded)
        return "" if alias == self.email_folded else alias


World = dict[str, Attributes | None]

attributes = st.builds(
    lambda email, phone, name, born: Attributes(email, phone, *name, born),
    st.sampled_from(EMAILS),
    st.sampled_from(PHONES),
    st.sampled_from(NAMES),
    st.sampled_from(BORN),
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
    may_be_one = compatible and not _born_apart(one.birth_date, other.birth_date)
    for rank, kind in ((1, KeyKind.EMAIL), (2, KeyKind.PHONE), (4, KeyKind.EMAIL_ALIAS)):
        value = _key(one, kind)
        if not value or value != _key(other, kind) or _is_blocked(world, active, kind, value, guard):
            continue
        links = {
            KeyKind.EMAIL: not value.startswith("info@") and not are_two(a, one, b, other),
            KeyKind.PHONE: may_be_one,
            KeyKind.EMAIL_ALIAS: may_be_one and one.email_folded != other.email_folded,
        }
        if links[kind]:
            order = (rank, key_digest(IdentityKey(kind, value)), (_anchor(a), _anchor(b)))
            yield order, a, b, kind.value


def are_two(a, one, b, other):
    """Whether another name stands beside another phone in another shop, so that one e-mail does not link."""
    if a.split(":")[0] == b.split(":")[0] or len({one.phone_e164, other.phone_e164, ""}) < 3:
        return False
    names = ((one.given_name, one.family_name), (other.given_name, other.family_name))
    return compare_names(*names).value in {"different", "gender"}


def _key(one, kind):
    if kind is KeyKind.EMAIL_ALIAS:
        return ALIASES.get(one.email_folded, "")
    return one.email_folded if kind is KeyKind.EMAIL else one.phone_e164


def _born_apart(one, other):
    """BORN has neither a first of January nor days and months that can be exchanged."""
    if not one or not other:
        return False
    years = {one[:-6], other[:-6]} - {"-"}
    return one[-5:] != other[-5:] or len(years) > 1


def _is_blocked(world, active, kind, value, guard):
    holders = [world[id_] for id_ in active if _key(world[id_], kind) == value]
    emails = {one.email_folded for one in holders if one.email_folded}
    return len(holders) > guard.accounts_a_key or (
        kind is KeyKind.PHONE and len(emails) > guard.emails_a_phone
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
