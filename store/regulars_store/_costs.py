"""What the owner pays for the goods of a shop, by SKU."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from regulars_store._bulk import among, upsert
from regulars_store._tables import product, product_category, product_cost

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ProductCost:
    """What a product costs its owner, in minor units of ``currency``; ``source`` is ``csv`` or ``manual``."""

    sku: str
    sku_folded: str
    cost: int
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product of a shop by its external id, with its regular price and its cost, in minor units."""

    external_id: str
    price: int
    cost: int


def save_costs(
    connection: Connection,
    shop_id: int,
    costs: Iterable[ProductCost],
    *,
    now: datetime,
    dry_run: bool = False,
) -> int:
    """Keep what goods cost, each SKU once; how many are new or other than before. The same again is none."""
    told = {each.sku_folded: each for each in costs}
    known: dict[str, tuple[int, str]] = {}
    folded = sorted(told)
    for start in range(0, len(folded), _CHUNK):
        query = select(product_cost.c.sku_folded, product_cost.c.cost, product_cost.c.currency).where(
            product_cost.c.shop_id == shop_id,
            among(connection, product_cost.c.sku_folded, folded[start : start + _CHUNK]),
        )
        known |= {sku: (cost, currency) for sku, cost, currency in connection.execute(query)}
    changed = [each for sku, each in told.items() if known.get(sku) != (each.cost, each.currency)]
    if not dry_run:
        rows = [
            {"shop_id": shop_id, "at": now} | {name: getattr(each, name) for name in _NAMES}
            for each in changed
        ]
        upsert(connection, product_cost, rows)
    return len(changed)


_NAMES = tuple(ProductCost.__dataclass_fields__)


def costs_of(connection: Connection, shop_id: int, *, limit: int) -> list[ProductCost]:
    """What is known of a shop's goods, by SKU; at most so many."""
    columns = (product_cost.c[name] for name in _NAMES)
    query = select(*columns).where(product_cost.c.shop_id == shop_id).order_by(product_cost.c.sku_folded)
    return [ProductCost(*row) for row in connection.execute(query.limit(limit))]


def skus_of(connection: Connection, shop_id: int, skus: Collection[str]) -> set[str]:
    """Which of these folded SKUs the shop has."""
    found: set[str] = set()
    wanted = sorted(skus)
    for start in range(0, len(wanted), _CHUNK):
        query = select(product.c.sku_folded).where(
            among(connection, product.c.sku_folded, wanted[start : start + _CHUNK]),
            product.c.shop_id == shop_id,
            ~product.c.gone,
        )
        found.update(connection.scalars(query))
    return found


def priced_products(connection: Connection, shop_id: int, currency: str | None) -> list[PricedProduct]:
    """The products of a shop whose price and cost are known in its currency, by id; one statement."""
    query = (
        select(product.c.external_id, product.c.price, product_cost.c.cost)
        .join(
            product_cost,
            (product_cost.c.shop_id == product.c.shop_id)
            & (product_cost.c.sku_folded == product.c.sku_folded),
        )
        .where(product.c.shop_id == shop_id, ~product.c.gone, product.c.price.is_not(None))
        .where(product_cost.c.currency == currency, product.c.sku_folded != "")
        .order_by(product.c.external_id)
    )
    return [PricedProduct(*row) for row in connection.execute(query)]


def categories_of(
    connection: Connection, shop_id: int, external_ids: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """The categories, by their ids in the shop, that these products are in; one statement."""
    query = (
        select(product.c.external_id, product_category.c.external_id)
        .join(product_category, product_category.c.product_id == product.c.id)
        .where(among(connection, product.c.external_id, sorted(external_ids)), product.c.shop_id == shop_id)
    )
    found: dict[str, set[str]] = {}
    for one, category in connection.execute(query):
        found.setdefault(one, set()).add(category)
    return {one: frozenset(ids) for one, ids in found.items()}
