"""How the ownership of an account is known."""

import pytest

from regulars_mapping import Ownership, ownership


@pytest.mark.parametrize("checks_emails", [True, False])
def test_an_address_that_the_platform_verified_is_its_owner_s(checks_emails: bool) -> None:
    found = ownership(email_verified=True, checks_emails=checks_emails)
    assert (found, found.known) == (Ownership.PLATFORM, True)


@pytest.mark.parametrize("email_verified", [False, None])
def test_the_owner_s_word_for_a_shop_stands_for_its_accounts(email_verified: bool | None) -> None:
    found = ownership(email_verified=email_verified, checks_emails=True)
    assert (found, found.known) == (Ownership.SHOP, True)


@pytest.mark.parametrize("checks_emails", [True, False])
def test_a_confirmed_link_is_better_than_the_owner_s_word(checks_emails: bool) -> None:
    found = ownership(email_verified=None, checks_emails=checks_emails, confirmed_by_mail=True)
    assert (found, found.known) == (Ownership.MAIL, True)


@pytest.mark.parametrize("email_verified", [False, None])
def test_without_a_check_nobody_knows_whose_an_account_is(email_verified: bool | None) -> None:
    found = ownership(email_verified=email_verified, checks_emails=False)
    assert (found, found.known) == (Ownership.UNKNOWN, False)
