"""The connected shops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from regulars_mapping import MisconfiguredError
from regulars_store._tables import shop


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

    Raises MisconfiguredError when the name or the shop is taken.
    """
    found = connection.execute(select(shop).where(shop.c.platform == platform, shop.c.url == url)).first()
    if found is not None and found.removed_at is None:
        raise MisconfiguredError(f"{url} is connected already, under the name {found.name}")
    if connection.scalar(select(shop.c.id).where(shop.c.name == name)) is not None:
        raise MisconfiguredError(f"there is a shop named {name} already; choose another name or remove it")
    values = {"name": name, "options": dict(options), "removed_at": None}
    if found is not None:
        connection.execute(update(shop).where(shop.c.id == found.id).values(values))
        return shop_named(connection, name)
    fixed = {"platform": platform, "url": url, "capabilities": [], "added_at": now}
    connection.execute(insert(shop).values(values | fixed))
    return shop_named(connection, name)


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


def update_shop(
    connection: Connection,
    shop_id: int,
    *,
    zone: str | None,
    currency: str | None,
    country: str | None,
    capabilities: Sequence[str],
) -> None:
    """Keep what a check learnt. What it could not learn (None) stays as it was."""
    learnt = {"zone": zone, "currency": currency, "country": country}
    values: dict[str, Any] = {name: value for name, value in learnt.items() if value is not None}
    values["capabilities"] = sorted(capabilities)
    connection.execute(update(shop).where(shop.c.id == shop_id).values(values))


def remove_shop(connection: Connection, shop_id: int, *, now: datetime) -> None:
    """Disconnect a shop and free its name. What it told stays."""
    name = connection.scalar(select(shop.c.name).where(shop.c.id == shop_id, shop.c.removed_at.is_(None)))
    if name is not None:
        values = {"removed_at": now, "name": f"{name} (removed {shop_id})"}
        connection.execute(update(shop).where(shop.c.id == shop_id).values(values))
