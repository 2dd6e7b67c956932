"""Products on their way into the mapped rows, and the categories that they are in."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from regulars_mapping import Product, fold_text
from regulars_store._bulk import delete_where, insert_rows
from regulars_store._landing_rows import Row, land_rows
from regulars_store._shops import Shop
from regulars_store._tables import product, product_category
from regulars_store._versions import Track


def land_products(connection: Connection, shop: Shop, tracks: Sequence[Track]) -> None:
    """Write the products whose newest version arrived, their categories, and which of them are gone."""
    land_rows(connection, shop, tracks, table=product, of=Product, columns=_columns)
    news = [(track, track.newest) for track in tracks if isinstance(track.newest, Product)]
    known = [_id(shop, track) for track, _ in news if track.stored]
    delete_where(connection, product_category.c.product_id, product_category, known)
    rows = [row for track, found in news for row in _categories(shop, _id(shop, track), found)]
    insert_rows(connection, product_category, rows)


def _id(shop: Shop, track: Track) -> str:
    return f"{shop.id}:{track.external_id}"


def _columns(_shop: Shop, found: Product) -> Row:
    return {
        "name": found.name,
        "sku": found.sku,
        "sku_folded": fold_text(found.sku),
        "status": found.status,
        "price": found.price,
        "categories": list(found.categories),
        "attributes": {name: list(words) for name, words in found.attributes.items()},
        "changed_at": found.changed_at,
    }


def _categories(shop: Shop, product_id: str, found: Product) -> Iterator[Row]:
    """Those to which the shop can bind a discount, each once."""
    names = dict(zip(found.category_ids, found.categories, strict=False))
    for external_id, name in names.items():
        if external_id:
            yield {
                "product_id": product_id,
                "external_id": external_id,
                "shop_id": shop.id,
                "name": name,
                "name_folded": fold_text(name),
            }
