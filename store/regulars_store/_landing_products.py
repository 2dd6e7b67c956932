"""Products on their way into the mapped rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from regulars_mapping import Product
from regulars_store._bulk import update_rows, upsert
from regulars_store._shops import Shop
from regulars_store._tables import product
from regulars_store._versions import Track


def land_products(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> None:
    """Write the products whose newest version arrived, and which of them are gone."""
    rows, fates = [], []
    for track in tracks:
        newest = track.newest
        if isinstance(newest, Product):
            rows.append(_row(shop, newest, gone=track.gone))
        elif track.stored:
            fates.append({"id": f"{shop.id}:{track.external_id}", "gone": track.gone})
    upsert(connection, product, rows)
    update_rows(connection, product, fates)


def _row(shop: Shop, found: Product, *, gone: bool) -> dict[str, Any]:
    return {
        "id": f"{shop.id}:{found.external_id}",
        "shop_id": shop.id,
        "external_id": found.external_id,
        "name": found.name,
        "sku": found.sku,
        "status": found.status,
        "price": found.price,
        "categories": list(found.categories),
        "attributes": {name: list(words) for name, words in found.attributes.items()},
        "changed_at": found.changed_at,
        "gone": gone,
    }
