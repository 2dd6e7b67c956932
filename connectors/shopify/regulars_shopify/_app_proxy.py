"""Who asks through a shop's app proxy: Shopify forwards the request and signs who is logged in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from regulars_connectors import ForgedRequestError
from regulars_shopify._address import home_of
from regulars_shopify._client import is_number
from regulars_shopify._signed import TOLERANCE, Fields, fields_of, only, require_fresh, require_signature

_SIGNATURE: Final = "signature"
_CUSTOMER: Final = "logged_in_customer_id"
_SAID: Final = ("shop", "timestamp", "path_prefix", _CUSTOMER)


@dataclass(frozen=True, slots=True)
class ProxiedShopper:
    """Who asks, of which shop (``name.myshopify.com``): the number of a customer, or None for a guest."""

    shop: str
    customer: str | None = field(repr=False)


def verify_app_proxy(
    query: str,
    secrets: Sequence[SecretStr],
    *,
    shop: str,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> ProxiedShopper:
    """The shopper that a request forwarded by Shopify's app proxy comes from.

    ``query`` is the raw query string as it arrived, without ``?``; ``secrets`` are the app's client secrets
    (two during rotation); ``shop`` is the address of the one shop that is meant. Raises ForgedRequestError
    for whatever is not signed, not fresh, not that shop's, or could be read in two ways. The same query
    proves the same again until it is too old, so nothing may be changed on its word alone.
    """
    fields = fields_of(query)
    message = _message(fields)
    require_signature(only(fields, _SIGNATURE), [message], secrets)
    _require_one_reading(fields, message)
    require_fresh(only(fields, "timestamp"), now, tolerance)
    host = urlsplit(home_of(shop)).netloc
    if only(fields, "shop").lower() != host:
        raise ForgedRequestError("A request of Shopify's app proxy is another shop's.")
    customer = only(fields, _CUSTOMER)
    if customer and not is_number(customer):
        raise ForgedRequestError("A request of Shopify's app proxy names a customer who is none.")
    return ProxiedShopper(host, customer or None)


def _message(fields: Fields) -> str:
    """What Shopify signs: the fields sorted and joined by nothing, the values of one by commas."""
    said = [f"{key}={','.join(values)}" for key, values in fields.items() if key != _SIGNATURE]
    return "".join(sorted(said))


def _require_one_reading(fields: Fields, message: str) -> None:
    # Nothing stands between two signed fields. A shopper who writes "…shop=…" into a field of their own would
    # have signed what reads as other fields when it is cut elsewhere.
    if any(message.count(f"{key}=") > 1 for key in _SAID):
        raise ForgedRequestError("A request of Shopify's app proxy could be read in two ways.")
    for key in _SAID:
        only(fields, key)
