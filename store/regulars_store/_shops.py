"""The connected shops."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, select, update

from regulars_mapping import MisconfiguredError
from regulars_store._tables import shop

_DEFAULT_PORTS = {"http": 80, "https": 443}
_API_PATH = re.compile(r"/wp-json(?=/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shop:
    """One storefront account on one platform. What its last check did not learn is None."""

    id: int
    name: str
    platform: str
    url: str
    zone: str | None
    currency: str | None
    country: str | None
    capabilities: Sequence[str]
    options: Mapping[str, Any]
    added_at: datetime


def add_shop(
    connection: Connection, *, name: str, platform: str, url: str, options: Mapping[str, Any], now: datetime
) -> Shop:
    """Connect a shop. One that was removed comes back with its history when platform and URL are the same.

    The URL is kept in its plain form (``plain_url``), in which URLs are compared; whether it says http or
    https makes no other shop. Raises MisconfiguredError when the name or the shop is taken.
    """
    url = plain_url(url)
    found = _shop_at(connection, platform, url)
    if found is not None and found.removed_at is None:
        raise MisconfiguredError(
            f"{url} is connected already, under the name {found.name}; connected twice, its orders would "
            "count twice"
        )
    if connection.scalar(select(shop.c.id).where(shop.c.name == name)) is not None:
        raise MisconfiguredError(f"there is a shop named {name} already; choose another name or remove it")
    values = {"name": name, "url": url, "options": dict(options), "removed_at": None}
    if found is not None:
        connection.execute(update(shop).where(shop.c.id == found.id).values(values))
        return shop_named(connection, name)
    fixed = {"platform": platform, "capabilities": [], "added_at": now}
    connection.execute(insert(shop).values(values | fixed))
    return shop_named(connection, name)


def plain_url(url: str) -> str:
    """A shop's URL in one spelling: scheme and host in lower case, no default port, no trailing slash, and
    not the path of WooCommerce's API. What is no address stays as it is."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if not host:
        return url
    shown = f"[{host}]" if ":" in host else host.rstrip(".")
    ending = "" if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    path = re.sub(r"/{2,}", "/", _API_PATH.split(parts.path, maxsplit=1)[0]).rstrip("/")
    return parts._replace(netloc=account + shown + ending, path=path).geturl()


def _shop_at(connection: Connection, platform: str, url: str) -> Row[Any] | None:
    """The shop at this address, whichever way it was written; a connected one before a removed one."""
    rows = connection.execute(select(shop).where(shop.c.platform == platform).order_by(shop.c.id))
    here = [row for row in rows if plain_url(row.url).partition("://")[2] == url.partition("://")[2]]
    return next((row for row in here if row.removed_at is None), here[0] if here else None)


def shop_named(connection: Connection, name: str) -> Shop:
    """The shop of that name. Raises MisconfiguredError naming those there are."""
    known = shops(connection)
    for each in known:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in known) or "none"
    raise MisconfiguredError(f"there is no shop named {name}; connected are: {names}")


def shops(connection: Connection) -> list[Shop]:
    """The connected shops, oldest first."""
    rows = connection.execute(select(shop).where(shop.c.removed_at.is_(None)).order_by(shop.c.id))
    return [_shop(row) for row in rows]


def every_shop(connection: Connection) -> list[Shop]:
    """The shops that are or were connected, oldest first."""
    return [_shop(row) for row in connection.execute(select(shop).order_by(shop.c.id))]


def _shop(row: Row[Any]) -> Shop:
    return Shop(
        row.id,
        row.name,
        row.platform,
        row.url,
        row.zone,
        row.currency,
        row.country,
        tuple(row.capabilities),
        row.options,
        row.added_at,
    )


def checks_emails(options: Mapping[str, Any]) -> bool:
    """Whether the owner says that this shop lets nobody register with an address that is not theirs."""
    return options.get("checks_emails") == "yes"


def vouched_shops(connection: Connection) -> frozenset[int]:
    """The shops, connected or not, of which the owner says so; one statement."""
    rows = connection.execute(select(shop.c.id, shop.c.options))
    return frozenset(row.id for row in rows if checks_emails(row.options))


def set_options(connection: Connection, shop_id: int, options: Mapping[str, Any]) -> None:
    """Put these options in the place of a shop's own."""
    connection.execute(update(shop).where(shop.c.id == shop_id).values(options=dict(options)))


def update_shop(
    connection: Connection,
    shop_id: int,
    *,
    zone: str | None,
    currency: str | None,
    country: str | None,
    capabilities: Sequence[str] | None,
) -> None:
    """Keep what a check learnt. What it could not learn (None) stays as it was."""
    learnt = {"zone": zone, "currency": currency, "country": country}
    values: dict[str, Any] = {name: value for name, value in learnt.items() if value is not None}
    if capabilities is not None:
        values["capabilities"] = sorted(capabilities)
    connection.execute(update(shop).where(shop.c.id == shop_id).values(values))


def remove_shop(connection: Connection, shop_id: int, *, now: datetime) -> None:
    """Disconnect a shop and free its name. What it told stays."""
    name = connection.scalar(select(shop.c.name).where(shop.c.id == shop_id, shop.c.removed_at.is_(None)))
    if name is not None:
        values = {"removed_at": now, "name": f"{name} (removed {shop_id})"}
        connection.execute(update(shop).where(shop.c.id == shop_id).values(values))
