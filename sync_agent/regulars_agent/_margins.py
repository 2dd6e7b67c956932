"""Which goods of a shop get no discount, since it would leave too little of their prices."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import Connection

import regulars_store as store
from regulars_mapping import Goods
from regulars_marketing import StoredProgramme
from regulars_marketing._margin import falls_below
from regulars_store import _costs as costs

MOST_EXCEPTED = 500
"""Goods that a shop is told to except from one discount; beyond that nothing is given."""


@dataclass(frozen=True, slots=True)
class Margins:
    """The goods of a shop whose price and cost are known, and what of a discount they bear.

    ``floors`` are the least margins by programme, in hundredths of a percent. Nothing is read where none has
    one.
    """

    floors: Mapping[str, int] = field(default_factory=dict)
    products: tuple[costs.PricedProduct, ...] = ()
    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _found: dict[tuple[Goods, int, int], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection, shop: store.Shop, standing: Mapping[str, StoredProgramme]) -> Self:
        """What holds in a shop for the programmes that stand there; at most two statements."""
        floors = {
            key: int(each.programme.margin_floor * 100)
            for key, each in standing.items()
            if each.programme.margin_floor is not None
        }
        if not floors:
            return cls()
        products = tuple(costs.priced_products(connection, shop.id, shop.currency))
        ids = [each.external_id for each in products]
        return cls(floors, products, costs.categories_of(connection, shop.id, ids) if ids else {})

    def floor_of(self, keys: Collection[str]) -> int | None:
        """The highest floor of these programmes, None where none has one."""
        return max((self.floors[key] for key in keys if key in self.floors), default=None)

    def below(self, goods: Goods, *, percent: int, floor: int) -> tuple[str, ...]:
        """The ids of those of these goods that ``percent`` (hundredths) off takes below the floor."""
        asked = goods, percent, floor
        if asked not in self._found:
            self._found[asked] = tuple(
                each.external_id
                for each in self.products
                if falls_below(each.price, each.cost, percent=percent, floor=floor)
                and self._serves(goods, each.external_id)
            )
        return self._found[asked]

    def left_of(self, goods: Goods, *, percent: int, floor: int) -> Goods | None:
        """These goods without what a discount would take below the floor; None where none is left, or more
        had to be excepted than a shop is told."""
        below = set(self.below(goods, percent=percent, floor=floor))
        if not below:
            return goods
        named = tuple(one for one in goods.products if one not in below)
        if goods.products and not goods.categories:
            return replace(goods, products=named) if named else None
        if len(below) > MOST_EXCEPTED:
            return None
        excepted = tuple(sorted(below.union(goods.except_products)))
        return replace(goods, products=named, except_products=excepted)

    @property
    def fingerprint(self) -> list[list[Any]]:
        """Another one once goods bear another discount."""
        floors: list[list[Any]] = [[key, floor] for key, floor in sorted(self.floors.items())]
        return [*floors, *([each.external_id, each.price, each.cost] for each in self.products)]

    def told(self, key: str, goods: Goods, percents: Collection[int]) -> Iterator[str]:
        """What a programme does not give on, in words, by the percents that it gives."""
        floor = self.floors.get(key)
        if floor is None:
            return
        for percent in sorted(percents):
            below = self.below(goods, percent=percent, floor=floor)
            if not below:
                continue
            count = "1 of the goods" if len(below) == 1 else f"{len(below)} of the goods"
            said = f"at {_percent(percent)} {count} would be left with a margin below {_percent(floor)}"
            if self.left_of(goods, percent=percent, floor=floor) is None:
                named = bool(goods.products and not goods.categories)
                why = "no others are left" if named else f"no more than {MOST_EXCEPTED} can be excepted"
                yield f"{said}, and {why}: it gives nothing"
            else:
                yield f"{said}: no discount on these"

    def _serves(self, goods: Goods, one: str) -> bool:
        mine = self.categories.get(one, frozenset())
        if one in goods.except_products or mine.intersection(goods.except_categories):
            return False
        if not (goods.products or goods.categories):
            return True
        return one in goods.products or bool(mine.intersection(goods.categories))


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths).scaleb(-2).normalize():f} %"
