"""How made-up people write themselves into shops: alphabets, short forms, slips, what is left out."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench._townsfolk import Home, Person

SHOPS = 3
_PLACEHOLDERS = (("Покупець", ""), ("test", "test"), ("Клиент", "Клиент"), ("-", "-"), ("Імʼя", "Прізвище"))
_NO_EMAILS = ("no@email.com", "noemail@gmail.com", "test@test.com", "deleted@site.invalid", "none@none.com")
_NO_PHONES = ("0000000000", "+380000000000", "1234567890", "+380501111111")


@dataclass(frozen=True, slots=True)
class Typed:
    """One account as it was typed. ``person`` is the truth; ``born`` is ISO or empty."""

    person: int
    shop: int
    registered: bool
    given: str
    family: str
    email: str
    phone: str
    born: str
    places: tuple[tuple[str, str, str, str], ...]
    """(line1, line2, town, postcode), the most used first."""


def accounts_of(one: Person, draw: random.Random) -> Iterator[Typed]:
    """One to five accounts, half of the people have one."""
    used = 0
    for nth in range(draw.choice((1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5))):
        # Who has two mailboxes or numbers uses the later one later.
        used = min(used + (draw.random() < 0.4), 9)
        yield _account(one, draw, nth, used)


def _account(one: Person, draw: random.Random, nth: int, used: int) -> Typed:
    registered = draw.random() < 0.45
    given, family = _name(one, draw)
    return Typed(
        person=one.number,
        shop=1 + draw.randrange(SHOPS),
        registered=registered,
        given=given,
        family=family,
        email=_email(one, draw, used, registered=registered),
        phone=_phone(one, draw, used),
        born=_born(one, draw) if registered and draw.random() < 0.4 else "",
        places=tuple(_places(one, draw, nth)),
    )


def _name(one: Person, draw: random.Random) -> tuple[str, str]:
    if draw.random() < 0.008:
        return draw.choice(_PLACEHOLDERS)
    alphabet = draw.choices(("uk", "ru", "latin"), (60, 20, 20))[0]
    given, family = _given(one, draw, alphabet), _family(one, draw, alphabet)
    if draw.random() < 0.025:
        given = _slip(given, draw)
    if draw.random() < 0.025:
        family = _slip(family, draw)
    return _halves(given, family, draw)


def _halves(given: str, family: str, draw: random.Random) -> tuple[str, str]:
    way = draw.random()
    if way < 0.03:
        return family, given
    if way < 0.05:
        return f"{given} {family}", ""
    if way < 0.06:
        return f"{family} {given}", ""
    if way < 0.10:
        return given, ""
    return given, family


def _given(one: Person, draw: random.Random, alphabet: str) -> str:
    way = draw.random()
    if way < 0.09 and one.given.short:
        # A short form in the alphabet of the rest, where there is one.
        forms = [form for form in one.given.short if form.isascii() == (alphabet == "latin")]
        return draw.choice(forms) if forms else one.given.uk
    if way < 0.12:
        first = one.given.latin[0] if alphabet == "latin" else one.given.uk
        return first[0] + draw.choice((".", ""))
    if way < 0.17 and alphabet == "uk":
        return f"{one.given.uk} {one.fathers}"
    if alphabet == "latin":
        return draw.choice(one.given.latin)
    return one.given.ru if alphabet == "ru" else one.given.uk


def _family(one: Person, draw: random.Random, alphabet: str) -> str:
    surname = one.maiden if one.maiden and draw.random() < 0.5 else one.family
    return {"uk": surname.uk, "ru": surname.ru, "latin": surname.latin}[alphabet][one.gender == "f"]


def _slip(word: str, draw: random.Random) -> str:
    """Two letters exchanged, one left out, or one twice."""
    if len(word) < 4:
        return word
    at = draw.randrange(1, len(word) - 1)
    return draw.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def _email(one: Person, draw: random.Random, used: int, *, registered: bool) -> str:
    way = draw.random()
    if way < 0.01:
        return draw.choice(_NO_EMAILS)
    if not registered and way < 0.30:
        return ""
    if one.office and way < 0.6:
        return one.office
    if one.common_mailbox and way < 0.7:
        return one.common_mailbox
    return _spelled(one.emails[min(used, len(one.emails) - 1)], way, draw)


def _spelled(email: str, way: float, draw: random.Random) -> str:
    """The address as it is typed on one of many days: with a slip, a tag, other dots, capitals."""
    box, _, host = email.partition("@")
    if way > 0.985:
        return f"{_slip(box, draw)}@{host}"
    if way > 0.95 and host == "gmail.com":
        undotted = f"{box.replace('.', '')}@googlemail.com"
        return draw.choice((f"{box}+shop@{host}", undotted, f"{box[0]}.{box[1:]}@{host}"))
    return email.title() if way > 0.9 else email


def _phone(one: Person, draw: random.Random, used: int) -> str:
    way = draw.random()
    if way < 0.01:
        return draw.choice(_NO_PHONES)
    if way < 0.12:
        return ""
    if one.shared_phone and way < 0.45:
        return _written(one.shared_phone, draw)
    number = one.phones[min(used, len(one.phones) - 1)]
    if way > 0.985:
        at = draw.randrange(6, 13)
        number = number[:at] + str((int(number[at]) + draw.randrange(1, 10)) % 10) + number[at + 1 :]
    return _written(number, draw)


def _written(number: str, draw: random.Random) -> str:
    local = number[3:]
    return draw.choice((number, local, f"{local[:3]} {local[3:6]}-{local[6:8]}-{local[8:]}", number[1:]))


def _born(one: Person, draw: random.Random) -> str:
    way = draw.random()
    if way < 0.02:
        return f"{one.born.year}-01-01"
    if way < 0.04 and one.born.day <= 12:
        return f"{one.born.year}-{one.born.day:02d}-{one.born.month:02d}"
    return f"--{one.born:%m-%d}" if way < 0.14 else one.born.isoformat()


def _places(one: Person, draw: random.Random, nth: int) -> Iterator[tuple[str, str, str, str]]:
    home = one.homes[min(nth, len(one.homes) - 1)]
    way = draw.random()
    if way < 0.45:
        yield _branch(home, draw)
    if way > 0.3:
        yield _door(home, draw)


def _branch(home: Home, draw: random.Random) -> tuple[str, str, str, str]:
    line = draw.choice(
        ("Відділення №{}", "Нова Пошта №{}", "Нова Пошта, відділення {}", "Отделение №{}: Новая Почта")
    )
    return line.format(home.branch), "", home.town[0], ""


def _door(home: Home, draw: random.Random) -> tuple[str, str, str, str]:
    alphabet = draw.choices((0, 1, 2), (70, 15, 15))[0]
    street, town = home.street[alphabet], home.town[alphabet]
    if draw.random() < 0.04:
        street = _slip(street, draw)
    postcode = home.postcode if draw.random() < 0.7 else ""
    flat = ("кв. {}", "кв. {}", "apt {}")[alphabet].format(home.flat)
    if draw.random() < 0.5:
        return f"{street}, {home.house}, {flat}", "", town, postcode
    return f"{street} {home.house}", flat, town, postcode
