"""People whom the rules once took for one person, found among generated ones by ``bench quality``."""

import pytest

from regulars_mapping import (
    Contact,
    Hindrance,
    IdentityKey,
    KeyKind,
    account_fields,
    fold_email,
    guest_external_id,
    hindrance,
    links_of,
)
from regulars_mapping._identity import Holder

PHONE = IdentityKey(KeyKind.PHONE, "+380671112233")


class Account:
    def __init__(self, number: int, given: str, family: str) -> None:
        self.id = f"1:{number}"
        self.given_name = given
        self.family_name = family
        self.email_folded = ""


def holders(*names: tuple[str, str]) -> list[Holder]:
    return [Account(number, *name) for number, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # An initial, of a husband and wife, of sisters.
        (("Окксана", "Пофаненко"), ("O.", "Pofanenko")),
        (("О.", "Бонрадчук"), ("Олена", "Бонрадчук")),
        (("С.", "Гаввалук"), ("Сергій", "Гаввалук")),
        (("Я", "Лакарук"), ("Ярослава", "Лакарук")),
        (("О.", "Коваль"), ("О.", "Коваль")),
        # A short form of several names.
        (("Саша", "Гавпіненко"), ("Олександр", "Гавпіненко")),
        (("Sasha", "Dazarchuk"), ("Леся", "Дазарчук")),
        (("Слава", "Гриросенко"), ("Ростислав", "Гриросенко")),
        (("Слава", "Ласирець"), ("Слава", "Ласирець")),
        (("Ольга", "Бонфанчук"), ("Оленка", "Бонфанчук")),
        (("Ольга", "Бонвалская"), ("Оленка", "Бонвалська")),
        # Two names that one row of the table had taken for one.
        (("Дарія", "Гаввик"), ("Darina", "Havvyk")),
        (("Олександра", "Бойко"), ("Олеся", "Бойко")),
        (("Анжела", "Бойко"), ("Анжеліка", "Бойко")),
        (("Василина", "Бойко"), ("Василиса", "Бойко")),
    ],
)
def test_people_of_one_family_and_phone_are_not_joined(one: tuple[str, str], other: tuple[str, str]) -> None:
    both = holders(one, other)
    assert links_of(PHONE, both) == []
    assert hindrance(PHONE, *both) in {Hindrance.NAMES_DIFFER, Hindrance.NAME_MISSING}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Слава", "Бойковський"), ("Слава", "Бойковський")),
        (("Max", "Müller"), ("Max", "Müller")),
        (("Gregory", "Boyko"), ("Григорій", "Бойко")),
        (("Лена", "Бойко"), ("Олена", "Бойко")),
        (("Даша", "Бойко"), ("Даша", "Бойко")),
    ],
)
def test_one_human_who_writes_the_same_name_is_still_joined(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert len(links_of(PHONE, holders(one, other))) == 1


def _guest(given: str, *, email: str, phone: str = "") -> str:
    contact = Contact(given_name=given, family_name="Шевченко", email=email, phone=phone)
    return guest_external_id(account_fields(contact, country="UA"), order_external_id="7")


def test_colleagues_who_order_as_guests_from_one_office_s_mailbox_are_not_one_guest() -> None:
    for phone in ("", "0671112233"):
        olena = _guest("Олена", email="buh@firm.example.com", phone=phone)
        assert olena != _guest("Юлія", email="buh@firm.example.com", phone=phone)
        assert olena == _guest("ОЛЕНА", email="Buh@Firm.example.com", phone=phone)


@pytest.mark.parametrize("email", ["no@email.com", "none@none.com", "nema@ukr.net", "немає@пошти.укр"])
def test_what_is_typed_where_there_is_no_e_mail_is_no_key(email: str) -> None:
    assert fold_email(email) == ""
