"""The categories that products are in, kept at hand while many persons are brought up to date."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, filterfalse

import orjson
from sqlalchemy import Connection

from regulars_marketing._profile_sql import Words, rows_of, words_of

_MOST = 50_000
_NAMES = """
SELECT c.product_id, c.name_folded
FROM {ids} CROSS JOIN product_category AS c WHERE c.product_id = wanted.value"""
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Categories:
    """The folded names of products' categories, read when they are first asked for.

    Asked by what is in an order, the text of a JSON list of products or None: most orders are of one or two,
    so that the same texts come again and again. What changes later is not seen: whoever bought such a product
    is marked to be computed again.
    """

    _by_product: dict[str, frozenset[str]] = field(default_factory=dict)
    _by_order: dict[str | None, frozenset[str]] = field(default_factory=dict)

    def learn(self, connection: Connection, orders: Iterable[str | None]) -> None:
        """Make sure that `of` knows these orders; one statement where it does not yet."""
        if len(self._by_order) > _MOST:
            self._by_order.clear()
            self._by_product.clear()
        new = set(filterfalse(self._by_order.__contains__, orders))
        lists = {text: orjson.loads(text or "[]") for text in new}
        if missing := set(chain.from_iterable(lists.values())) - self._by_product.keys():
            self._by_product.update(dict.fromkeys(missing, _NONE))
            for product_id, name in rows_of(connection, _names(words_of(connection)), sorted(missing)):
                if name:
                    self._by_product[product_id] |= {name}
        for text, products in lists.items():
            self._by_order[text] = _NONE.union(*map(self._by_product.__getitem__, products))

    def of(self, orders: Iterable[str | None]) -> frozenset[str]:
        """The names of the categories that any product of these orders is in."""
        return _NONE.union(*map(self._by_order.__getitem__, orders))


@cache
def _names(words: Words) -> str:
    return _NAMES.format(ids=words.ids)
