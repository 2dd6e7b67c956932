"""How people fill in a form: the addresses of accounts and orders, in whatever spelling came to hand."""

from __future__ import annotations

from random import Random

from regulars_sandbox._history import ShopAddress

from ._contacts import respelled_email, respelled_phone
from ._names import GIVEN
from ._people import Kind, Person, typed_name

__all__ = ["account_form", "delivery_form", "guest_form", "phone_order_form"]


def _form(person: Person, name: tuple[str, str], email: str, phone: str, rng: Random) -> ShopAddress:
    home = person.homes[-1] if len(person.homes) > 1 and rng.random() < 0.5 else person.homes[0]
    return ShopAddress(
        first_name=name[0],
        last_name=name[1],
        company=person.company,
        address_1=home.street,
        city=home.city,
        postcode=home.postcode,
        country=home.country,
        state=home.state,
        email=email,
        phone=respelled_phone(phone, home.country, rng),
    )


def account_form(person: Person, rng: Random) -> ShopAddress:
    """The billing address kept with an account: the true name, the address in the owner's usual case."""
    email = respelled_email(person.email, rng) if rng.random() < 0.1 else person.email
    name = (person.first_name, person.last_name)
    return _form(person, name, email, person.phone, rng)


def guest_form(person: Person, rng: Random) -> ShopAddress:
    """A guest's billing address: any of the person's mailboxes and numbers, any spelling.

    Mailbox and number never both differ from the person's first ones, so that one form can be told by the
    other.
    """
    email, phone = person.email, person.phone
    if person.other_email and rng.random() < 0.4:
        email = person.other_email
    elif person.other_phone and rng.random() < 0.4:
        phone = person.other_phone
    if rng.random() < 0.35 and person.kind is not Kind.TESTER:
        email = respelled_email(email, rng)
    return _form(person, typed_name(person, rng), email, phone, rng)


def phone_order_form(person: Person, rng: Random) -> ShopAddress:
    """What staff note down on the phone: no e-mail."""
    return _form(person, typed_name(person, rng), "", person.phone, rng)


def delivery_form(person: Person, billing: ShopAddress, rng: Random) -> ShopAddress:
    """Where the parcel goes: a parcel point, the billing address, or (a gift) somebody else's name."""
    home = person.homes[0]
    gift = rng.random() < 0.04
    first = rng.choice(GIVEN[person.language]["f"]) if gift else billing.first_name
    at_point = home.parcel_point != "" and rng.random() < 0.8
    return ShopAddress(
        first_name=first,
        last_name=billing.last_name,
        address_1=home.parcel_point if at_point else billing.address_1,
        city=home.city if at_point else billing.city,
        postcode="" if at_point else billing.postcode,
        country=billing.country,
        state=home.state if at_point else billing.state,
        phone=billing.phone,
    )
