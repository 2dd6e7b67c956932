"""What the discount plug-in reads out of a customer's labels: a bare percentage, or terms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars_sandbox.woocommerce._coupon_goods import Good
from regulars_sandbox.woocommerce._state import Record

__all__ = ["Terms", "terms_of"]

_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,2})?")
_SUM = re.compile(r"\d{1,10}\.\d{2}")
_WORDS = frozenset({"amount", "currency", "goods", "minimum", "percent"})
_LISTS = ("products", "categories", "except_products", "except_categories")
_MOST_IDS = 1_000


@dataclass(frozen=True, slots=True)
class Terms:
    """``percent`` or ``amount`` as texts, one of them empty; ``goods`` as the label lists them."""

    percent: str = ""
    amount: str = ""
    minimum: str = "0.00"
    goods: Mapping[str, Any] | None = None

    def serves(self, good: Good) -> bool:
        """Whether the discount is for these goods."""
        goods = self.goods or {}
        products, categories = goods.get("products", ()), goods.get("categories", ())
        of_kind = not good.categories.isdisjoint(categories)
        if (products or categories) and not (of_kind or good.product in products):
            return False
        left_out = not good.categories.isdisjoint(goods.get("except_categories", ()))
        if left_out or good.product in goods.get("except_products", ()):
            return False
        return not good.reduced or goods.get("reduced", True)

    def coupon(self, code: str) -> Record:
        """The coupon that exists for the customer alone."""
        worth = {"discount_type": "fixed_cart", "amount": self.amount}
        if self.percent:
            worth = {"discount_type": "percent", "amount": self.percent}
        return {"id": 0, "code": code, **worth, "entitled": self.serves}


def terms_of(labels: Mapping[str, str], currency: str) -> Terms | None:
    """What these labels give in a shop of this currency, None for nothing and for what cannot be read."""
    text = labels.get("regulars_terms", "")
    if not text:
        percent = labels.get("regulars_discount", "")
        return Terms(percent) if _is_percent(percent) else None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    canonical = isinstance(said, dict) and json.dumps(said, sort_keys=True, separators=(",", ":")) == text
    return _stated(said, currency) if canonical else None


def _stated(said: Mapping[str, Any], currency: str) -> Terms | None:
    sums = [said[name] for name in ("amount", "minimum") if name in said]
    goods = said.get("goods")
    readable = (
        said.keys() <= _WORDS
        and ("percent" in said) != ("amount" in said)
        and ("percent" not in said or _is_percent(said["percent"]))
        and all(_is_sum(one) for one in sums)
        and said.get("currency") == (currency if sums else None)
        and ("goods" not in said or _are_goods(goods))
    )
    if not readable:
        return None
    return Terms(said.get("percent", ""), said.get("amount", ""), said.get("minimum", "0.00"), goods)


def _is_percent(value: Any) -> bool:
    return isinstance(value, str) and bool(_PERCENT.fullmatch(value)) and 0 < float(value) <= 100


def _is_sum(value: Any) -> bool:
    return isinstance(value, str) and bool(_SUM.fullmatch(value)) and float(value) > 0


def _are_goods(goods: Any) -> bool:
    if not isinstance(goods, dict) or not goods or goods.keys() - {*_LISTS, "reduced"}:
        return False
    lists = [goods[name] for name in _LISTS if name in goods]
    if not all(_are_ids(ids) for ids in lists) or sum(map(len, lists)) > _MOST_IDS:
        return False
    return goods.get("reduced", False) is False


def _are_ids(ids: Any) -> bool:
    if not isinstance(ids, list) or not ids or not all(type(one) is int and one > 0 for one in ids):
        return False
    return _rising(ids)


def _rising(ids: Sequence[int]) -> bool:
    return list(ids) == sorted(set(ids))
