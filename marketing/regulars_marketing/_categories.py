"""The categories that products are in, kept at hand while many persons are brought up to date."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection

from regulars_marketing._profile_sql import Words, rows_of, words_of

_MOST = 200_000
_NAMES = """
SELECT c.product_id, c.name_folded
FROM {ids} CROSS JOIN product_category AS c WHERE c.product_id = wanted.value"""
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Categories:
    """The folded names of products' categories, read when they are first asked for.

    What changes later is not seen: whoever bought such a product is marked to be computed again.
    """

    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def learn(self, connection: Connection, product_ids: Iterable[str]) -> None:
        """Make sure that `of` knows these products; one statement where it does not yet."""
        if len(self._known) > _MOST:
            self._known.clear()
        missing = set(product_ids) - self._known.keys()
        if missing:
            self._known.update(dict.fromkeys(missing, _NONE))
            for product_id, name in rows_of(connection, _names(words_of(connection)), sorted(missing)):
                if name:
                    self._known[product_id] |= {name}

    def of(self, product_ids: Collection[str]) -> frozenset[str]:
        """The names of the categories that any of these products is in."""
        return _NONE.union(*map(self._known.__getitem__, product_ids))


@cache
def _names(words: Words) -> str:
    return _NAMES.format(ids=words.ids)
