"""What one account says of its person, in the columns that are compared.

Names, streets and towns go by their skeleton (``regulars_mapping.name_skeleton``), so that Cyrillic and Latin
spellings are compared letter by letter.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from regulars_mapping import (
    Address,
    email_alias,
    fold_text,
    gender_of,
    is_role_mailbox,
    name_skeleton,
    normal_address,
    short_forms,
)

FEWEST_ACCOUNTS = 200
"""Below this a store has too few pairs to learn weights from, and the standard ones are used."""
_LONGEST = 120
_MONTH_AND_DAY = 4
_PLACE = ("line1", "line2", "city", "region", "postcode")
_NUMBER = re.compile(r"\d+\s?(?:[^\W\d_]\b|[/-]\d+)?")
_DIGITS = re.compile(r"\d+")
_NO_LETTER = re.compile(r"[\W\d_]+")
_LETTERS_AND_DIGITS = re.compile(r"[\W_]+")
# What kind of a street it is, which half of the people leave out.
_STREET_WORDS = re.compile(
    r"\b(?:вул|вулиця|ул|улица|просп|проспект|пр-т|бул|бульвар|пров|провулок|переулок|площа|площадь|буд|дом|кв"
    r"|квартира|street|st|road|rd|avenue|ave|str|strasse|straße|apt|apartment|house|flat)\b\.?"
)


@dataclass(frozen=True, slots=True, repr=False)
class Described:
    """One account in its own words, and the person it belongs to now.

    ``birth_date`` is eight digits, year first, or four where the year is not known, or empty; ``phone`` an
    E.164 number and ``email`` a folded address, or empty. ``branch`` names the post branch or locker that is
    used most and the lines are a home's, as ``with_places`` tells them apart. The representation has the id
    only: the rest is personal data.
    """

    id: str
    person: str
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    phone: str = ""
    birth_date: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    branch: str = ""

    def __repr__(self) -> str:
        return f"Described({self.id!r}, ...)"


class Columns(NamedTuple):
    """A row of the table that is compared; None where the account says nothing."""

    unique_id: str
    person: str
    given: str | None
    family: str | None
    whole: str | None
    forms: list[int]
    gender: str | None
    mail_box: str | None
    mail_host: str | None
    mail_named: bool
    mailbox: str | None
    phone: str | None
    birth: str | None
    birthday: str | None
    number: str | None
    street: str | None
    unit: str | None
    city: str | None
    postcode: str | None
    region: str | None
    branch: str | None

    def __repr__(self) -> str:
        return f"Columns({self.unique_id!r}, ...)"


def columns_of(one: Described) -> Columns:
    """The columns of an account. Takes any strings and raises nothing."""
    given, family = _names(one)
    number, street, unit = _door(one.line1[:_LONGEST], one.line2[:_LONGEST])
    # What several people read is nobody's.
    email = "" if is_role_mailbox(one.email) else _clean(one.email)
    mail_box, _, mail_host = email.rpartition("@")
    birth = _clean(one.birth_date)
    return Columns(
        unique_id=one.id,
        person=one.person,
        given=given or None,
        family=family or None,
        whole=f"{given} {family}" if given and family else None,
        # Which half is the given name nobody knows for sure.
        forms=sorted(short_forms(one.given_name) | short_forms(one.family_name)),
        gender=gender_of(one.given_name[:_LONGEST], one.family_name[:_LONGEST]) or None,
        mail_box=mail_box.partition("+")[0].replace(".", "") or None,
        mail_host=mail_host or None,
        mail_named=_is_of_name(mail_box, f"{given} {family}"),
        mailbox=_clean(email_alias(one.email)) or email or None,
        phone=_clean(one.phone) or None,
        birth=birth if len(birth) > _MONTH_AND_DAY else None,
        birthday=birth[-_MONTH_AND_DAY:] or None,
        number=number or None,
        street=street or None,
        unit=unit or None,
        city=_sound(one.city[:_LONGEST]) or None,
        postcode=_LETTERS_AND_DIGITS.sub("", fold_text(one.postcode[:_LONGEST])) or None,
        region=_sound(one.region[:_LONGEST]) or None,
        branch=_clean(one.branch) or None,
    )


def with_places(one: Described, places: Iterable[Mapping[str, str]]) -> Described:
    """The account with its first home and its first post branch or locker of these addresses, as the table
    of addresses has them. A branch is nobody's home, and its town is where its customers live."""
    home: Mapping[str, str] = {}
    branch = town = ""
    for place in places:
        point = normal_address(Address(**place)).point
        if point is None:
            home = home or place
        elif not branch:
            town = place["city"]
            # Half of the people leave the carrier out.
            branch = f"{point.form} {point.number} {_sound(town[:_LONGEST])}" if point.number else ""
    told = {"city": town} | {name: home[name] for name in _PLACE if name in home}
    return replace(one, **told, branch=branch)


@lru_cache(maxsize=16_384)
def _name_sound(half: str) -> str:
    # Names repeat.
    return name_skeleton(half).strip()


def _clean(text: str) -> str:
    # What no database takes, Arrow does not take either.
    return text if text.isascii() else fold_text(text)


def _is_of_name(mail_box: str, names: str) -> bool:
    """Whether a mailbox is made of its holder's name, as a namesake's would be."""
    letters = _name_sound(_NO_LETTER.sub(" ", mail_box[:_LONGEST])).replace(" ", "")
    return any(len(word) > 2 and word[:4] in letters for word in names.split())


def _names(one: Described) -> tuple[str, str]:
    """Both halves as they sound; a whole name in one field is parted at its first word."""
    given, family = (_name_sound(half[:_LONGEST]) for half in (one.given_name, one.family_name))
    if given and family:
        return given, family
    first, _, rest = (given or family).partition(" ")
    return (first, rest) if rest else (given, family)


def _door(line1: str, line2: str) -> tuple[str, str, str]:
    """House number, street, and whatever is inside the house (a flat, an estate, a floor)."""
    folded, inside = fold_text(line1), fold_text(line2)
    found = _NUMBER.search(folded)
    if found is None:
        return "", _sound(_STREET_WORDS.sub(" ", folded)), _sound(inside)
    number = re.sub(r"\s", "", found[0])
    rest = f"{folded[: found.start()]} {folded[found.end() :]}"
    flat = " ".join(_DIGITS.findall(rest))
    return number, _name_sound(_STREET_WORDS.sub(" ", rest)), _sound(inside) or flat


@lru_cache(maxsize=16_384)
def _sound(text: str) -> str:
    """The words as they sound, then the digits."""
    digits = " ".join(_DIGITS.findall(text))
    return f"{name_skeleton(text).strip()} {digits}".strip()
