"""The Store API as far as a stranger sees it: the empty cart of a new guest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

from regulars_sandbox.woocommerce._core import Core, Reply
from regulars_sandbox.woocommerce._state import Record, Settings

__all__ = ["CART", "Storefront"]

CART = "/wc/store/v1/cart"
_TOKEN_SECONDS = 2 * 24 * 60 * 60
_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode")
_SUMS = (
    *("total_items", "total_items_tax", "total_fees", "total_fees_tax"),
    *("total_discount", "total_discount_tax"),
)


class Storefront:
    """What the shop shows to whoever comes without a key, a cookie or a cart."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._secret = secrets.token_bytes(32)

    def cart(self) -> Reply:
        """GET /wc/store/v1/cart: empty, with the nonce and the token by which a guest would fill it."""
        headers = {"Nonce": secrets.token_hex(5), "Cart-Token": self._token()}
        return Reply(_empty_cart(self._core.settings), headers=headers, allow=("GET",))

    def _token(self) -> str:
        now, guest = self._core.now(), f"t_{secrets.token_hex(15)}"
        claims = {"user_id": guest, "exp": now + _TOKEN_SECONDS, "iss": "store-api", "iat": now}
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{_base64url(hmac.digest(self._secret, signed.encode(), hashlib.sha256))}"


def _empty_cart(settings: Settings) -> Record:
    address = dict.fromkeys(_ADDRESS, "") | {"country": settings.country}
    return {
        "items": [],
        "coupons": [],
        "fees": [],
        "totals": _totals(settings),
        "shipping_address": {**address, "phone": ""},
        "billing_address": {**address, "email": "", "phone": ""},
        "needs_payment": False,
        "needs_shipping": False,
        "payment_requirements": ["products"],
        "has_calculated_shipping": False,
        "shipping_rates": [],
        "items_count": 0,
        "items_weight": 0,
        "cross_sells": [],
        "errors": [],
        "payment_methods": ["cod"],
        "extensions": {},
    }


def _totals(settings: Settings) -> Record:
    """Sums in minor units, as text; what is not known yet is null."""
    return {
        **dict.fromkeys(_SUMS, "0"),
        "total_shipping": None,
        "total_shipping_tax": None,
        "total_price": "0",
        "total_tax": "0",
        "tax_lines": [],
        "currency_code": settings.currency,
        "currency_symbol": settings.symbol,
        "currency_minor_unit": settings.digits,
        "currency_decimal_separator": ".",
        "currency_thousand_separator": ",",
        "currency_prefix": settings.symbol,
        "currency_suffix": "",
    }


def _encoded(part: Record) -> str:
    return _base64url(json.dumps(part, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
