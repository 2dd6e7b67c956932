"""The fields of a record that may be written by hand, and what each takes."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from regulars_mapping._birth_date import BirthDate, birth_date
from regulars_mapping._completeness import PROPERTY
from regulars_mapping._email import fold_email
from regulars_mapping._errors import PermanentError
from regulars_mapping._phone import e164
from regulars_mapping._property import Property
from regulars_mapping._record_words import many_words, one_line

CHANNELS = ("phone", "email", "sms", "whatsapp", "telegram", "viber")
COMPANY_PARTS = ("name", "tax_id", "reg_number", "bank", "address", "hours")
MOST_CONTACTS = 50
_MOST_WAYS = 10
_OLDEST = 120
_LONGEST_NAME = 250
_ISO_DAY = re.compile(r"(\d{4}|-)-(\d\d)-(\d\d)", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})(?:[:.](\d\d))?", re.ASCII)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?", re.ASCII)
_CARD = re.compile(r"[0-9A-Za-z]{4,64}", re.ASCII)
_WORDS: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(("yes", "true", "1"), True) | dict.fromkeys(("no", "false", "0"), False)
)
_GENDERS: Mapping[str, str] = MappingProxyType(
    {"f": "f", "female": "f", "woman": "f", "m": "m", "male": "m", "man": "m", "": ""}
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a value is read by: the shops' ``countries`` (ISO 3166-1 alpha-2) for phones and days, the present
    day, and the owner's properties by key."""

    today: date
    countries: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)


def record_value(name: str, value: Any, given: Given) -> Any:
    """``value`` as it is kept in this field: JSON, bounded, and the same when it is given again.

    Texts may be empty: then the field is empty, whatever the shops say. Raises PermanentError in plain words
    for a field that there is not, and for what it does not take.
    """
    check_record_field(name, given.properties)
    if name in FIELDS:
        return FIELDS[name](value, given)
    return given.properties[name.removeprefix(PROPERTY)].value(value)


def check_record_field(name: str, properties: Collection[str]) -> None:
    """Raises PermanentError where this is no field of a record, and none of these properties."""
    if name in FIELDS:
        return
    if not name.startswith(PROPERTY):
        raise PermanentError(
            f"{name[:60]!r} is no field of a record. There are: {', '.join(FIELDS)}, property:KEY"
        )
    key = name.removeprefix(PROPERTY)
    if key not in properties:
        there = ", ".join(sorted(properties)) or "none yet"
        raise PermanentError(
            f"There is no property {key[:60]!r} (there are: {there}). Add it: regulars property add"
        )


def searched_as(name: str, value: Any) -> str:
    """By what an edit is found: a folded e-mail, an E.164 number, a card number; else empty."""
    if not isinstance(value, str):
        return ""
    if name == "email":
        return fold_email(value)
    return value.casefold() if name in ("phone", "card_number") else ""


def _name(value: Any, _: Given) -> str:
    return one_line(_typed(value, "A name"), what="A name", most=_LONGEST_NAME)


def _email(value: Any, _: Given) -> str:
    text = one_line(_typed(value, "An e-mail"), what="An e-mail", most=254)
    if text and not fold_email(text):
        raise PermanentError("This is no e-mail address that anybody has. Write it as in: anna@example.com")
    return text


def _phone(value: Any, given: Given) -> str:
    text = one_line(_typed(value, "A phone"), what="A phone", most=100)
    for country in given.countries or ("",):
        if number := e164(text, country=country):
            return number
    if text:
        raise PermanentError("This is no phone number that there can be. With its country: +380 67 123 45 67")
    return ""


def _born(value: Any, given: Given) -> str:
    text = one_line(_typed(value, "A birth date"), what="A birth date", most=40)
    if not text:
        return ""
    written = _ISO_DAY.fullmatch(text)
    if written is None:
        country = given.countries[0] if len(given.countries) == 1 else ""
        read = birth_date(text, country=country, today=given.today)
    else:
        read = _day(*written.groups())
    if read is None:
        raise PermanentError(
            "This is no birth date that there can be. Write it as 1990-05-17, or --05-17 without the year."
        )
    return _believed(read, given.today).iso


def _day(year: str, month: str, day: str) -> BirthDate:
    try:
        return BirthDate(int(month), int(day), None if year == "-" else int(year))
    except ValueError:
        raise PermanentError(
            f"There is no day {int(day)} in month {int(month)}{'' if year == '-' else f' of {year}'}. Write "
            "a birth date as 1990-05-17 (year, month, day), or --05-17 without the year."
        ) from None


