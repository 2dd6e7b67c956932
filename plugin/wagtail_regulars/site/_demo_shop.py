"""Buying in the demo's sandbox shop, through WooCommerce's REST API as any till would."""

import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from regulars_mapping import MisconfiguredError, PermanentError, RetryError

_URL, _CERTIFICATE, _KEY, _SECRET = (
    f"REGULARS_DEMO_SHOP_{name}" for name in ("URL", "CERTIFICATE", "KEY", "SECRET")
)
_PLACE = "/wp-json/wc/v3"
_TIMEOUT = 10
_MOST_BYTES = 8 * 1024 * 1024
_MOST_GOODS = 100
_MOST_PIECES = 9_999


@dataclass(frozen=True, slots=True)
class DemoShop:
    """The sandbox shop and its keys; ``certificate`` is the file with its certificate."""

    url: str
    certificate: str
    key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that the shop has taken."""

    number: str
    total: Decimal
    currency: str


def demo_shop(environ: Mapping[str, str]) -> DemoShop | None:
    """The shop that the demo's variables name, None where they do not."""
    given = [environ.get(name, "") for name in (_URL, _CERTIFICATE, _KEY, _SECRET)]
    return DemoShop(*given) if all(given) else None


def place_order(shop: DemoShop, *, account: str, amount: Decimal) -> Placed:
    """Place a paid order of the account, for the amount or as little above it as the shop's prices allow.

    Raises RetryError where the shop does not answer, PermanentError where it refuses or answers something
    else, MisconfiguredError for a certificate that cannot be used. Not repeated: a lost answer may have had
    its effect.
    """
    if not (account.isascii() and account.isdigit()):
        raise PermanentError("This account is none of the sandbox shop's, which numbers its customers.")
    product, pieces = _chosen(_asked(shop, "GET", f"/products?per_page={_MOST_GOODS}"), amount)
    order = {
        "status": "processing",
        "customer_id": int(account),
        "line_items": [{"product_id": product, "quantity": pieces}],
    }
    taken = _asked(shop, "POST", "/orders", order)
    try:
        return Placed(str(taken["number"]), Decimal(str(taken["total"])), str(taken["currency"]))
    except (KeyError, TypeError, InvalidOperation) as error:
        raise PermanentError("The sandbox shop did not say what it sold.") from error


def _chosen(goods: Any, amount: Decimal) -> tuple[int, int]:
    """The product, and how many of it come closest above the amount."""
    offers = []
    for product in goods if isinstance(goods, list) else []:
        price = _price(product)
        if price > 0 and (pieces := int((amount / price).to_integral_value(ROUND_CEILING))) <= _MOST_PIECES:
            offers.append((price * pieces, pieces, int(product["id"])))
    if not offers:
        raise PermanentError("The sandbox shop sells nothing that makes such an amount.")
    _, pieces, number = min(offers)
    return number, pieces


def _price(product: Any) -> Decimal:
    try:
        known = product["status"] == "publish" and isinstance(product["id"], int)
        price = Decimal(str(product["price"])) if known else Decimal(0)
    except (KeyError, TypeError, InvalidOperation):
        return Decimal(0)
    return price if price.is_finite() else Decimal(0)


def _asked(shop: DemoShop, method: str, path: str, document: Any = None) -> Any:
    """The shop's answer, as JSON; no redirect is followed."""
    parts = urlsplit(shop.url)
    pair = b64encode(f"{shop.key}:{shop.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
    headers |= {} if document is None else {"Content-Type": "application/json"}
    body = None if document is None else json.dumps(document).encode()
    connection = HTTPSConnection(
        parts.hostname or "", parts.port, timeout=_TIMEOUT, context=_trusting(shop.certificate)
    )
    try:
        connection.request(method, f"{parts.path.rstrip('/')}{_PLACE}{path}", body, headers)
        response = connection.getresponse()
        answer = response.read(_MOST_BYTES)
    except (OSError, HTTPException) as error:
        raise RetryError(f"The sandbox shop does not answer: {type(error).__name__}. Try again.") from error
    finally:
        connection.close()
    if response.status not in {200, 201}:
        raise PermanentError(f"The sandbox shop refused the order, with status {response.status}.")
    try:
        return json.loads(answer)
    except ValueError as error:
        raise PermanentError("The sandbox shop answered something that is no JSON.") from error


def _trusting(certificate: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=certificate)
    except OSError as error:
        raise MisconfiguredError(f"The sandbox shop's certificate {certificate} cannot be read.") from error
