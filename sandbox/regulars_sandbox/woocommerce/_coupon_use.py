"""Coupons as orders use them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from regulars_sandbox.woocommerce._clock import text_seconds
from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._coupon_goods import Good, discounted, goods_of, refusal
from regulars_sandbox.woocommerce._errors import ShopError, not_modelled, rest_error
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["CouponUse"]

_UNSEEN_LIMITS = ("limit_usage_to_x_items", "free_shipping")


class CouponUse:
    """May this coupon be used by this order, and what does it take off?"""

    def __init__(self, core: Core) -> None:
        self._core = core

    def usable(self, code: str, order: Row, *, alone: bool = True) -> Record:
        """The coupon, or a 400 that names the checkout draft left behind.

        ``alone`` says that the order has no other coupon.
        """
        row = self.published(code)
        if row is None:
            text = f"Coupon &quot;{code}&quot; cannot be applied because it does not exist."
            raise _refused(text, order)
        coupon = row.record
        if coupon["individual_use"] and not alone:
            raise not_modelled("a coupon for individual use beside another")
        self._check_limits(coupon, order)
        self._check_goods(coupon, order)
        if not _meant_for(coupon["email_restrictions"], order.key):
            text = f"Please enter a valid email at checkout to use coupon code &quot;{coupon['code']}&quot;."
            raise _refused(text, order)
        return coupon

    def published(self, code: str) -> Row | None:
        """The newest published coupon of this code, in any letter case."""
        numbers = self._core.codes.get(code.strip().lower(), ())
        rows = [self._core.coupons.get(number) for number in numbers]
        return max(
            (row for row in rows if row is not None and row.status == "publish"),
            key=lambda row: row.id,
            default=None,
        )

    def discount(
        self, coupon: Record, lines: list[Record], *, entitled: Callable[[Good], bool] | None = None
    ) -> int:
        """Take the coupon off the lines' totals; returns the sum taken in minor units.

        ``entitled`` says which goods it is for where the coupon itself does not.
        """
        minor, money = self._core.settings.minor, self._core.settings.money
        wanted = entitled or (lambda good: discounted(coupon, good))
        serves = [wanted(good) for good in goods_of(self._core, lines)]
        totals = [minor(line["total"]) if good else 0 for line, good in zip(lines, serves, strict=True)]
        if coupon["discount_type"] == "percent":
            hundredths = round(float(coupon["amount"]) * 100)
            parts = [round(total * hundredths / 10_000) for total in totals]
        elif coupon["discount_type"] == "fixed_cart":
            parts = _shared(min(minor(coupon["amount"]), sum(totals)), totals)
        else:
            raise not_modelled("using a fixed_product coupon")
        for line, part in zip(lines, parts, strict=True):
            line["total"] = money(minor(line["total"]) - part)
        return sum(parts)

    def use(self, number: int, order: Row) -> None:
        """Count the use: by user id, or by the e-mail in the buyer's own letter case."""
        row = self._core.coupons.get(number)
        if row is None:
            return
        record = row.own()
        record["usage_count"] += 1
        email = order.record["billing"]["email"]
        who = str(order.owner) if order.owner else email
        if who:
            record["used_by"] = [*record["used_by"], who]

    def used_up(self, coupon: Record, customer: int, email: str) -> bool:
        """By everybody together, or by this buyer: as an account, or by the e-mail in any letter case."""
        limit, each = coupon["usage_limit"], coupon["usage_limit_per_user"]
        mine = {str(customer) if customer else "", email} - {""}
        uses = sum(used.lower() in mine for used in coupon["used_by"])
        return bool(limit and coupon["usage_count"] >= limit) or bool(each and uses >= each)

    def refused(self, coupon: Record, goods: Sequence[Good]) -> str:
        """Why a cart of these goods may not use the coupon, "" where it may."""
        minor = self._core.settings.minor
        bounds = {"minimum": minor(coupon["minimum_amount"]), "maximum": minor(coupon["maximum_amount"])}
        return refusal(coupon, goods, **bounds)

    def _check_limits(self, coupon: Record, order: Row) -> None:
        expires = text_seconds(coupon["date_expires_gmt"])
        if expires is not None and expires <= self._core.now():
            raise not_modelled("an order by REST with an expired coupon")
        if self.used_up(coupon, order.owner, order.key):
            # In the checkout's words: by REST every coupon that may not be used is refused with one code.
            text = f"Usage limit for coupon &quot;{coupon['code']}&quot; has been reached."
            raise _refused(text, order)
        for name in _UNSEEN_LIMITS:
            if coupon[name]:
                raise not_modelled(f"using a coupon with {name}")

    def _check_goods(self, coupon: Record, order: Row) -> None:
        if why := self.refused(coupon, goods_of(self._core, order.record["line_items"])):
            raise _refused(why, order)


def _refused(message: str, order: Row) -> ShopError:
    return rest_error(400, "woocommerce_rest_invalid_coupon", message, new_draft_order_id=order.id)


def _meant_for(restrictions: Any, email: str) -> bool:
    patterns = list(restrictions.values()) if isinstance(restrictions, dict) else restrictions
    return not patterns or any(fnmatchcase(email, pattern) for pattern in patterns)


def _shared(amount: int, totals: list[int]) -> list[int]:
    """``amount`` spread over the lines by their weight, the last line of any taking what rounding left."""
    whole = sum(totals)
    parts = [amount * total // whole if whole else 0 for total in totals]
    for at in reversed(range(len(totals))):
        if totals[at]:
            parts[at] += amount - sum(parts)
            break
    return parts
