"""The people behind the orders: who they truly are, before any form is filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from random import Random
from typing import Final

from ._contacts import PLACEHOLDER_PHONES, Contacts
from ._latin import latin
from ._names import GIVEN, GIVEN_TWINS, PATRONYMICS, SURNAMES
from ._places import CITIES, STREETS

__all__ = ["Home", "Kind", "Person", "make_people", "typed_name"]

_LANGUAGES: Final = ("uk", "ru", "en", "de")
_SHARES: Final = (0.6, 0.82, 0.91, 1.0)
_TESTER_NUMBER: Final = 13


class Kind(StrEnum):
    """What makes somebody hard to tell from others."""

    PLAIN = "plain"
    FAMILY = "family"  # has the phone and home of a relative, who is PLAIN
    ROLE = "role"  # buys with a mailbox that several people use
    PLACEHOLDER = "placeholder"  # leaves no true phone number
    TESTER = "tester"  # the shop's own trial orders


@dataclass(frozen=True, slots=True)
class Home:
    """A postal address and the parcel point beside it (empty outside Ukraine)."""

    country: str
    state: str
    city: str
    postcode: str
    street: str
    parcel_point: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One true person; ``number`` counts from 0.

    ``email`` is lower-case and ``phone`` E.164 (or a placeholder); ``other_email`` and ``other_phone``
    are empty for most.  ``language`` is one of uk, ru, en, de and ``sex`` m or f; ``homes`` holds one
    address or two.
    """

    number: int
    language: str
    sex: str
    first_name: str
    last_name: str
    email: str
    phone: str
    homes: tuple[Home, ...]
    born: date
    patronymic: str = ""
    other_email: str = ""
    other_phone: str = ""
    company: str = ""
    kind: Kind = Kind.PLAIN
    in_second_shop: bool = False


class _Registry:
    """Makes one person after another from one stream of chance."""

    def __init__(self, rng: Random, second_shop_share: float, taken: Sequence[Person]) -> None:
        self._rng = rng
        self._share = second_shop_share
        self._contacts = Contacts(rng)
        for person in taken:
            self._contacts.take(person.email, person.other_email, person.phone, person.other_phone)

    def person(self, number: int) -> Person:
        rng = self._rng
        draw = rng.random()
        language = next(name for name, share in zip(_LANGUAGES, _SHARES, strict=True) if draw < share)
        sex = "f" if rng.random() < 0.58 else "m"
        first, last = rng.choice(GIVEN[language][sex]), rng.choice(SURNAMES[language])[sex == "f"]
        home = self._home(language)
        patronymics = PATRONYMICS.get(language)
        return self._with_second_contacts(
            Person(
                number=number,
                language=language,
                sex=sex,
                first_name=first,
                last_name=last,
                email=self._contacts.email(first, last, language),
                phone=self._contacts.phone(home.country),
                homes=(home, self._home(language, home.country)) if rng.random() < 0.06 else (home,),
                born=date(1950 + rng.randrange(57), 1 + rng.randrange(12), 1 + rng.randrange(28)),
                patronymic=rng.choice(patronymics[sex]) if patronymics else "",
                in_second_shop=rng.random() < self._share,
            )
        )

    def relative(self, head: Person, number: int) -> Person:
        """Somebody of the same household: other name and mailbox, same phone and home, the surname by sex."""
        other = self.person(number)
        sex = other.sex
        forms = next(pair for pair in SURNAMES[head.language] if head.last_name in pair)
        first = self._rng.choice([name for name in GIVEN[head.language][sex] if name != head.first_name])
        last = forms[sex == "f"]
        return replace(
            other,
            language=head.language,
            first_name=first,
            last_name=last,
            patronymic=self._rng.choice(PATRONYMICS[head.language][sex]) if head.patronymic else "",
            email=self._contacts.email(first, last, head.language),
            phone=head.phone,
            homes=head.homes,
            kind=Kind.FAMILY,
            other_phone="",
            other_email="",
        )

    def odd(self, number: int) -> Person:
        """A plain person, or now and then somebody with a shared mailbox or no true phone."""
        person = self.person(number)
        draw = self._rng.random()
        if draw < 0.004:
            mailbox, company = self._contacts.role_mailbox(), f"{person.last_name} & Co"
            return replace(person, email=mailbox, other_email="", company=company, kind=Kind.ROLE)
        if draw < 0.012:
            junk = self._rng.choice(PLACEHOLDER_PHONES)
            return replace(person, phone=junk, other_phone="", kind=Kind.PLACEHOLDER)
        return person

    def _with_second_contacts(self, person: Person) -> Person:
        draw = self._rng.random()
        if draw < 0.08:
            other = self._contacts.email(person.first_name, person.last_name, person.language)
            return replace(person, other_email=other)
        if draw < 0.13:
            return replace(person, other_phone=self._contacts.phone(person.homes[0].country))
        return person

    def _home(self, language: str, country: str = "") -> Home:
        rng = self._rng
        city = rng.choice([city for city in CITIES[language] if country in {"", city.country}])
        street, house, flat = rng.choice(STREETS[language]), 1 + rng.randrange(120), 1 + rng.randrange(200)
        code = city.postcode
        if city.country == "GB":
            postcode = f"{code} {1 + rng.randrange(9)}{rng.choice('ABDEFGHJ')}{rng.choice('LNPQRSTU')}"
        else:
            length = 4 if city.country == "AT" else 5
            postcode = f"{code}{rng.randrange(10 ** (length - len(code))):0{length - len(code)}d}"
        line = f"{house} {street}" if language == "en" else f"{street} {house}"
        point = ""
        if city.country == "UA":
            line = f"{street}, {house}, кв. {flat}"
            point = _parcel_point(rng, language)
        name = city.russian if language == "ru" else city.name
        return Home(city.country, city.state, name, postcode, line, point)


