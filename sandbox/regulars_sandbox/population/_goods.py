"""The catalogue of an invented coffee shop: sixty products, cheap ones first, some with variations.

Prices are the log's own, slice by slice (see ``_tables.ITEM_CENTS``), put into the shop's currency; a
variation is a product of its own with the variation in its name, as the price is one for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from regulars_sandbox._history import ShopProduct

from ._tables import ITEM_CENTS

__all__ = ["MINOR_PER_CENT", "Catalogue", "catalogue"]

# Minor units of a currency for one cent of the log: a rough price level, not an exchange rate.
MINOR_PER_CENT: Final = {"UAH": 20, "EUR": 1, "USD": 1, "GBP": 1, "PLN": 4, "CZK": 22}

_BEANS, _DRIP, _TEA, _WARE, _TOOLS, _SWEET, _WEAR = (
    "Кава в зернах",
    "Дрип-кава",
    "Чай",
    "Посуд",
    "Приладдя",
    "Солодощі",
    "Одяг",
)
_GRIND: Final = ("зерно", "під турку", "під фільтр")
_SIZES: Final = ("S", "M", "L", "XL")
_COLOURS: Final = ("чорний", "білий", "зелений")

# (name, category, variations), cheapest first; one a price slice.
_PRODUCTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("Наліпка «Перша чашка»", _WARE, ()),
    ("Дрип-пакет Ранок, 1 шт.", _DRIP, ()),
    ("Печиво вівсяне до кави", _SWEET, ()),
    ("Паперові фільтри V60, 40 шт.", _TOOLS, ()),
    ("Шоколад гіркий 78 %", _SWEET, ()),
    ("Цукати апельсинові", _SWEET, ()),
    ("Ложка мірна", _TOOLS, ()),
    ("Чай м'ятний, 50 г", _TEA, ()),
    ("Чай карпатський, 50 г", _TEA, ()),
    ("Щіточка для кавомолки", _TOOLS, ()),
    ("Дрип-кава Ранок, 7 шт.", _DRIP, ()),
    ("Дрип-кава Гори, 7 шт.", _DRIP, ()),
    ("Дрип-кава Без кофеїну, 7 шт.", _DRIP, ()),
    ("Чай Ерл Ґрей, 100 г", _TEA, ()),
    ("Чай молочний улун, 100 г", _TEA, ()),
    ("Мед акацієвий, 250 г", _SWEET, ()),
    ("Сироп карамельний", _SWEET, ()),
    ("Сироп горіховий", _SWEET, ()),
    ("Чашка для еспресо", _WARE, _COLOURS),
    ("Кава Бразилія, 250 г", _BEANS, _GRIND),
    ("Кава Колумбія, 250 г", _BEANS, _GRIND),
    ("Кава Купаж «Двір», 250 г", _BEANS, _GRIND),
    ("Кава Купаж «Дах», 250 г", _BEANS, _GRIND),
    ("Кава Гватемала, 250 г", _BEANS, _GRIND),
    ("Кава Гондурас, 250 г", _BEANS, _GRIND),
    ("Кава Перу, 250 г", _BEANS, ()),
    ("Кава Мексика, 250 г", _BEANS, ()),
    ("Кава Нікарагуа, 250 г", _BEANS, ()),
    ("Чай сенча, 100 г", _TEA, ()),
    ("Чай ґенмайча, 100 г", _TEA, ()),
    ("Дрип-кава Ефіопія, 10 шт.", _DRIP, ()),
    ("Дрип-кава Кенія, 10 шт.", _DRIP, ()),
    ("Дрип-кава Асорті, 12 шт.", _DRIP, ()),
    ("Кава Ефіопія Сидамо, 250 г", _BEANS, _GRIND),
    ("Кава Кенія АА, 250 г", _BEANS, _GRIND),
    ("Кава Руанда, 250 г", _BEANS, ()),
    ("Кава Бурунді, 250 г", _BEANS, ()),
    ("Кава Коста-Рика, 250 г", _BEANS, ()),
    ("Кава Суматра, 250 г", _BEANS, ()),
    ("Кава Без кофеїну, 250 г", _BEANS, ()),
    ("Какао Еквадор, 250 г", _SWEET, ()),
    ("Набір шоколаду, 6 шт.", _SWEET, ()),
    ("Чай пуер, млинець", _TEA, ()),
    ("Чай білий піон, 50 г", _TEA, ()),
    ("Горнятко «Двір», 300 мл", _WARE, _COLOURS),
    ("Горнятко «Дах», 300 мл", _WARE, ()),
    ("Склянка подвійна, 250 мл", _WARE, ()),
    ("Кава Ефіопія Їргачеф, 250 г", _BEANS, ()),
    ("Кава Ямайка, 100 г", _BEANS, ()),
    ("Кава Панама Ґейша, 100 г", _BEANS, ()),
    ("Шопер «Регуляр»", _WEAR, _COLOURS),
    ("Турка мідна, 200 мл", _TOOLS, ()),
    ("Пітчер, 350 мл", _TOOLS, ()),
    ("Крапельниця V60", _TOOLS, _COLOURS),
    ("Термочашка, 350 мл", _WARE, _COLOURS),
    ("Футболка «Зерно»", _WEAR, _SIZES),
    ("Френч-прес, 600 мл", _TOOLS, ()),
    ("Кава Купаж «Двір», 1 кг", _BEANS, ()),
    ("Худі «Регуляр»", _WEAR, _SIZES),
    ("Ручна кавомолка", _TOOLS, ()),
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The shop's goods; ``families`` holds a product's variations together, drawn evenly."""

    families: tuple[tuple[ShopProduct, ...], ...]
    by_category: dict[str, tuple[tuple[ShopProduct, ...], ...]]

    @property
    def products(self) -> tuple[ShopProduct, ...]:
        """Every product, variations included, by id."""
        return tuple(product for family in self.families for product in family)

    def favourite(self, rng: Random) -> str:
        """A category somebody likes, larger ones more often: tastes then leave the price level alone."""
        return rng.choice(self.families)[0].categories[0]

    def pick(self, rng: Random, taste: str) -> ShopProduct:
        """A product for somebody who likes the category ``taste``: that one half of the times."""
        shelf = self.by_category[taste] if rng.random() < 0.5 else self.families
        return rng.choice(rng.choice(shelf))


