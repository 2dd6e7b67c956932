"""The discount plug-in in a shop: which codes stand in the cart of a customer who is logged in.

It does what the PHP of the plug-in does; no recording shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from regulars_sandbox.woocommerce._clock import text_seconds
from regulars_sandbox.woocommerce._companion_terms import Terms, terms_of
from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._coupon_goods import Good
from regulars_sandbox.woocommerce._coupon_use import CouponUse
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Companion", "companion_status"]

_LABELS = (
    *("regulars_level", "regulars_discount", "regulars_sentence", "regulars_next_step"),
    *("regulars_code", "regulars_valid_until", "regulars_terms"),
)
_MARK = "_regulars"
_CODE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def companion_status() -> Record:
    """GET /regulars/v1/status."""
    return {"version": "0.1.0", "labels": list(_LABELS)}


class Companion:
    """Reads the labels of customers and keeps their discount in their carts."""

    def __init__(self, core: Core) -> None:
        self._core, self._coupons = core, CouponUse(core)

    def cart(
        self, customer: Row, typed: Sequence[str], goods: Sequence[Good]
    ) -> tuple[list[str], Record | None]:
        """The codes in the customer's cart beside those ``typed``, and the virtual coupon where it is one.

        The discount steps aside for every other code, and where it is not for these goods.
        """
        labels = self._labels(customer)
        code = labels.get("regulars_code", "")
        code = code.lower() if _CODE.fullmatch(code) else ""
        own = {f"regulars-{customer.id}", code}
        others = [one for one in typed if one.lower() not in own]
        terms = self._terms(labels)
        if others or terms is None:
            return others, None
        if code:
            return ([code] if self._usable(code, customer, goods) else []), None
        if not self._applies(terms, goods):
            return [], None
        coupon = terms.coupon(f"regulars-{customer.id}")
        return [coupon["code"]], coupon

    def _applies(self, terms: Terms, goods: Sequence[Good]) -> bool:
        """Whether a cart is big enough and holds anything that the discount is for. A bare percentage
        stands in an empty one, too."""
        if terms == Terms(terms.percent):
            return True
        enough = sum(good.subtotal for good in goods) >= self._core.settings.minor(terms.minimum)
        return enough and any(terms.serves(good) for good in goods)

    def _labels(self, customer: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        for meta in customer.record["meta_data"]:
            if meta["key"] in _LABELS and isinstance(meta["value"], str):
                found.setdefault(meta["key"], meta["value"])
        return found

    def _terms(self, labels: Mapping[str, str]) -> Terms | None:
        """What the labels promise at this moment."""
        until = labels.get("regulars_valid_until", "")
        return terms_of(labels, self._core.settings.currency) if not until or self._ahead(until) else None

    def _ahead(self, until: str) -> bool:
        try:
            moment = datetime.strptime(until, _MOMENT).replace(tzinfo=UTC)
        except ValueError:
            return False
        return moment.strftime(_MOMENT) == until and moment.timestamp() > self._core.now()

    def _usable(self, code: str, customer: Row, goods: Sequence[Good]) -> bool:
        """Whether the personal coupon is this customer's by our mark, has not ended, is not used up and takes
        this cart."""
        row = self._coupons.published(code)
        if row is None or (_MARK, str(customer.id)) not in _marks(row.record):
            return False
        expires = text_seconds(row.record["date_expires_gmt"])
        ended = expires is not None and expires <= self._core.now()
        spent = self._coupons.used_up(row.record, customer.id, customer.key)
        return not ended and not spent and not self._coupons.refused(row.record, goods)


def _marks(coupon: Record) -> list[tuple[Any, Any]]:
    return [(meta["key"], meta["value"]) for meta in coupon["meta_data"]]
