"""Where a shop's Admin API is, whatever its owner gives as the shop's address."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from regulars_mapping import MisconfiguredError

_DOMAIN: Final = ".myshopify.com"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_ADMIN_PATH: Final = re.compile(r"/store/([^/]+)")
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def home_of(url: str) -> str:
    """The shop's API host, as ``https://name.myshopify.com``; a local address stays as it is.

    Takes a bare name, ``name.myshopify.com``, any page below it, and the address of the shop's admin. Raises
    MisconfiguredError for others: the API does not answer at a shop's own domain.
    """
    text = url.strip()
    parts = _split(text if "://" in text else f"https://{text}")
    host = (parts.hostname or "").rstrip(".")
    if host in _LOCAL and parts.scheme in {"http", "https"} and "://" in text and not parts.username:
        return f"{parts.scheme}://{parts.netloc.lower()}"
    if host == "admin.shopify.com" and (found := _ADMIN_PATH.match(parts.path)):
        host = found[1].lower()
    name = host.removesuffix(_DOMAIN)
    if parts.scheme not in {"http", "https"} or parts.username or not _NAME.fullmatch(name):
        raise MisconfiguredError(
            "The shop's URL must be its address at Shopify, such as https://my-shop.myshopify.com: its API "
            "does not answer at the shop's own domain. It stands under Settings → Domains."
        )
    return f"https://{name}{_DOMAIN}"


def is_local(home: str) -> bool:
    """Whether this is a server of this machine, which has no domain at Shopify."""
    return urlsplit(home).hostname in _LOCAL


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
