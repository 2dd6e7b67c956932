"""What is derived from one contact, the guest's id, and what counts as bought."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from regulars_mapping import (
    AccountFields,
    Contact,
    OrderStatus,
    account_fields,
    counts_as_bought,
    guest_external_id,
)

OLENA = Contact(
    email="Olena@Example.com",
    phone="067 123 45 67",
    given_name="Олена",
    family_name="Коваленко",
    company="ТОВ «Сад»",
    country="UA",
)


def _fields(shop: str = "UA", **changes: str) -> AccountFields:
    return account_fields(OLENA.model_copy(update=changes), country=shop)


def test_fields_hold_the_shop_s_words_beside_the_folded_ones() -> None:
    assert _fields() == AccountFields(
        email="Olena@Example.com",
        email_folded="olena@example.com",
        email_alias="",
        phone="067 123 45 67",
        phone_e164="+380671234567",
        given_name="Олена",
        family_name="Коваленко",
        name_folded="олена коваленко",
        company="ТОВ «Сад»",
        country="UA",
    )


def test_an_empty_contact_gives_empty_fields() -> None:
    assert account_fields(Contact(), country="UA") == AccountFields(*[""] * 10)


@pytest.mark.parametrize(
    ("email", "alias"),
    [("O.Koval+tea@gmail.com", "okoval@gmail.com"), ("okoval@gmail.com", ""), ("o.koval@example.com", "")],
)
def test_an_alias_is_told_only_where_it_is_not_the_email_itself(email: str, alias: str) -> None:
    assert _fields(email=email).email_alias == alias


def test_a_phone_is_read_by_the_contact_s_country_before_the_shop_s() -> None:
    assert _fields("UA", phone="0151 23456789", country="DE").phone_e164 == "+4915123456789"
    assert _fields("UA", phone="0151 23456789", country="").phone_e164 == ""


def test_a_phone_that_is_wrong_in_the_contact_s_country_is_read_by_the_shop_s() -> None:
    assert _fields("UA", phone="067 123 45 67", country="US").phone_e164 == "+380671234567"
    assert _fields("UA", phone="067 123 45 67", country="").phone_e164 == "+380671234567"


def test_the_shop_s_country_is_not_put_into_the_contact_s_mouth() -> None:
    assert _fields("UA", country="").country == ""


def test_fields_show_no_personal_data_of_their_own_accord() -> None:
    shown = f"{_fields()!r} {_fields()}"
    assert not re.search("olena|Олена|380|Коваленко", shown, re.IGNORECASE)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["", "UA", "ZZ"]))
def test_any_contact_the_model_takes_has_fields(text: str, other: str, country: str) -> None:
    try:
        contact = Contact(email=text, phone=other, given_name=other, family_name=text)
    except ValidationError:
        return
    fields = account_fields(contact, country=country)
    assert fields.email == contact.email
    assert fields.phone == contact.phone


def test_a_guest_s_id_is_a_word_and_32_hex_digits() -> None:
    assert re.fullmatch("guest-[0-9a-f]{32}", guest_external_id(_fields(), order_external_id="7"))


def test_a_guest_s_id_stays_the_same_for_ever() -> None:
    assert guest_external_id(_fields(), order_external_id="7") == "guest-ad0b7d9dce591f242dc4bf3eb8839d96"


def test_orders_with_one_e_mail_have_one_guest() -> None:
    first = guest_external_id(_fields(email="OLENA@example.com"), order_external_id="7")
    second = guest_external_id(
        _fields(phone="", given_name="О.", email="olena@EXAMPLE.com"), order_external_id="8"
    )
    assert first == second


def test_without_an_e_mail_one_phone_and_name_are_one_guest() -> None:
    first = guest_external_id(_fields(email="deleted@site.invalid"), order_external_id="7")
    second = guest_external_id(
        _fields(email="", phone="+380 67 1234567", given_name="ОЛЕНА"), order_external_id="8"
    )
    family = guest_external_id(_fields(email="", given_name="Марія"), order_external_id="9")
    assert first == second != family


def test_without_e_mail_and_phone_every_order_has_its_own_guest() -> None:
    nobody = _fields(email="", phone="")
    ids = {guest_external_id(nobody, order_external_id=order) for order in ("7", "8", "7")}
    assert len(ids) == 2


@pytest.mark.parametrize("status", OrderStatus)
def test_sold_and_refunded_orders_count_as_bought_and_invented_statuses_when_paid(
    status: OrderStatus,
) -> None:
    always = status in {OrderStatus.PROCESSING, OrderStatus.COMPLETED, OrderStatus.REFUNDED}
    assert counts_as_bought(status, paid=False) is always
    assert counts_as_bought(status, paid=True) is (always or status is OrderStatus.OTHER)
