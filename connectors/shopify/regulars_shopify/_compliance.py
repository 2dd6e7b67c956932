"""The topics that the law demands of every app. Who is meant stands in the body, which alone is signed."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from regulars_connectors import Demand, Demanded, ForgedWebhookError
from regulars_mapping import MisconfiguredError
from regulars_shopify._address import home_of, is_local
from regulars_shopify._client import is_number, number_of, part

TOPICS: Final[Mapping[str, Demanded]] = {
    "customers/data_request": Demanded.EVIDENCE,
    "customers/redact": Demanded.ERASURE,
    "shop/redact": Demanded.SHOP_ERASURE,
}
_MOST_ORDERS: Final = 10_000
_LONGEST_ID: Final = 200
_ASKED: Final = "data_request"
_ORDERS: Final[Mapping[Demanded, str]] = {
    Demanded.EVIDENCE: "orders_requested",
    Demanded.ERASURE: "orders_to_redact",
}
# The topic is a header, which nobody signs: a body that says another thing was made for another topic. What
# Shopify tells of an object of the shop begins with its id; what it demands names the shop instead.
_STRANGE: Final[Mapping[Demanded, frozenset[str]]] = {
    Demanded.EVIDENCE: frozenset({"id", "admin_graphql_api_id", "orders_to_redact"}),
    Demanded.ERASURE: frozenset({"id", "admin_graphql_api_id", "orders_requested", _ASKED}),
    Demanded.SHOP_ERASURE: frozenset({"id", "admin_graphql_api_id", "customer", *_ORDERS.values(), _ASKED}),
}


def demanded(topic: str, headers: Mapping[str, str], body: bytes, said: Any, *, home: str) -> Demand | None:
    """What a verified delivery demands; None of another topic. ``headers`` are in small letters, without
    ``x-``. Raises ForgedWebhookError for a body that was signed for another topic."""
    what = TOPICS.get(topic)
    if what is None:
        return None
    given = said if isinstance(said, dict) else {}
    names_nothing = what is Demanded.SHOP_ERASURE and not _domain(given)
    if names_nothing or _STRANGE[what] & given.keys():
        raise ForgedWebhookError("A webhook's body is not what its topic says; nothing was done.")
    return Demand(
        what,
        _key(headers, body, given),
        _number(part(given.get("customer"), "id")),
        _orders(given.get(_ORDERS.get(what, ""))),
        _elsewhere(_domain(given), home),
    )


def _key(headers: Mapping[str, str], body: bytes, given: Mapping[str, Any]) -> str:
    """A request of data has a number of its own, which is signed; else the delivery's id, else the body's."""
    number = _number(part(given.get(_ASKED), "id"))
    if number:
        return f"request {number}"
    delivery = headers.get("shopify-webhook-id", "")
    usable = 0 < len(delivery) <= _LONGEST_ID and delivery.isascii() and delivery.isprintable()
    return f"delivery {delivery}" if usable else f"body {hashlib.sha256(body).hexdigest()}"


def _orders(listed: Any) -> tuple[str, ...]:
    some: Iterable[Any] = listed[:_MOST_ORDERS] if isinstance(listed, list) else ()
    # Most often bare numbers; an object that holds one is taken too.
    numbers = (_number(part(each, "id") if isinstance(each, dict) else each) for each in some)
    return tuple(dict.fromkeys(filter(None, numbers)))


def _number(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return ""
    return text if is_number(text) else number_of(text) if "/" in text else ""


def _domain(given: Mapping[str, Any]) -> str:
    said = given.get("shop_domain")
    return said.strip().lower() if isinstance(said, str) else ""


def _elsewhere(domain: str, home: str) -> str:
    """The address of another shop, '' where this one is meant. A double at a local address has no domain."""
    if not domain or is_local(home):
        return ""
    try:
        other = home_of(domain)
    except MisconfiguredError:
        # No shop of Shopify's: nobody here will be found under it.
        return "https://" + "".join(sign for sign in domain if sign.isalnum() or sign in ".-")[:_LONGEST_ID]
    return "" if other == home else other
