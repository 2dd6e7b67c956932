"""E-mail addresses: one form for one address, nothing for what is none."""

import re

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import fold_email

any_text = st.text(st.characters(exclude_categories=()), max_size=80)
addresses = st.from_regex(
    r"[A-Za-z0-9._+'-]{1,12}@[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){0,2}\.[a-z0-9-]{1,7}", fullmatch=True
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Olena.Kovalenko@Example.COM", "olena.kovalenko@example.com"),
        ("  petro+shop@example.org\n", "petro+shop@example.org"),
        ("petro@example.net\u200b", "petro@example.net"),
        ("petro＠example.net", "petro@example.net"),
        ("o’neill@example.com", "o'neill@example.com"),
        ("j.o'neill_9@mail.example.com", "j.o'neill_9@mail.example.com"),
        ("hans@müller.example.com", "hans@xn--mller-kva.example.com"),
        ("hans@XN--MLLER-KVA.example.com", "hans@xn--mller-kva.example.com"),
        ("ОЛЕНА@приклад.укр", "олена@xn--80aikifvh.xn--j1amh"),
        ("олена@xn--80aikifvh.xn--j1amh", "олена@xn--80aikifvh.xn--j1amh"),
    ],
)
def test_one_address_has_one_form(text: str, folded: str) -> None:
    assert fold_email(text) == folded


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "@", "olena", "olena@", "@example.com", "olena@example", "a@b@example.com",
        "two@example.com, three@example.com", "Olena <olena@example.com>", "space in@example.com",
        ".olena@example.com", "olena.@example.com", "ole..na@example.com", "olena@-example.com",
        "olena@example..com", "olena@example.123", "olena@[127.0.0.1]", "olena@127.0.0.1",
        '"olena k"@example.com', "olena@ex_ample.com", "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".example.com", "a@" + "b.example." * 30 + "com", "a" * 5_000_000 + "@example.com",
        "\ud83d", "a@\ud83d.com\x00 b",
    ],
)  # fmt: skip
def test_what_is_no_address_gives_nothing(text: str) -> None:
    assert fold_email(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "deleted@site.invalid", "guest-17@anything.invalid", "x@shop.local", "x@shop.test", "x@my.localhost",
        "test@test.com", "TEST@Test.co.uk", "example@example.com", "qwerty@qwerty.ru", "1@1.com",
        "noemail@example.com", "no-email@example.com", "no_reply@example.com", "nomail@example.net",
        "donotreply@example.com",
    ],
)  # fmt: skip
def test_a_placeholder_gives_nothing(text: str) -> None:
    assert fold_email(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "olena@example.com", "petro@example.net", "hans@example.org", "tester@test.com", "test@example.com",
        "mail@example.org", "noel@example.com", "noreplyson@example.com", "aa@a.com", "emily@email.com",
    ],
)  # fmt: skip
def test_a_person_is_no_placeholder(text: str) -> None:
    assert fold_email(text) == text


def _library(text: str) -> str:
    try:
        valid = validate_email(text.casefold(), check_deliverability=False)
    except EmailNotValidError:
        return ""
    return f"{valid.local_part}@{valid.ascii_domain}"


@given(addresses)
def test_the_quick_way_agrees_with_the_library(address: str) -> None:
    expected = _library(address)
    if re.match(r"(\w+)@\1\.|no-?(e?mail|reply)@", expected):
        expected = fold_email(address)
    assert fold_email(address) == expected


@given(any_text | addresses)
def test_any_text_folds_and_folding_twice_is_folding_once(text: str) -> None:
    once = fold_email(text)
    assert fold_email(once) == once
    once.encode()
    assert not once or once.count("@") == 1


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=20), addresses)
def test_an_international_mailbox_folds_and_folding_twice_is_folding_once(mailbox: str, address: str) -> None:
    once = fold_email(f"{mailbox}@{address.rpartition('@')[2]}")
    assert fold_email(once) == once
