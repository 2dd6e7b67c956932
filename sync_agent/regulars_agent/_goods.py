"""The goods that programmes name, in one shop: by its own ids, looked up once a plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Self, TypeAlias

import orjson
from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._margins import Margins
from regulars_mapping import Goods, fold_text
from regulars_marketing import GoodsWords, StoredProgramme

EVERYTHING = Goods()
NO_GOODS = "the shop has none of the goods that the discount is for"
NO_MARGIN = "too little of the goods' prices would be left"
_TOLD = 10
"""Words that are told of those not found; of more their number."""
_Key: TypeAlias = bytes


@dataclass(slots=True)
class ShopGoods:
    """What standing programmes are for in a shop, and what a plan says of it. Nothing is read of a shop where
    none of them names goods or a margin."""

    shop: store.Shop
    programmes: Mapping[str, StoredProgramme] = field(default_factory=dict)
    _known: dict[_Key, Goods | None] = field(default_factory=dict)
    _found: store.FoundGoods = field(default_factory=store.FoundGoods)
    _margins: Margins = field(default_factory=Margins)

    @classmethod
    def read(cls, connection: Connection, shop: store.Shop, now: datetime) -> Self:
        """What the shop knows by now; one statement where no standing programme names goods or a margin, else
        up to five."""
        standing = {
            each.key: each
            for each in marketing.programmes(connection)
            if each.enabled and each.programme.stands(shop=shop.name, now=now)
        }
        goods = cls(shop, standing, _margins=Margins.read(connection, shop, standing))
        goods.look_up(connection, (each.programme.model_dump(mode="json") for each in standing.values()))
        return goods

    def look_up(self, connection: Connection, rules: Iterable[Mapping[str, Any]]) -> None:
        """Know the goods of these programmes too, as they are defined or as proofs state them: two statements
        for all that are not known yet, none where all are."""
        keys = {_key(each["goods"]) for each in rules if each.get("goods") is not None}
        new = {key: GoodsWords.model_validate_json(key) for key in keys - self._known.keys()}
        if not new:
            return
        found = store.find_goods(
            connection,
            self.shop.id,
            skus={fold_text(word) for words in new.values() for word in _skus(words)},
            categories={fold_text(word) for words in new.values() for word in _names(words)},
        )
        self._found = store.FoundGoods(
            {**self._found.products, **found.products}, {**self._found.categories, **found.categories}
        )
        self._known |= {key: self._resolved(words) for key, words in new.items()}

    def of(self, offered: store.OfferedAccount) -> Goods | None:
        """The goods of an offer in this shop; None where the shop has none of what it is for, or the discount
        would leave too little of their prices."""
        goods, floor = self._named(offered), self._margins.floor_of(_programmes(offered.proof))
        if goods is None or floor is None or not offered.percent:
            return goods
        return self._margins.left_of(goods, percent=offered.percent, floor=floor)

    def lacking(self, offered: store.OfferedAccount) -> str:
        """Why there is nothing here that an offer could be for, in words; '' where there is."""
        if self.of(offered) is not None:
            return ""
        return NO_GOODS if self._named(offered) is None else NO_MARGIN

    def _named(self, offered: store.OfferedAccount) -> Goods | None:
        stated = offered.proof["programme"].get("goods")
        return EVERYTHING if stated is None else self._known[_key(stated)]

    def _of(self, words: GoodsWords) -> Goods | None:
        return self._known[_key(words.model_dump(mode="json"))]

    @property
    def fingerprint(self) -> str:
        """Another one once what a programme is for is something else there; '' where none names goods, or a
        margin."""
        named = {each.key: words for each in self.programmes.values() if (words := each.programme.goods)}
        found: list[Any] = [[key, _listed(self._of(words))] for key, words in sorted(named.items())]
        found += self._margins.fingerprint
        return f"goods {blake2b(orjson.dumps(found), digest_size=8).hexdigest()}" if found else ""

    @property
    def told(self) -> tuple[str, ...]:
        """What standing programmes do not give in this shop, and why, in words."""
        return tuple(
            f"Programme {key} {words}"
            for key, each in sorted(self.programmes.items())
            for words in (self._says(each), *self._margin_told(each))
            if words
        )

    def _margin_told(self, each: StoredProgramme) -> Sequence[str]:
        """What a programme does not give on, since too little of the price would be left."""
        words = each.programme.goods
        goods = EVERYTHING if words is None else self._of(words)
        if goods is None:
            return ()
        said = self._margins.told(each.key, goods, percents_of(each.programme))
        return [f"in {self.shop.name} {words}" for words in said]

    def _says(self, each: StoredProgramme) -> str:
        if each.programme.bound_to not in {None, self.shop.currency}:
            return f"gives nothing in {self.shop.name}: {why_not(each.programme, self.shop)}"
        words = each.programme.goods
        if words is None:
            return ""
        missing = self._missing(words)
        if self._of(words) is None:
            return f"gives nothing in {self.shop.name}, which has none of its goods: {_listing(missing)}"
        return f"goes without what {self.shop.name} does not have: {_listing(missing)}" if missing else ""

    def _missing(self, words: GoodsWords) -> list[str]:
        skus = [f"SKU {word}" for word in words.products if fold_text(word) not in self._found.products]
        names = [word for word in words.categories if fold_text(word) not in self._found.categories]
        return skus + [f"category {word}" for word in names]

    def _resolved(self, words: GoodsWords) -> Goods | None:
        found = self._found
        goods = Goods(
            products=_ids(words.products, found.products),
            categories=_ids(words.categories, found.categories),
            except_products=_ids(words.except_products, found.products),
            except_categories=_ids(words.except_categories, found.categories),
            reduced=words.reduced,
        )
        named = words.products or words.categories
        return None if named and not (goods.products or goods.categories) else goods


def why_not(programme: marketing.Programme, shop: store.Shop) -> str:
    """Why a programme with sums gives nothing in a shop whose currency is not its own, in words."""
    if shop.currency is None:
        return f"its currency is not known yet; ask the shop for it: regulars shop check {shop.name}"
    return f"its sums are in {programme.bound_to}, and the shop sells in {shop.currency}"


def percents_of(programme: marketing.Programme) -> frozenset[int]:
    """What a programme gives, in hundredths of a percent; nothing for amounts."""
    if isinstance(programme, marketing.TierProgramme | marketing.WholesaleProgramme):
        return frozenset(tier.gives for tier in programme.tiers if tier.percent is not None)
    return frozenset(() if programme.percent is None else (int(programme.percent * 100),))


def _programmes(proof: Mapping[str, Any]) -> list[str]:
    """The keys of the programmes that gave an offer."""
    return [each["programme"]["key"] for each in (proof, *proof.get("added", ()))]


def _key(stated: Mapping[str, Any]) -> _Key:
    return orjson.dumps(stated, option=orjson.OPT_SORT_KEYS)


def _skus(words: GoodsWords) -> Sequence[str]:
    return (*words.products, *words.except_products)


def _names(words: GoodsWords) -> Sequence[str]:
    return (*words.categories, *words.except_categories)


def _ids(words: Sequence[str], found: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({one for word in words for one in found.get(fold_text(word), ())}))


def _listed(goods: Goods | None) -> list[Any]:
    if goods is None:
        return []
    ids = (goods.products, goods.categories, goods.except_products, goods.except_categories)
    return [*ids, goods.reduced]


def _listing(words: Sequence[str]) -> str:
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    return ", ".join(words[:_TOLD]) + more
