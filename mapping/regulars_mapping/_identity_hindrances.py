"""Why a key that two accounts have in common does not link them, for people to read."""

from collections.abc import Collection
from enum import StrEnum

from regulars_mapping._birth_date import BirthDate
from regulars_mapping._identity import (
    STANDARD_GUARD,
    GuardRules,
    Holder,
    IdentityKey,
    KeyKind,
    blocked,
    links_of,
)
from regulars_mapping._mailbox import is_role_mailbox
from regulars_mapping._name_match import NameMatch, compare_names


class Hindrance(StrEnum):
    """Why a shared key gives no link."""

    TOO_MANY_ACCOUNTS = "too_many_accounts"
    """More accounts hold the key than one person has."""
    TOO_MANY_EMAILS = "too_many_emails"
    """A phone under which too many different e-mails are known."""
    ROLE_MAILBOX = "role_mailbox"
    """An e-mail such as info@, which is nobody's own."""
    NAME_MISSING = "name_missing"
    """A phone or a mailbox's other spelling links only where both names are known whole."""
    NAMES_DIFFER = "names_differ"
    """Another person's name; for an e-mail in two shops, beside another phone."""
    BIRTH_DATES_DIFFER = "birth_dates_differ"
    UNSUITABLE = "unsuitable"
    """The key is of a kind, or has a value, that links nobody."""


def blocking(
    key: IdentityKey, emails: Collection[str], *, rules: GuardRules = STANDARD_GUARD
) -> Hindrance | None:
    """Why the guard blocks a key, None where it does not; ``emails`` as ``blocked`` takes them."""
    if not blocked(key.kind, emails, rules=rules):
        return None
    many = len(emails) > rules.accounts_a_key
    return Hindrance.TOO_MANY_ACCOUNTS if many else Hindrance.TOO_MANY_EMAILS


def hindrance(
    key: IdentityKey, a: Holder, b: Holder, *, born: tuple[BirthDate | None, BirthDate | None] = (None, None)
) -> Hindrance | None:
    """Why an unblocked key does not link these two of its holders, None where it does.

    ``born`` are their birth dates, where they are known.
    """
    dates = {one.id: date for one, date in zip((a, b), born, strict=True) if date is not None}
    if links_of(key, (a, b), born=dates):
        return None
    if key.kind in {KeyKind.EMAIL, KeyKind.EMAIL_ALIAS} and is_role_mailbox(key.value):
        return Hindrance.ROLE_MAILBOX
    match = compare_names((a.given_name, a.family_name), (b.given_name, b.family_name))
    if key.kind == KeyKind.EMAIL:
        return Hindrance.NAMES_DIFFER
    if not match.agrees:
        told = match not in {NameMatch.UNKNOWN, NameMatch.VAGUE}
        return Hindrance.NAMES_DIFFER if told else Hindrance.NAME_MISSING
    if born[0] is not None and born[1] is not None and born[0].contradicts(born[1]):
        return Hindrance.BIRTH_DATES_DIFFER
    return Hindrance.UNSUITABLE
