"""The addresses of a customer's card: one row a place, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars_agent import PersonAddress
from wagtail_regulars._masking import masked_phone
from wagtail_regulars._moments import showable
from wagtail_regulars._wording import PLACES, Words, said


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where orders were delivered to; ``recipients``: how many different names it bears."""

    kind: Words
    name: str
    recipients: int
    lines: Sequence[str]
    phone: str
    deliveries: int
    last_used_at: datetime | None


def addresses_of(addresses: Sequence[PersonAddress], *, contacts: bool) -> list[AddressView]:
    """The agent's addresses in their order, their street and phone masked where ``contacts`` is not."""
    return [_address(each, contacts=contacts) for each in addresses]


def _address(address: PersonAddress, *, contacts: bool) -> AddressView:
    return AddressView(
        kind=said(PLACES, address.kind.value),
        name=next(iter(address.recipients), ""),
        recipients=len(address.recipients),
        lines=_lines(address, contacts=contacts),
        phone=address.phone if contacts else masked_phone(address.phone),
        deliveries=address.deliveries,
        last_used_at=showable(address.last_used_at),
    )


def _lines(address: PersonAddress, *, contacts: bool) -> list[str]:
    # Without contact data, the town is enough to tell two addresses apart.
    street = (address.company, address.line1, address.line2) if contacts else ()
    town = " ".join(filter(None, (address.postcode if contacts else "", address.city)))
    return list(filter(None, (*street, town, address.region, address.country)))
