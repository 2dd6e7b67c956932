"""The address of an erased person is a key, and nobody else's address becomes one."""

import pytest

from regulars_mapping import (
    erased_email,
    fold_email,
    is_erased_email,
    is_erasure_token,
    is_role_mailbox,
)

TOKEN = "abcdefghijklmnopqr27"


@pytest.mark.parametrize("number", [None, 1, 42, 999_999])
def test_an_erased_address_is_a_key_of_its_own(number: int | None) -> None:
    address = erased_email(TOKEN, number)
    assert fold_email(f" {address.upper()}\n") == address == fold_email(address)
    assert is_erased_email(address)
    assert not is_role_mailbox(address)


def test_every_other_address_under_that_name_reaches_nobody_and_is_no_key() -> None:
    mailboxes = [
        "olena",
        TOKEN[1:],
        f"{TOKEN}a",
        f"{TOKEN}.0",
        f"{TOKEN}.x",
        f"{TOKEN}.1.1",
        TOKEN[:-1] + "1",
    ]
    others = [*(f"{one}@erased.invalid" for one in mailboxes), f"{TOKEN}@x.erased.invalid"]
    assert [fold_email(one) for one in [*others, f"{TOKEN}@erased.test", "deleted@site.invalid"]] == [""] * 10
    assert not any(is_erased_email(one) for one in others)


@pytest.mark.parametrize(
    ("token", "number"), [("olena", None), ("", 1), (TOKEN, 0), (TOKEN, -1), (TOKEN, 10**6)]
)
def test_what_is_no_token_or_number_makes_no_address(token: str, number: int | None) -> None:
    assert is_erasure_token(token) == (token == TOKEN)
    with pytest.raises(ValueError, match="token and a number"):
        erased_email(token, number)
