"""Made-up people of Ukraine who buy in shops: families in one home and on one phone, twins, people who move
and marry, numbers that pass to a stranger, offices with one mailbox. Everything is drawn from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from bench._spellings import Family, Given, family, given, latin_of, patronymic

_TOWNS = (
    [("Київ", "Киев", "Kyiv", "01")] * 9
    + [("Харків", "Харьков", "Kharkiv", "61"), ("Одеса", "Одесса", "Odesa", "65")] * 4
    + [("Дніпро", "Днепр", "Dnipro", "49"), ("Львів", "Львов", "Lviv", "79")] * 3
    + [
        ("Полтава", "Полтава", "Poltava", "36"),
        ("Вінниця", "Винница", "Vinnytsia", "21"),
        ("Черкаси", "Черкассы", "Cherkasy", "18"),
        ("Умань", "Умань", "Uman", "20"),
        ("Мукачево", "Мукачево", "Mukachevo", "89"),
        ("Ірпінь", "Ирпень", "Irpin", "08"),
    ]
)
_HOSTS = ("gmail.com",) * 7 + ("ukr.net",) * 3 + ("i.ua", "meta.ua", "icloud.com", "yahoo.com", "proton.me")
_OPERATORS = ("50", "63", "66", "67", "68", "73", "93", "95", "96", "97", "98", "99")
_OLDEST, _YOUNGEST = date(1942, 1, 1), date(2008, 1, 1)


@dataclass(frozen=True, slots=True)
class Home:
    """A place to live. ``town`` and ``street`` are in Ukrainian, Russian and Latin letters."""

    town: tuple[str, str, str, str]
    street: tuple[str, str, str]
    house: int
    flat: int
    branch: int
    """The number of the post branch near by."""

    @property
    def postcode(self) -> str:
        """Of the street's quarter."""
        return f"{self.town[3]}{sum(map(ord, self.street[0])) % 40:03d}"


@dataclass(slots=True)
class Person:
    """One human. ``number`` is the truth that nothing under test is told."""

    number: int
    household: int
    gender: str
    given: Given
    fathers: str
    family: Family
    maiden: Family | None
    born: date
    phones: list[str]
    emails: list[str]
    homes: list[Home]
    shared_phone: str = ""
    """The household's, or an office's."""
    office: str = ""
    """A mailbox that several colleagues read."""
    namesake: bool = False
    """A parent or child of the same name is in the same home."""
    common_mailbox: str = ""
    """A personal mailbox that two of the household use."""


@dataclass(slots=True)
class _Drawn:
    """What is given out once: numbers and mailboxes, and numbers that were given back."""

    draw: random.Random
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    returned: list[str] = field(default_factory=list)
    desks: list[tuple[str, str]] = field(default_factory=list)

    def phone(self) -> str:
        """A number: in one case of fifty a stranger's former one."""
        if self.returned and self.draw.random() < 0.02:
            return self.returned.pop(self.draw.randrange(len(self.returned)))
        while True:
            found = f"+380{self.draw.choice(_OPERATORS)}{self.draw.randrange(1_000_000, 10**7)}"
            if found not in self.phones and len(set(found[6:])) > 2:
                self.phones.add(found)
                return found

    def email(self, one: Given, surname: Family, gender: str, born: date) -> str:
        """A mailbox that nobody else has, made as people make them."""
        first, last = latin_of(one.uk).lower(), surname.latin[gender == "f"].lower()
        while True:
            number = self.draw.choice(
                ("", str(born.year % 100), str(born.year), str(self.draw.randrange(1_000)))
            )
            box = self.draw.choice(
                (
                    f"{first}.{last}{number}",
                    f"{last}.{first}{number}",
                    f"{first[0]}.{last}{number}",
                    f"{last}{first[0]}{number}",
                    f"{first}{last}{number}",
                    f"{first}{self.draw.randrange(10_000)}",
                    f"{self.draw.choice(_NICKS)}{self.draw.randrange(10_000)}",
                )
            )
            found = f"{box}@{self.draw.choice(_HOSTS)}"
            # As its provider reads it: dots make no second mailbox there.
            plain = found.replace(".", "")
            if plain not in self.emails:
                self.emails.add(plain)
                return found


_NICKS = (
    "kotyk", "lisa", "sonce", "zirka", "tiger", "mriya", "vovk", "ptaha", "shadow", "dragon", "barvinok",
    "veselka", "rybka", "panda", "sova",
)  # fmt: skip


