"""Evidence of identity: anchors, keys, the guard that blocks a key, and the links that a key gives."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple, Protocol

from regulars_mapping._birth_date import BirthDate
from regulars_mapping._mailbox import email_alias, is_role_mailbox
from regulars_mapping._name_match import NameMatch, compare_names, names_compatible

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_TWO_DIGITS = [one + other for one in _CROCKFORD for other in _CROCKFORD]
_OTHERS = frozenset({NameMatch.DIFFERENT, NameMatch.GENDER})
_NOBODYS: Mapping[str, BirthDate] = MappingProxyType({})


class KeyKind(StrEnum):
    """What accounts can have in common; the word kept in the database."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    """The number of a plastic card, written into the record by hand."""
    EMAIL_ALIAS = "email_alias"
    """The mailbox of an e-mail as its provider reads it: weaker than the address itself."""


class Rule(StrEnum):
    """Why two accounts are linked, strongest first; the word kept in the database."""

    MUST_LINK = "must_link"
    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    EMAIL_ALIAS = "email_alias"


class IdentityKey(NamedTuple):
    """A folded e-mail, an E.164 or a card's number. The representation leaves the personal value out."""

    kind: KeyKind
    value: str

    def __repr__(self) -> str:
        return f"IdentityKey({self.kind.value!r}, ...)"


class Keyed(Protocol):
    """What keys are read from: AccountFields, or a row of accounts."""

    @property
    def email_folded(self) -> str: ...
    @property
    def phone_e164(self) -> str: ...


class Holder(Protocol):
    """An active account that holds a key."""

    @property
    def id(self) -> str: ...
    @property
    def given_name(self) -> str: ...
    @property
    def family_name(self) -> str: ...
    @property
    def email_folded(self) -> str: ...
    @property
    def phone_e164(self) -> str: ...


class Born(Protocol):
    """An account and the birth date that is kept of it: ``1990-05-17``, ``--05-17`` or empty."""

    @property
    def id(self) -> str: ...
    @property
    def birth_date(self) -> str: ...


class Link(NamedTuple):
    """One rule's word that two accounts are one person's; ``a`` has the smaller anchor.

    ``evidence`` is the digest of the key they share, or the time of the decision (ISO 8601).
    """

    a: str
    b: str
    rule: Rule
    evidence: str


@dataclass(frozen=True, slots=True)
class GuardRules:
    """From where on a key is nobody's own: a shared phone, a shop assistant's address at every checkout."""

    emails_a_phone: int = 5
    accounts_a_key: int = 20


STANDARD_GUARD = GuardRules()


@lru_cache(maxsize=16_384)
def anchor_of(account_id: str) -> tuple[int, str]:
    """What never changes about an account: its shop's rank and its external id, in natural order.

    Plain numbers sort by value, below everything else, so that a shop's oldest customer has its smallest
    anchor and persons keep their ids while newer accounts arrive.
    """
    shop, _, external_id = account_id.partition(":")
    if external_id.isdecimal() and external_id[0] != "0":
        return int(shop), f"{len(external_id):03d}{external_id}"
    return int(shop), "~" + external_id


def person_id_of(account_id: str) -> str:
    """The id of the person whose smallest anchor is this account's: 16 characters of Crockford's base32."""
    digest = blake2b(account_id.encode(), digest_size=10, person=b"regulars person").digest()
    number, two = int.from_bytes(digest), _TWO_DIGITS
    # Two digits at a time, in a row: for a million persons base64's own way takes three times as long.
    return (
        f"{two[number >> 70]}{two[number >> 60 & 1023]}{two[number >> 50 & 1023]}{two[number >> 40 & 1023]}"
        f"{two[number >> 30 & 1023]}{two[number >> 20 & 1023]}{two[number >> 10 & 1023]}{two[number & 1023]}"
    )


def keys_of(fields: Keyed) -> tuple[IdentityKey, ...]:
    """The keys an account holds: its folded e-mail and its E.164 number, where it has them."""
    keys = (
        IdentityKey(KeyKind.EMAIL, fields.email_folded),
        IdentityKey(KeyKind.PHONE, fields.phone_e164),
    )
    return tuple(key for key in keys if key.value)