def _believed(read: BirthDate, today: date) -> BirthDate:
    age = read.age_on(today + timedelta(days=1))
    if age is not None and age < 0:
        raise PermanentError("Nobody is born in the future. Is the year right?")
    if age is not None and age > _OLDEST:
        raise PermanentError(f"Nobody is older than {_OLDEST} years. Is the year right?")
    return read


def _gender(value: Any, _: Given) -> str:
    found = _GENDERS.get(_typed(value, "Gender").strip().casefold())
    if found is None:
        raise PermanentError("Gender takes f, m, or nothing where it is not known.")
    return found


def _language(value: Any, _: Given) -> str:
    text = _typed(value, "A language").strip()
    found = _LANGUAGE.fullmatch(text)
    if text and found is None:
        raise PermanentError("A language is written by its code, as in: uk, en, pt-BR")
    return "-".join(filter(None, (found[1].lower(), found[2]))) if found else ""


def _channel(value: Any, _: Given) -> str:
    text = _typed(value, "A channel").strip().casefold().replace("e-mail", "email").replace("'", "")
    if text and text not in CHANNELS:
        raise PermanentError(f"There is no such channel. There are: {', '.join(CHANNELS)}")
    return text


def _hour(value: Any, _: Given) -> str:
    text = _typed(value, "An hour").strip()
    found = _HOUR.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if text and (hour > 23 or minute > 59):
        raise PermanentError("An hour is written as 18:00.")
    return f"{hour:02d}:{minute:02d}" if text else ""


def _manager(value: Any, _: Given) -> str:
    return one_line(_typed(value, "The manager"), what="The manager", most=_LONGEST_NAME)


def _kind(value: Any, _: Given) -> str:
    text = _typed(value, "The kind").strip().casefold()
    if text not in ("person", "company"):
        raise PermanentError("The kind is person or company.")
    return text


def _archived(value: Any, _: Given) -> bool:
    said = value if isinstance(value, bool) else _WORDS.get(str(value)[:10].strip().casefold())
    if said is None:
        raise PermanentError("Archived takes yes or no.")
    return said


def _card(value: Any, _: Given) -> str:
    text = one_line(_typed(value, "A card number"), what="A card number", most=100)
    bare = text.replace(" ", "").replace("-", "")
    if bare and _CARD.fullmatch(bare) is None:
        raise PermanentError("A card number has 4 to 64 Latin letters and digits.")
    return bare.upper()


def _company(value: Any, _: Given) -> dict[str, str]:
    if not isinstance(value, dict) or not set(value) <= set(COMPANY_PARTS):
        raise PermanentError(f"A company has: {', '.join(COMPANY_PARTS)}.")
    parts = {name: _part(value.get(name, ""), name) for name in COMPANY_PARTS}
    return {name: text for name, text in parts.items() if text}


def _part(value: Any, name: str) -> str:
    return many_words(_typed(value, f"company.{name}"), what=f"company.{name}", most=1_000)


def _contacts(value: Any, given: Given) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MOST_CONTACTS:
        raise PermanentError(f"Contacts are a list of at most {MOST_CONTACTS}.")
    return [_contact(each, given) for each in value]


def _contact(value: Any, given: Given) -> dict[str, Any]:
    wanted = {"name", "role", "phones", "emails"}
    if not isinstance(value, dict) or not set(value) <= wanted or not value.get("name"):
        raise PermanentError("A contact has a name, and may have role, phones and emails.")
    role = one_line(_typed(value.get("role", ""), "A role"), what="A role", most=_LONGEST_NAME)
    return {
        "name": _name(value["name"], given),
        "role": role,
        "phones": [_phone(one, given) for one in _ways(value.get("phones", []))],
        "emails": [_email(one, given) for one in _ways(value.get("emails", []))],
    }


def _ways(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST_WAYS:
        raise PermanentError(f"A contact's phones and emails are lists of at most {_MOST_WAYS}.")
    return [one for one in value if one != ""]


def _typed(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise PermanentError(f"{what} is a text.")
    return value


FIELDS: Mapping[str, Callable[[Any, Given], Any]] = MappingProxyType(
    {
        "given_name": _name,
        "family_name": _name,
        "email": _email,
        "phone": _phone,
        "birth_date": _born,
        "gender": _gender,
        "language": _language,
        "preferred_channel": _channel,
        "preferred_hour": _hour,
        "manager": _manager,
        "kind": _kind,
        "company": _company,
        "contacts": _contacts,
        "card_number": _card,
        "archived": _archived,
    }
)
"""Every field of a record that may be written by hand, beside the owner's properties."""
