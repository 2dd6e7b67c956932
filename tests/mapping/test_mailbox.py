"""Mailboxes: one under several spellings where its provider says so, and those that several people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import email_alias, fold_email, is_role_mailbox

any_text = st.text(st.characters(exclude_categories=()), max_size=60)
providers = st.sampled_from(
    ["gmail.com", "googlemail.com", "proton.me", "pm.me", "ya.ru", "yandex.kz", "icloud.com", "outlook.com",
     "hotmail.de", "fastmail.com", "anna.fastmail.com", "example.com", "gmail.example.com"]
)  # fmt: skip
mailboxes = st.text("ab.-_+1", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("email", "alias"),
    [
        ("j.doe@gmail.com", "jdoe@gmail.com"),
        ("jdoe@gmail.com", "jdoe@gmail.com"),
        ("j.d.o.e+shop.2@googlemail.com", "jdoe@gmail.com"),
        ("j-doe@gmail.com", "j-doe@gmail.com"),
        ("jane.doe+shop@outlook.com", "jane.doe@outlook.com"),
        ("jane+shop@hotmail.co.uk", "jane@hotmail.co.uk"),
        ("jane+x@live.de", "jane@live.de"),
        ("jane+x@msn.com", "jane@msn.com"),
        ("jane+x@fastmail.com", "jane@fastmail.com"),
        ("x@jane.fastmail.com", "jane@fastmail.com"),
        ("x.y@jane.fastmail.fm", "jane@fastmail.fm"),
        ("jane.doe_1+x@protonmail.com", "janedoe1@proton.me"),
        ("jane-doe1@pm.me", "janedoe1@proton.me"),
        ("jane.doe+x@me.com", "jane.doe@icloud.com"),
        ("jane.doe@icloud.com", "jane.doe@icloud.com"),
        ("olena-k@yandex.ru", "olena.k@yandex.ru"),
        ("olena.k+1@ya.ru", "olena.k@yandex.ru"),
        ("olena.k@yandex.kz", "olena.k@yandex.ru"),
    ],
)
def test_a_provider_that_says_so_has_one_mailbox_under_several_spellings(email: str, alias: str) -> None:
    assert email_alias(email) == alias


@pytest.mark.parametrize(
    "email",
    [
        "", "j.doe+shop@example.com", "j.doe@yahoo.com", "jane-shop@yahoo.com", "o.k@ukr.net",
        "o.k+x@mail.ru",
        "j.doe@gmail.com.example.org", "+x@gmail.com", "...@gmail.com", "info@gmail.com",
        "info+shop@gmail.com",
        "office@pm.me", "jane@mail.fastmail.example.com",
    ],
)  # fmt: skip
def test_elsewhere_a_dot_is_a_letter_like_all(email: str) -> None:
    assert email_alias(email) == ""


def test_outlook_and_hotmail_are_two_mailboxes() -> None:
    assert email_alias("jane@outlook.com") != email_alias("jane@hotmail.com")


@pytest.mark.parametrize(
    "email",
    [
        "info@example.com", "Office@example.com", "sales+web@example.com",
        "customer-service@example.com", "customer.service2@example.com", "info1@example.com",
        "zakaz@example.com",
        "buh@example.com", "priemnaya@example.com", "pryimalnia@example.com", "sklad@example.com",
        "kontakt@example.com",
        "buero@example.com", "biuro@example.com", "zamowienia@example.com", "заказ@example.com",
        "ventas@example.com",
    ],
)  # fmt: skip
def test_a_role_mailbox_is_read_by_several_people(email: str) -> None:
    assert is_role_mailbox(fold_email(email))


@pytest.mark.parametrize(
    "email",
    [
        "anna@example.com",
        "salesman@example.com",
        "infante@example.com",
        "anna.info@example.com",
        "",
    ],
)
def test_a_person_reads_their_own(email: str) -> None:
    assert not is_role_mailbox(email)


@given(mailboxes, providers)
def test_the_alias_of_an_alias_is_itself(mailbox: str, domain: str) -> None:
    alias = email_alias(fold_email(f"{mailbox}@{domain}"))
    assert alias == "" or email_alias(alias) == alias


@given(any_text)
def test_any_text_is_answered(text: str) -> None:
    assert email_alias(text) == email_alias(text)
    assert is_role_mailbox(text) in {True, False}
