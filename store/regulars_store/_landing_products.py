"""Products on their way into the mapped rows."""

from collections.abc import Sequence

from sqlalchemy import Connection

from regulars_mapping import Product
from regulars_store._landing_rows import Row, land_rows
from regulars_store._shops import Shop
from regulars_store._tables import product
from regulars_store._versions import Track


def land_products(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> None:
    """Write the products whose newest version arrived, and which of them are gone."""
    land_rows(connection, shop, tracks, table=product, of=Product, columns=_columns)


def _columns(_shop: Shop, found: Product) -> Row:
    return {
        "name": found.name,
        "sku": found.sku,
        "status": found.status,
        "price": found.price,
        "categories": list(found.categories),
        "attributes": {name: list(words) for name, words in found.attributes.items()},
        "changed_at": found.changed_at,
    }
