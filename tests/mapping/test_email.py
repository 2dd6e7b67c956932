"""E-mail addresses: one form for one address, nothing for what is none."""

import re

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, given
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
        ("ｐｅｔｒｏ＠ｅｘａｍｐｌｅ．ｎｅｔ", "petro@example.net"),
        ("\ufeff\u202apetro@example.net\u202c\u200f", "petro@example.net"),
        ("straße@example.net", "straße@example.net"),
        ("hans@straße.example.net", "hans@xn--strae-oqa.example.net"),
        ("hans@BÜCHER.example.net", "hans@xn--bcher-kva.example.net"),
        ("josé@example.net", "josé@example.net"),
        ("jose\u0301@example.net", "josé@example.net"),
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
        "\ud83d", "a@\ud83d.com\x00 b", "pet\u200bro@example.net", "petro@exam\u200dple.net",
        "pet\u202ero@example.net", "pet\u00adro@example.net", "petro\ud800@example.net",
        "petro\x00@example.net", "\ufffd\ufffd\ufffd@example.net", "ol\ufffdna@example.net",
        "\ufffc@example.net", "?????@example.net", "ol??na@example.net",
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
        "donotreply@example.com", "a@a.ua", "net@net.net", "1111@1111.ua", "unknown@example.org",
        "x@shop.example",
        "olena@noemail.com", "нет@example.com", "x@server.localdomain", "deleted-user@example.com",
        "abc123@marketplace.amazon.co.uk", "abc123@marketplace.amazon.de", "abc@members.ebay.com",
        "x1y2@allegromail.pl",
        "0a1b2c@scs.tiktokw.us", "0a1b2c@relay.walmart.com",
    ],
)  # fmt: skip
def test_a_placeholder_gives_nothing(text: str) -> None:
    assert fold_email(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "olena@example.com", "petro@example.net", "hans@example.org", "tester@test.com", "test@example.com",
        "mail@example.org", "noel@example.com",
        "marketplace@amazon.example.com", "me@my.example.com", "noreplyson@example.com", "aa@a.com",
        "emily@email.com",
    ],
)  # fmt: skip
def test_a_person_is_no_placeholder(text: str) -> None:
    assert fold_email(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@example.net", "strasse@example.net"),
        ("hans@straße.example.net", "hans@strasse.example.net"),
        ("anna@example.net", "\u0430nna@example.net"),
        ("anna@example.net", "anna@ex\u0430mple.net"),
        ("maseh@example.net", "ma\u017feh@example.net"),
        ("file@example.net", "\ufb01le@example.net"),
        ("mike@example.net", "mıke@example.net"),
        ("x2@example.net", "x²@example.net"),
        ("anna@example.net", "an\u200bna@example.net"),
    ],
)
def test_a_mailbox_that_only_looks_alike_is_another(one: str, other: str) -> None:
    assert fold_email(one)
    assert fold_email(one) != fold_email(other)


def _library(text: str) -> str:
    try:
        valid = validate_email(text.casefold(), check_deliverability=False)
    except EmailNotValidError:
        return ""
    return f"{valid.local_part}@{valid.ascii_domain}"


def _is_made_up(address: str) -> bool:
    mailbox, _, domain = address.lower().partition("@")
    return (
        domain.startswith(f"{mailbox}.")
        or re.search(r"^no|@no|\.(lan|home|corp)$", address.lower()) is not None
    )


@given(addresses)
def test_the_quick_way_agrees_with_the_library(address: str) -> None:
    assume(not _is_made_up(address))
    assert fold_email(address) == _library(address)


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
