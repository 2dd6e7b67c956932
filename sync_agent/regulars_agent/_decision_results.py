"""What a decision about who is who comes to, told before and after it is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._identity_sides import Side
from regulars_mapping import BirthDate, Contradiction, anchor_of, contradiction


@dataclass(frozen=True, slots=True)
class Total:
    """What a person bought in one currency; ``net`` in minor units, refunds taken off."""

    currency: str
    orders: int
    net: int


@dataclass(frozen=True, slots=True)
class BriefPerson:
    """A person in brief. ``accounts`` begin with the smallest anchor, by which the id is made."""

    id: str
    given_name: str
    family_name: str
    email: str
    phone: str
    birth_date: str
    gender: str
    accounts: tuple[str, ...]
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class OfferChange:
    """What an account is offered before and after: percent (hundredths) or amount (minor units), and level;
    None where it is offered nothing."""

    account: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What an act came to, or would come to in a rehearsal.

    ``decisions`` are the numbers by which it is taken back: empty where everything was so already
    (``already``), and in a rehearsal (``rehearsed``), which leaves no trace. ``before`` and ``after`` are the
    persons of all accounts concerned. ``contradictions`` say in words what speaks against one person.
    """

    already: bool
    rehearsed: bool
    decisions: tuple[int, ...]
    before: tuple[BriefPerson, ...]
    after: tuple[BriefPerson, ...]
    contradictions: tuple[str, ...] = ()
    offers: tuple[OfferChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Persons and their offers as they stand at one moment."""

    persons: tuple[BriefPerson, ...]
    offers: Mapping[str, Mapping[str, Any]]


def picture(connection: Connection, accounts: Sequence[str]) -> Picture:
    """The persons whose these accounts are now, with all that is theirs."""
    rows = store.accounts_named(connection, accounts).values()
    persons = {row["person_id"] for row in rows} - {None}
    found = store.persons_in_brief(connection, persons)
    offers = {offer.pop("id"): offer for row in found for offer in row["offers"]}
    return Picture(tuple(_brief(row) for row in found), offers)


def _brief(row: Mapping[str, Any]) -> BriefPerson:
    return BriefPerson(
        id=row["id"],
        given_name=row["given_name"],
        family_name=row["family_name"],
        email=row["email"],
        phone=row["phone"],
        birth_date=row["birth_date"],
        gender=row["gender"],
        accounts=tuple(sorted(row["members"], key=anchor_of)),
        totals=tuple(Total(fact["currency"], fact["orders"], fact["net"]) for fact in row["facts"]),
    )


def offer_changes(before: Picture, after: Picture) -> tuple[OfferChange, ...]:
    """The accounts whose offer differs in what is given, its level or whose purchases count."""
    accounts = sorted(before.offers.keys() | after.offers.keys(), key=anchor_of)
    pairs = ((one, before.offers.get(one), after.offers.get(one)) for one in accounts)
    return tuple(OfferChange(*each) for each in pairs if each[1] != each[2])


_NAMES_IN_WORDS = {
    Contradiction.GIVEN_NAME: "{} and {} are different given names",
    Contradiction.GENDER: "of {} and {} one is a man's name and the other a woman's",
}
_MOST_NAMES = 20


def contradictions(sides: Sequence[Side], persons: Sequence[BriefPerson]) -> tuple[str, ...]:
    """What speaks against these being one person, in words; each once. ``persons`` are theirs."""
    by_name = (words for pair in combinations(sides, 2) for words in _names_that_differ(*pair))
    by_record = (words for pair in combinations(persons, 2) for words in _records_that_differ(*pair))
    return tuple(dict.fromkeys([*by_name, *by_record]))


def _names_that_differ(one: Side, other: Side) -> Iterator[str]:
    for a, b in product(_names(one), _names(other)):
        found = contradiction(a, b)
        if found in _NAMES_IN_WORDS:
            yield _NAMES_IN_WORDS[found].format(" ".join(a).strip(), " ".join(b).strip())


def _names(side: Side) -> list[tuple[str, str]]:
    rows = (side.accounts[member] for member in side.members)
    return list(dict.fromkeys((row["given_name"], row["family_name"]) for row in rows))[:_MOST_NAMES]


def _records_that_differ(one: BriefPerson, other: BriefPerson) -> Iterator[str]:
    born, others = _born(one.birth_date), _born(other.birth_date)
    if born is not None and others is not None and born.contradicts(others):
        yield f"{one.id} was born on {born.iso} and {other.id} on {others.iso}"
    if {one.gender, other.gender} == {"f", "m"}:
        yield f"of {one.id} and {other.id} one is a man and the other a woman"


def _born(text: str) -> BirthDate | None:
    """The birth date that the record writes as ``1990-05-17`` or ``--05-17``."""
    if not text:
        return None
    return BirthDate(int(text[-5:-3]), int(text[-2:]), None if text.startswith("-") else int(text[:4]))
