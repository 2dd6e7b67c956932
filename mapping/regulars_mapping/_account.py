"""What is derived from one contact: the fields of an account, folded for matching, and a guest's id."""

from dataclasses import dataclass
from hashlib import blake2b

from regulars_mapping._email import fold_email
from regulars_mapping._mailbox import email_alias, is_role_mailbox
from regulars_mapping._models import Contact
from regulars_mapping._names import fold_name
from regulars_mapping._phone import e164

# A key of our own keeps the ids apart from any other digest of the same address; it is no secret.
_GUEST_KEY = b"regulars guest 1"


@dataclass(frozen=True, slots=True, repr=False)
class AccountFields:
    """One account's own words beside their folded forms.

    ``email``, ``phone``, the names, ``company`` and ``country`` are what the shop holds; ``country`` is
    empty where the contact names none. ``email_folded``, ``phone_e164`` and ``name_folded`` are empty where
    there is no valid one; ``email_alias`` is the mailbox's one spelling, empty where that is
    ``email_folded`` or none is known. The representation leaves every value out: they are personal data.
    """

    email: str
    email_folded: str
    email_alias: str
    phone: str
    phone_e164: str
    given_name: str
    family_name: str
    name_folded: str
    company: str
    country: str

    def __repr__(self) -> str:
        return "AccountFields(...)"


def account_fields(contact: Contact, *, country: str) -> AccountFields:
    """The fields of the account that this contact describes.

    A phone number without a country code is read as one of the contact's country and, where that gives no
    valid number, of ``country``, the shop's own (ISO 3166-1 alpha-2, or empty when unknown).
    """
    phone = contact.phone
    number = e164(phone, country=contact.country or country) if phone else ""
    if phone and not number and contact.country and country and country != contact.country:
        number = e164(phone, country=country)
    email = fold_email(contact.email)
    alias = email_alias(email)
    return AccountFields(
        contact.email,
        email,
        alias if alias != email else "",
        phone,
        number,
        contact.given_name,
        contact.family_name,
        fold_name(contact.given_name, contact.family_name),
        contact.company,
        contact.country,
    )


def guest_external_id(fields: AccountFields, *, order_external_id: str) -> str:
    """The external id of the guest behind an order: ``guest-`` and 32 hex digits.

    Two orders of one shop share a guest when they share the folded e-mail; without an e-mail of their own,
    when they share phone and folded name, or a role mailbox (info@, office@) and folded name; without
    these, every order is a guest of its own.
    """
    if fields.email_folded and not is_role_mailbox(fields.email_folded):
        trait = f"email:{fields.email_folded}"
    elif fields.phone_e164:
        trait = f"phone:{fields.phone_e164}:{fields.name_folded}"
    elif fields.email_folded and fields.name_folded:
        trait = f"role:{fields.email_folded}:{fields.name_folded}"
    else:
        trait = f"order:{order_external_id}"
    return "guest-" + blake2b(trait.encode("utf-8", "replace"), digest_size=16, key=_GUEST_KEY).hexdigest()
