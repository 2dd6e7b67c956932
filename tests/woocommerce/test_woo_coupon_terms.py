"""What a coupon of a WooCommerce shop gives, in words of no platform."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars_connectors import CouponTerms
from regulars_mapping import Money
from regulars_woocommerce._documents import coupon_document, coupon_terms


def told(currency: str = "UAH", **coupon: Any) -> CouponTerms:
    return coupon_terms(coupon_document({"code": "spring", **coupon}), currency=currency)


def test_percents_sums_ends_and_limits_are_told_and_nothing_else_is_made_up() -> None:
    percent = told(discount_type="percent", amount="12.50", date_expires_gmt="2026-05-01T00:00:00")
    assert percent == CouponTerms(Decimal("12.50"), None, datetime(2026, 5, 1, tzinfo=UTC), None)
    assert told(discount_type="fixed_cart", amount="75.00", usage_limit=9, usage_limit_per_user=2) == (
        CouponTerms(amount=Money(75_00, "UAH"), orders=2)
    )


@pytest.mark.parametrize(
    "coupon",
    [
        {"discount_type": "fixed_product", "amount": "75.00"},
        *({"discount_type": "percent", "amount": amount} for amount in ("much", "NaN", "1e400", "-5", "120")),
        {"discount_type": "fixed_cart", "amount": "NaN"},
        {"discount_type": ["percent"], "amount": None, "date_expires_gmt": "soon", "usage_limit": "x"},
        {},
    ],
)
def test_what_is_something_else_or_nonsense_says_nothing(coupon: dict[str, Any]) -> None:
    assert told(**coupon) == CouponTerms()


def test_a_sum_in_a_shop_of_an_unknown_currency_says_nothing() -> None:
    assert told("", discount_type="fixed_cart", amount="75.00") == CouponTerms()
