"""A shop that begins to hide who its customers are must not make known people strangers.

Shopify shows names and contacts only to apps that it has approved for them, and an approval can end: then
they are empty from one hour to the next, as those of somebody who was erased are. So whoever loses everything
is taken for erased only while others still have names.
"""

from collections.abc import Sequence
from typing import Final

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import RawRecord
from regulars_mapping import Contact, Customer, Kind, MisconfiguredError, UnmappableError
from regulars_store._contacts_known import known_customers, known_guests, some_known

LOOKED_AT: Final = 10
"""How many who are known are read to tell whether the shop hides everybody."""
ENOUGH: Final = 3
"""Of how many nobody may have a name for that."""
_NAMES: Final = ("email", "phone", "given_name", "family_name")


def stop_where_people_are_hidden(at: Visit, observed: Sequence[store.Observed]) -> None:
    """Raises MisconfiguredError, before anything lands, where the shop hides people whom it showed before."""
    if not at.connector.may_hide_people:
        return
    nameless = {each.external_id for each in observed if each.kind == Kind.CUSTOMER and _is_nameless(each)}
    orders = {each.external_id for each in observed if each.kind == Kind.ORDER and _is_nameless(each)}
    if not nameless and not orders:
        return
    with at.read() as connection:
        known = known_customers(connection, [f"{at.shop.id}:{each}" for each in nameless])
        known |= known_guests(connection, [f"{at.shop.id}:{each}" for each in orders])
        asked = some_known(connection, at.shop.id, limit=LOOKED_AT) if known else []
    if len(asked) >= ENOUGH and _all_hidden(at, asked):
        raise MisconfiguredError(
            f"{at.shop.name}: the shop hides its customers' names, e-mails and phones, which it showed "
            "before. Nothing was taken over, and everything known stays as it is. Give the app its access to "
            "protected customer data back; then it goes on by itself. "
            f"See: regulars shop check {at.shop.name}"
        )


def _all_hidden(at: Visit, customers: Sequence[str]) -> bool:
    records = at.connector.read(Kind.CUSTOMER, customers[: at.connector.limits.read_batch]).records
    return len(records) >= ENOUGH and all(_has_no_name(at, record) for record in records)


def _has_no_name(at: Visit, record: RawRecord) -> bool:
    try:
        mapped = at.connector.translate(record)
    except UnmappableError:
        return False
    return isinstance(mapped, Customer) and _is_empty(mapped.contact)


def _is_nameless(each: store.Observed) -> bool:
    if isinstance(each.mapped, store.Placed):
        return not any(each.mapped.fields.get(name) for name in _NAMES)
    return isinstance(each.mapped, Customer) and _is_empty(each.mapped.contact)


def _is_empty(contact: Contact) -> bool:
    return not any(getattr(contact, name) for name in _NAMES)
