"""The discount plug-in in a shop: which codes stand in the cart of a customer who is logged in.

It does what the PHP of the plug-in does; no recording shows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from regulars_sandbox.woocommerce._clock import text_seconds
from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._coupon_use import CouponUse
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["Companion", "companion_status"]

_LABELS = (
    *("regulars_level", "regulars_discount", "regulars_sentence", "regulars_next_step"),
    *("regulars_code", "regulars_valid_until"),
)
_MARK = "_regulars"
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,2})?")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def companion_status() -> Record:
    """GET /regulars/v1/status."""
    return {"version": "0.1.0", "labels": list(_LABELS)}


class Companion:
    """Reads the labels of customers and keeps their discount in their carts."""

    def __init__(self, core: Core) -> None:
        self._core, self._coupons = core, CouponUse(core)

    def cart(self, customer: Row, typed: Sequence[str]) -> tuple[list[str], Record | None]:
        """The codes in the customer's cart beside those ``typed``, and the virtual coupon where it is one.

        The discount steps aside for every other code.
        """
        labels = self._labels(customer)
        code = labels.get("regulars_code", "")
        code = code.lower() if _CODE.fullmatch(code) else ""
        own = {f"regulars-{customer.id}", code}
        others = [one for one in typed if one.lower() not in own]
        percent = self._percent(labels)
        if others or not percent:
            return others, None
        if code:
            return ([code] if self._usable(code, customer) else []), None
        coupon = self._virtual(customer, percent)
        return [coupon["code"]], coupon

    def _labels(self, customer: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        for meta in customer.record["meta_data"]:
            if meta["key"] in _LABELS and isinstance(meta["value"], str):
                found.setdefault(meta["key"], meta["value"])
        return found

    def _percent(self, labels: dict[str, str]) -> str:
        """The percentage that the labels promise at this moment, '' for none."""
        percent, until = labels.get("regulars_discount", ""), labels.get("regulars_valid_until", "")
        if not _PERCENT.fullmatch(percent) or not 0 < float(percent) <= 100:
            return ""
        return percent if not until or self._ahead(until) else ""

    def _ahead(self, until: str) -> bool:
        try:
            moment = datetime.strptime(until, _MOMENT).replace(tzinfo=UTC)
        except ValueError:
            return False
        return moment.strftime(_MOMENT) == until and moment.timestamp() > self._core.now()

    def _usable(self, code: str, customer: Row) -> bool:
        """Whether the personal coupon is this customer's by our mark, has not ended and is not used up."""
        row = self._coupons.published(code)
        if row is None or (_MARK, str(customer.id)) not in _marks(row.record):
            return False
        expires = text_seconds(row.record["date_expires_gmt"])
        ended = expires is not None and expires <= self._core.now()
        return not ended and not self._coupons.used_up(row.record, customer.id, customer.key)

    def _virtual(self, customer: Row, percent: str) -> Record:
        return {
            "id": 0,
            "code": f"regulars-{customer.id}",
            "discount_type": "percent",
            "amount": percent,
        }


def _marks(coupon: Record) -> list[tuple[Any, Any]]:
    return [(meta["key"], meta["value"]) for meta in coupon["meta_data"]]
