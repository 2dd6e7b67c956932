"""The profile on a customer's card: each field, where it comes from, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from regulars_agent import PersonCard, Written
from regulars_mapping import PROPERTY
from wagtail_regulars._card_teller import HIDDEN, Row, Teller, joined, name_of
from wagtail_regulars._record_wording import CHOSEN, COMPANY_PARTS, FIELDS, STATUSES_OF_RECORD, field_label
from wagtail_regulars._wording import SOURCE_RULES, Words, said

NAME = "name"
HALVES = ("given_name", "family_name")
_ALWAYS = (NAME, "email", "phone")
_APART = ("company", "contacts", "archived")
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the profile, and where it comes from; ``history``: it can be asked how it came about."""

    field: str
    label: Words
    value: str
    source: str
    history: bool


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody to talk to at a company."""

    name: str
    role: str
    ways: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProfileView:
    """``fields`` are those that are known, ``empty`` those that nobody has written; ``missing`` is what the
    owner wants of a complete record. ``company``: its papers as label and value."""

    status: Words
    complete: bool
    archived: bool
    missing: Sequence[str]
    fields: Sequence[FieldView]
    empty: Sequence[FieldView]
    company: Sequence[tuple[Words, str]]
    contacts: Sequence[ContactView]


def profile_of(record: PersonCard, tell: Teller) -> ProfileView:
    """The profile of the agent's record."""
    written = {one.field: one for one in record.written}
    fields = [_field(name, record, written, tell) for name in _fields(record)]
    known = [one for one in fields if one.value or one.field in _ALWAYS]
    titles = {PROPERTY + key: one.title for key, one in record.properties.items()}
    person = record.person
    return ProfileView(
        status=said(STATUSES_OF_RECORD, person["status"]),
        complete=person["status"] == "entered",
        archived=person["status"] == "archived",
        missing=[_missing(term, titles) for term in person["missing"]],
        fields=known,
        empty=[one for one in fields if one not in known],
        company=_company(written, tell),
        contacts=_contacts(written, tell),
    )


def _fields(record: PersonCard) -> Iterable[str]:
    yield from (name for name in (NAME, *FIELDS) if name not in (*HALVES, *_APART))
    yield from (PROPERTY + key for key in record.properties)


def _field(name: str, record: PersonCard, written: Mapping[str, Written], tell: Teller) -> FieldView:
    property_ = record.properties.get(name.removeprefix(PROPERTY))
    return FieldView(
        field=name,
        label=property_.title if property_ else field_label(name),
        value=_value(name, record, written, tell),
        source=_source(name, record.person, written, tell),
        history=tell.contacts and (name in _ALWAYS or name in written),
    )


def _value(name: str, record: PersonCard, written: Mapping[str, Written], tell: Teller) -> str:
    person = record.person
    if name == NAME:
        return name_of(person)
    if name in ("email", "phone"):
        return tell.email(person[name]) if name == "email" else tell.phone(person[name])
    value = person[name] if name in person else written[name].value if name in written else ""
    if value in ("", None) or (name == "kind" and value == "person" and name not in written):
        return ""
    return HIDDEN if _secret(name, record) and not tell.contacts else in_words(name, value)


def _secret(name: str, record: PersonCard) -> bool:
    found = record.properties.get(name.removeprefix(PROPERTY))
    return name in ("birth_date", "card_number") or (
        found is not None and (found.personal or found.sensitive)
    )


def in_words(name: str, value: Any) -> str:
    """A value of a field as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "birth_date" and value:
        return _day(value)
    if isinstance(value, dict):
        return joined(
            [f"{said(COMPANY_PARTS, part)}: {words}" for part, words in value.items() if words], "; "
        )
    if isinstance(value, list):
        return joined([_person_of(one) for one in value], "; ")
    return str(said(CHOSEN.get(name, {}), str(value)))


def _day(value: str) -> str:
    if value.startswith("--"):
        return date_format(date(_LEAP_YEAR, int(value[2:4]), int(value[5:])), "MONTH_DAY_FORMAT")
    return date_format(date.fromisoformat(value), "DATE_FORMAT")


def _source(name: str, person: Row, written: Mapping[str, Written], tell: Teller) -> str:
    of = HALVES if name == NAME else (name,)
    hands = [_by_hand(written[each], tell) for each in of if each in written]
    found = person["sources"].get(name)
    if found and found["rule"] != "manual":
        words = {"account": tell.account(found["account"]), "rule": said(SOURCE_RULES, found["rule"])}
        hands.append(_("%(account)s: %(rule)s") % words)
    return joined(list(dict.fromkeys(hands)), "; ")


def _by_hand(one: Written, tell: Teller) -> str:
    day = date_format(one.at, "DATE_FORMAT")
    said_so = _("written by %(who)s on %(day)s") % {"who": one.who, "day": day}
    return f"{said_so}: {tell.text(one.why)}" if one.why else said_so


def _missing(term: str, titles: Mapping[str, str]) -> str:
    names = [titles.get(each) or str(field_label(each)) for each in term.split("|")]
    return _(" or ").join(names)


def _company(written: Mapping[str, Written], tell: Teller) -> list[tuple[Words, str]]:
    found = written["company"].value if "company" in written else {}
    return [(said(COMPANY_PARTS, part), tell.text(words)) for part, words in found.items() if words]


def _contacts(written: Mapping[str, Written], tell: Teller) -> list[ContactView]:
    found = written["contacts"].value if "contacts" in written else []
    return [
        ContactView(
            name=tell.text(one["name"]),
            role=one["role"],
            ways=[*map(tell.phone, one["phones"]), *map(tell.email, one["emails"])],
        )
        for one in found
    ]


def _person_of(one: Mapping[str, Any]) -> str:
    return joined([one["name"], one["role"], *one["phones"], *one["emails"]], ", ")