def _price(slice_number: int, currency: str) -> int:
    minor = ITEM_CENTS[slice_number] * MINOR_PER_CENT[currency]
    step = 500 if MINOR_PER_CENT[currency] > 1 else 10
    return max(step, (minor + step // 2) // step * step)


def catalogue(currency: str, opened: datetime) -> Catalogue:
    """The goods of a shop opened at ``opened``, ids from 11; raises ValueError for an unknown currency."""
    if currency not in MINOR_PER_CENT:
        message = f"No price level for {currency!r}: choose one of {', '.join(MINOR_PER_CENT)}."
        raise ValueError(message)
    families: list[tuple[ShopProduct, ...]] = []
    shelves: dict[str, list[tuple[ShopProduct, ...]]] = {}
    next_id = 11
    for number, (name, category, variations) in enumerate(_PRODUCTS):
        family = tuple(
            ShopProduct(
                id=next_id + offset,
                name=f"{name} ({variation})" if variation else name,
                sku=f"C{number + 1:03d}{f'-{offset + 1}' if variation else ''}",
                price=_price(number, currency),
                created=opened - timedelta(days=30) + timedelta(minutes=next_id),
                modified=opened - timedelta(days=1) + timedelta(minutes=next_id + offset),
                categories=(category,),
            )
            for offset, variation in enumerate(variations or ("",))
        )
        next_id += len(family)
        families.append(family)
        shelves.setdefault(category, []).append(family)
    return Catalogue(tuple(families), {category: tuple(shelf) for category, shelf in shelves.items()})
