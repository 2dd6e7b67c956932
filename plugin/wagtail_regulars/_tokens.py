"""The token with which a shop's page says which of its accounts is logged in.

A JSON Web Token, signed with HS256 by the shop's own key. Claims: ``iss`` is ``regulars-storefront``, ``aud``
the shop's name in Regulars, ``sub`` the account's id in the shop (never a person's), ``iat`` and ``exp`` in
whole seconds, at most ten minutes apart. Others are ignored but for ``nbf``.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
import orjson
from jwt.types import Options
from pydantic import SecretStr

from regulars_agent import StorefrontShop, checked_key

ISSUER: Final = "regulars-storefront"
LONGEST_LIFETIME: Final = timedelta(minutes=10)
_LIFETIME: Final = timedelta(minutes=5)
_LEEWAY: Final = 30
"""Seconds that a shop's clock and ours may differ."""
_LONGEST_TOKEN: Final = 4096
_LONGEST_ACCOUNT: Final = 255
_ALGORITHM: Final = "HS256"
# Checked when no shop's key is there, so that such a token takes as long as any other.
_NOBODYS_KEY: Final = "-" * 43
_CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp")
_OPTIONS: Final[Options] = {
    "require": list(_CLAIMS),
    "strict_aud": True,
    # Times are checked here, by the clock that is given.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who a valid token names: an account of a shop."""

    shop: StorefrontShop
    account: str


def mint_token(
    shop: str, account: str, *, key: SecretStr, now: datetime, lifetime: timedelta = _LIFETIME
) -> str:
    """A token for the account (its id in the shop) that is logged in there.

    ``now`` is aware. Raises MisconfiguredError for a key that is too short, ValueError for a lifetime beyond
    ten minutes and for what cannot be an account.
    """
    if now.tzinfo is None or not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        raise ValueError("give an aware time and a lifetime of at most ten minutes")
    if not _is_account(account):
        raise ValueError("an account's id is a printable text of 1 to 255 characters")
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": shop,
        "sub": account,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
    }
    return jwt.encode(claims, checked_key(key, shop=shop).get_secret_value(), algorithm=_ALGORITHM)


def shopper_of(token: str, shops: Mapping[str, StorefrontShop], *, now: datetime) -> Shopper | None:
    """Whom the token names, None for any token that is not good; it never says why."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    shop = shops.get(_claimed_shop(token))
    claims = _signed_claims(token, shop)
    if shop is None or not _is_current(claims, now) or not _is_account(claims["sub"]):
        return None
    return Shopper(shop, claims["sub"])


def _claimed_shop(token: str) -> str:
    """The shop that the token is for as it says itself: good for choosing the key, and nothing else."""
    try:
        body = token.split(".")[1]
        claims = orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return ""
    shop = claims.get("aud") if isinstance(claims, dict) else None
    return shop if isinstance(shop, str) else ""


def _signed_claims(token: str, shop: StorefrontShop | None) -> dict[str, Any]:
    """The claims under a good signature for this shop, else none."""
    known = shop is not None and shop.key is not None
    key = shop.key.get_secret_value() if shop and shop.key else _NOBODYS_KEY
    audience = shop.name if shop else ""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[_ALGORITHM], audience=audience, issuer=ISSUER, options=_OPTIONS
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        # What a stranger sends fails in more ways than the library names.
        return {}
    return claims if known else {}


def _is_current(claims: Mapping[str, Any], now: datetime) -> bool:
    issued, ends = claims.get("iat"), claims.get("exp")
    starts = claims.get("nbf", issued)
    if type(issued) is not int or type(ends) is not int or type(starts) is not int:
        return False
    moment = int(now.timestamp())
    begun = max(issued, starts) <= moment + _LEEWAY
    return begun and moment - _LEEWAY < ends and 0 < ends - issued <= LONGEST_LIFETIME.total_seconds()


def _is_account(account: object) -> bool:
    return isinstance(account, str) and 0 < len(account) <= _LONGEST_ACCOUNT and account.isprintable()