def _parcel_point(rng: Random, language: str) -> str:
    branch = "Отделение" if language == "ru" else "Відділення"
    locker = "Почтомат" if language == "ru" else "Поштомат"
    if rng.random() < 0.3:
        return f"{locker} «Нова Пошта» №{1000 + rng.randrange(48_000)}"
    limit = "" if rng.random() < 0.6 else (" (до 30 кг)" if rng.random() < 0.7 else " (до 5 кг)")
    return f"{branch} №{1 + rng.randrange(180)}{limit}"


def _tester(number: int, model: Person) -> Person:
    return replace(
        model,
        number=number,
        first_name="test",
        last_name="test",
        patronymic="",
        email="test@example.com",
        phone="0000000",
        other_email="",
        other_phone="",
        kind=Kind.TESTER,
        in_second_shop=False,
    )


def _stream(registry: _Registry, rng: Random, numbers: range) -> Iterator[Person]:
    head: Person | None = None
    for number in numbers:
        if number == _TESTER_NUMBER:
            yield _tester(number, registry.person(number))
            continue
        if head is not None and rng.random() < 0.04:
            yield registry.relative(head, number)
            continue
        person = registry.odd(number)
        head = person if person.kind is Kind.PLAIN else None
        yield person


def make_people(
    rng: Random, count: int, *, second_shop_share: float = 0.2, taken: Sequence[Person] = (), first: int = 0
) -> tuple[Person, ...]:
    """``count`` people numbered from ``first``, a relative right after somebody of the same household.

    No e-mail or phone of the people ``taken`` is given out again.
    """
    registry = _Registry(rng, second_shop_share, taken)
    return tuple(_stream(registry, rng, range(first, first + count)))


def typed_name(person: Person, rng: Random) -> tuple[str, str]:
    """First and last name as one form has them: mostly true, sometimes another spelling of the same."""
    first, last = person.first_name, person.last_name
    draw = rng.random()
    if draw < 0.80 or person.kind is Kind.TESTER:
        return first, last
    if draw < 0.86:
        return latin(first, person.language), latin(last, person.language)
    if draw < 0.90 and person.patronymic:
        return f"{first} {person.patronymic}", last
    if draw < 0.94:
        return GIVEN_TWINS.get(person.language, {}).get(first, first), last
    if draw < 0.97:
        return last, first
    return (first.lower(), last.lower()) if draw < 0.99 else (f"{first} {last}", "")