def townsfolk(people: int, *, seed: int) -> Iterator[Person]:
    """So many people, household by household."""
    drawn = _Drawn(random.Random(seed))
    number = household = 0
    while number < people:
        household += 1
        some = _household(drawn, household)
        for one in some[: people - number]:
            number += 1
            one.number = number
            yield one


def _household(drawn: _Drawn, household: int) -> list[Person]:
    draw = drawn.draw
    home, surname = _home(draw), family(draw)
    members = [_person(drawn, household, surname, home, draw.choice("mf"))]
    if draw.random() < 0.65:
        members.append(_spouse(drawn, members[0], home))
    if draw.random() < 0.4:
        members += _children(drawn, members, home)
    _mark_namesakes(members)
    if len(members) > 1 and draw.random() < 0.4:
        shared = members[0].phones[0]
        for one in members:
            one.shared_phone = shared
    if len(members) > 1 and draw.random() < 0.01:
        for one in members[:2]:
            one.common_mailbox = members[0].emails[0]
    if draw.random() < 0.03:
        _at_work(drawn, members[0])
    return members


def _home(draw: random.Random) -> Home:
    named = family(draw).uk[0].removesuffix("ий")
    street = (f"вулиця {named}а", f"улица {named}а", f"{latin_of(named + 'а')} street")
    return Home(
        draw.choice(_TOWNS), street, draw.randrange(1, 160), draw.randrange(1, 120), draw.randrange(1, 60)
    )


def _person(
    drawn: _Drawn, household: int, surname: Family, home: Home, gender: str, *, born: date | None = None
) -> Person:
    draw = drawn.draw
    name = given(draw, gender)
    days = (_YOUNGEST - _OLDEST).days
    born = born or _OLDEST + timedelta(days=draw.randrange(days))
    phones = [drawn.phone()]
    if draw.random() < 0.15:
        phones.append(drawn.phone())
        # The first is given back, and its operator sells it again.
        drawn.returned.append(phones[0])
    emails = [drawn.email(name, surname, gender, born) for _ in range(draw.choice((1, 1, 1, 2)))]
    homes = [home, _home(draw)] if draw.random() < 0.12 else [home]
    fathers = patronymic(given(draw, "m"), gender)
    maiden = family(draw) if gender == "f" and draw.random() < 0.06 else None
    return Person(0, household, gender, name, fathers, surname, maiden, born, phones, emails, homes)


def _spouse(drawn: _Drawn, one: Person, home: Home) -> Person:
    draw = drawn.draw
    surname = one.family if draw.random() < 0.85 else family(draw)
    born = min(max(one.born + timedelta(days=draw.randrange(-2_000, 2_000)), _OLDEST), _YOUNGEST)
    return _person(drawn, one.household, surname, home, "fm"[one.gender == "f"], born=born)


def _children(drawn: _Drawn, parents: list[Person], home: Home) -> list[Person]:
    draw = drawn.draw
    father = next((one for one in parents if one.gender == "m"), None)
    youngest = max(one.born for one in parents)
    born = youngest + timedelta(days=draw.randrange(7_000, 12_000))
    children: list[Person] = []
    for _ in range(draw.choice((1, 1, 2, 2, 3))):
        if born > _YOUNGEST:
            break
        child = _person(drawn, parents[0].household, parents[0].family, home, draw.choice("mf"), born=born)
        child.fathers = patronymic(father.given, child.gender) if father else child.fathers
        children.append(child)
        # One birth in fifty is of twins.
        if draw.random() > 0.02:
            born += timedelta(days=draw.randrange(400, 2_000))
    _tell_apart(drawn.draw, children)
    return children


def _tell_apart(draw: random.Random, children: list[Person]) -> None:
    """Nobody gives two children one name."""
    taken: set[str] = set()
    for child in children:
        while child.given.uk in taken:
            child.given = given(draw, child.gender)
        taken.add(child.given.uk)


def _mark_namesakes(members: list[Person]) -> None:
    for one in members:
        one.namesake = any(other is not one and _alike(other, one) for other in members)


def _alike(one: Person, other: Person) -> bool:
    return one.given.uk == other.given.uk and one.family.uk[0] == other.family.uk[0]


def _at_work(drawn: _Drawn, one: Person) -> None:
    """A small firm has one mailbox and one phone for three of its people."""
    if not drawn.desks:
        word = drawn.draw.choice(("info", "office", "zakaz", "sales", "buh", "shop"))
        drawn.desks = [(f"{word}@firm{one.household}.com.ua", drawn.phone())] * 3
    one.office, phone = drawn.desks.pop()
    one.shared_phone = one.shared_phone or phone
