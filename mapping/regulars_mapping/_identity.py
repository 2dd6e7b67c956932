"""Evidence of identity: anchors, keys, the guard that blocks a key, and the links that a key gives."""

import base64
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple, Protocol

from regulars_mapping._names import names_compatible

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")

# Mailboxes that several people read (RFC 2142 and custom): sharing one says little about who wrote.
_ROLE_MAILBOX = re.compile(
    r"(abuse|accounting|accounts|admin|administrator|billing|bookings?|contacts?|customerservice|enquiries"
    r"|feedback|finance|hello|help|helpdesk|hostmaster|hr|info|inquiries|invoices?|it|jobs|mail|marketing"
    r"|no-?reply|office|operations|orders?|postmaster|press|privacy|purchasing|reception|reservations|root"
    r"|sales|security|service|shop|store|support|team|webmaster|zakaz)(\+[^@]*)?@"
)


class KeyKind(StrEnum):
    """What accounts can have in common; the word kept in the database."""

    EMAIL = "email"
    PHONE = "phone"


class Rule(StrEnum):
    """Why two accounts are linked, strongest first; the word kept in the database."""

    MUST_LINK = "must_link"
    EMAIL = "email"
    PHONE = "phone"


class IdentityKey(NamedTuple):
    """A folded e-mail or an E.164 number. The representation leaves the value out: it is personal data."""

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
    return base64.b32encode(digest).translate(_CROCKFORD).decode()


def keys_of(fields: Keyed) -> tuple[IdentityKey, ...]:
    """The keys an account holds: its folded e-mail and its E.164 number, where it has them."""
    keys = (
        IdentityKey(KeyKind.EMAIL, fields.email_folded),
        IdentityKey(KeyKind.PHONE, fields.phone_e164),
    )
    return tuple(key for key in keys if key.value)


def blocked(kind: str, emails: Collection[str], *, rules: GuardRules = STANDARD_GUARD) -> bool:
    """Whether a key gives no links because too many hold it.

    ``emails`` has the folded e-mail of each account that holds the key, empty where it has none. A pure
    function of the holders' own attributes: never of persons, never of what was decided before.
    """
    if len(emails) > rules.accounts_a_key:
        return True
    return kind == KeyKind.PHONE and len(set(emails) - {""}) > rules.emails_a_phone


def links_of(key: IdentityKey, holders: Iterable[Holder]) -> list[Link]:
    """The pairwise links that an unblocked key gives among its holders.

    A shared e-mail links; a shared phone or role mailbox (info@, office@) links those whose names are both
    present and compatible. Compatibility is not transitive, so each pair is judged by itself.
    """
    ordered = sorted(holders, key=lambda holder: anchor_of(holder.id))
    needs_names = key.kind == KeyKind.PHONE or _is_role_mailbox(key.value)
    evidence = key_digest(key)
    rule = Rule(key.kind)
    return [
        Link(a.id, b.id, rule, evidence)
        for a, b in combinations(ordered, 2)
        if not needs_names or names_compatible((a.given_name, a.family_name), (b.given_name, b.family_name))
    ]


def key_digest(key: IdentityKey) -> str:
    """Twenty hex digits that stand for a key where its value has no business to be."""
    return blake2b(f"{key.kind.value}:{key.value}".encode(), digest_size=10).hexdigest()


def _is_role_mailbox(email: str) -> bool:
    return _ROLE_MAILBOX.match(email) is not None