def weak_keys_of(fields: Keyed) -> tuple[IdentityKey, ...]:
    """The keys beside those of ``keys_of`` that link only where nothing speaks against it."""
    alias = email_alias(fields.email_folded)
    return (IdentityKey(KeyKind.EMAIL_ALIAS, alias),) if alias else ()


def keys_with_implied(keys: Collection[IdentityKey]) -> tuple[IdentityKey, ...]:
    """An account's keys as they are stored, and the alias that goes without saying where its e-mail is the
    mailbox's one spelling."""
    implied = (
        IdentityKey(KeyKind.EMAIL_ALIAS, key.value)
        for key in keys
        if key.kind == KeyKind.EMAIL and email_alias(key.value) == key.value
    )
    return (*keys, *implied)


def born_of(accounts: Iterable[Born]) -> dict[str, BirthDate]:
    """The birth dates by account id, of those accounts of which one is kept."""
    return {one.id: BirthDate.of_iso(one.birth_date) for one in accounts if one.birth_date}


def blocked(kind: str, emails: Collection[str], *, rules: GuardRules = STANDARD_GUARD) -> bool:
    """Whether a key gives no links because too many hold it.

    ``emails`` has the folded e-mail of each account that holds the key, empty where it has none. A pure
    function of the holders' own attributes: never of persons, never of what was decided before.
    """
    if len(emails) > rules.accounts_a_key:
        return True
    return kind == KeyKind.PHONE and len(set(emails) - {""}) > rules.emails_a_phone


def links_of(
    key: IdentityKey, holders: Iterable[Holder], *, born: Mapping[str, BirthDate] = _NOBODYS
) -> list[Link]:
    """The pairwise links that an unblocked key gives among its holders.

    A shared e-mail links, but not accounts of two shops in which another person's name stands beside another
    phone: a household's mailbox, or a stranger's by a slip of the finger. A shared phone, card or alias links
    those whose names are both present and compatible and whose birth dates, where ``born`` has both by
    account id, do not contradict each other. An alias links different spellings only: those of one e-mail are
    linked by that. A role mailbox (info@, office@) links nobody. None of that is transitive, so each pair is
    judged by itself.
    """
    is_alias = key.kind == KeyKind.EMAIL_ALIAS
    if (is_alias or key.kind == KeyKind.EMAIL) and is_role_mailbox(key.value):
        return []
    pairs = [
        (a, b)
        for a, b in combinations(holders, 2)
        if (
            not _are_two(a, b)
            if key.kind == KeyKind.EMAIL
            else not (is_alias and a.email_folded == b.email_folded) and _may_be_one(a, b, born)
        )
    ]
    # Most phones that several share are of a family.
    if not pairs:
        return []
    evidence, rule = key_digest(key), Rule(key.kind)
    ordered = [sorted((a.id, b.id), key=anchor_of) for a, b in pairs]
    if len(ordered) > 1:
        ordered.sort(key=lambda pair: (anchor_of(pair[0]), anchor_of(pair[1])))
    return [Link(a, b, rule, evidence) for a, b in ordered]


def _are_two(a: Holder, b: Holder) -> bool:
    """Whether everything beside their e-mail says that they are two people. Within a shop nothing does: it
    shows an order under an address to whoever registered with it, whoever the parcel is for."""
    if a.phone_e164 == b.phone_e164 or not (a.phone_e164 and b.phone_e164):
        return False
    if anchor_of(a.id)[0] == anchor_of(b.id)[0]:
        return False
    return compare_names((a.given_name, a.family_name), (b.given_name, b.family_name)) in _OTHERS


def _may_be_one(a: Holder, b: Holder, born: Mapping[str, BirthDate]) -> bool:
    if not names_compatible((a.given_name, a.family_name), (b.given_name, b.family_name)):
        return False
    one, other = born.get(a.id), born.get(b.id)
    return one is None or other is None or not one.contradicts(other)


def key_digest(key: IdentityKey) -> str:
    """Twenty hex digits that stand for a key where its value has no business to be."""
    return blake2b(f"{key.kind.value}:{key.value}".encode(), digest_size=10).hexdigest()
