"""The goods of a shop by what their owner calls them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, select

from regulars_store._bulk import among
from regulars_store._tables import product, product_category


@dataclass(frozen=True, slots=True)
class FoundGoods:
    """External ids by folded SKU and by folded name of a category, sorted; what is not found is absent."""

    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find_goods(
    connection: Connection, shop_id: int, *, skus: Collection[str], categories: Collection[str]
) -> FoundGoods:
    """The products of these SKUs and the categories of these names, all folded; at most two statements.

    Not products that are gone, nor categories that nothing is in any more. Several of one name are all meant.
    """
    by_sku = (
        select(product.c.sku_folded, product.c.external_id)
        .where(among(connection, product.c.sku_folded, sorted(skus)))
        .where(product.c.shop_id == shop_id, ~product.c.gone)
    )
    by_name = (
        select(product_category.c.name_folded, product_category.c.external_id)
        .join(product, product.c.id == product_category.c.product_id)
        .where(among(connection, product_category.c.name_folded, sorted(categories)))
        .where(product_category.c.shop_id == shop_id, ~product.c.gone)
        .distinct()
    )
    return FoundGoods(
        _collected(connection.execute(by_sku)) if skus else {},
        _collected(connection.execute(by_name)) if categories else {},
    )


def _collected(rows: Iterable[Row[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for word, external_id in rows:
        found[word].add(external_id)
    return {word: tuple(sorted(ids)) for word, ids in found.items()}
