"""What goods cost their owner: brought in from files and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import regulars_store as store
from regulars_agent._cost_file import read_costs
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError
from regulars_store import _costs as costs


@dataclass(frozen=True, slots=True)
class CostsKept:
    """What became of costs that were told: ``told`` SKUs, ``changed`` of them new or other than before.
    ``unknown`` are those that the shop does not have now; they are kept, for goods that come later."""

    shop: str
    currency: str
    told: int
    changed: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownCost:
    """What a product costs its owner, in minor units of ``currency``; ``source`` says where that is from."""

    sku: str
    cost: int
    currency: str
    source: str


def import_costs(
    workspace: Workspace, shop_name: str, content: bytes, *, who: str, dry_run: bool = False
) -> CostsKept:
    """Keep what the goods of a shop cost, by a CSV file, all or none; the next plan goes by it.

    SKUs that the file does not name keep their cost. The same twice changes nothing. Raises
    MisconfiguredError that names every bad line, or where the shop's currency is not known.
    """
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, shop_name)
    told = read_costs(content, _currency(shop))
    with workspace.store.write() as connection:
        known = costs.skus_of(connection, shop.id, [each.sku_folded for each in told])
        changed = costs.save_costs(connection, shop.id, told, now=workspace.clock(), dry_run=dry_run)
        if changed and not dry_run:
            detail = {"told": len(told), "changed": changed}
            store.write_audit(
                connection,
                who=who,
                action="import costs",
                subject=shop.name,
                detail=detail,
                now=workspace.clock(),
            )
    unknown = tuple(each.sku for each in told if each.sku_folded not in known)
    return CostsKept(shop.name, _currency(shop), len(told), changed, unknown)


def product_costs(workspace: Workspace, shop_name: str, *, limit: int = 1_000) -> Sequence[KnownCost]:
    """What is known of the cost of a shop's goods, by SKU; at most so many."""
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, shop_name)
        found = costs.costs_of(connection, shop.id, limit=limit)
    return [KnownCost(each.sku, each.cost, each.currency, each.source) for each in found]


def _currency(shop: store.Shop) -> str:
    if shop.currency is None:
        remedy = f"ask the shop for it: regulars shop check {shop.name}"
        raise MisconfiguredError(f"The currency of {shop.name} is not known yet; {remedy}")
    return shop.currency
