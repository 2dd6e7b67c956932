"""What a discount of a Shopify shop gives, in words of no platform."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars_connectors import CouponTerms
from regulars_mapping import Money
from regulars_shopify._documents import coupon_terms, discount_document


def told(value: Any, **discount: Any) -> CouponTerms:
    gets = {"customerGets": {"value": value, "items": {"allItems": True}}}
    return coupon_terms(discount_document({**gets, **discount}, "spring"))


def test_percents_sums_ends_and_limits_are_told() -> None:
    ends = "2026-05-01T00:00:00Z"
    assert told({"percentage": 0.125}, endsAt=ends, usageLimit=3) == CouponTerms(
        Decimal("12.50"), None, datetime(2026, 5, 1, tzinfo=UTC), 3
    )
    amount = {"amount": {"amount": "75.0", "currencyCode": "UAH"}, "appliesOnEachItem": False}
    assert told(amount, appliesOncePerCustomer=True) == CouponTerms(amount=Money(75_00, "UAH"), orders=1)


@pytest.mark.parametrize(
    "value",
    [{}, None, {"percentage": 12}, {"amount": {"amount": "much", "currencyCode": "UAH"}}, {"amount": {}}],
)
def test_what_is_something_else_or_nonsense_says_nothing(value: Any) -> None:
    assert told(value) == CouponTerms()
