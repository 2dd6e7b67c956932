"""The rule by which an order on cash on delivery counts as refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from regulars_mapping import EndedOrder, OrderStatus, RefusalRules, is_refused

RULES = RefusalRules.of(["COD", "Накладений платіж"], ["refused"], timedelta(days=2))
PLACED = datetime(2026, 5, 1, tzinfo=UTC)
CANCELLED = EndedOrder("cod", "cancelled", "cancelled", PLACED, PLACED + timedelta(days=9), False, False)


def test_an_order_cancelled_after_it_had_been_on_its_way_was_refused() -> None:
    assert is_refused(CANCELLED, RULES)
    assert is_refused(replace(CANCELLED, ended_at=PLACED + timedelta(days=2)), RULES)
    assert not is_refused(replace(CANCELLED, ended_at=PLACED + timedelta(days=1)), RULES)


def test_what_was_sent_counts_however_soon_it_ended() -> None:
    soon = replace(CANCELLED, ended_at=PLACED)
    assert is_refused(replace(soon, was_completed=True), RULES)
    assert is_refused(replace(soon, shop_status="cancelled pending fulfilled"), RULES)
    assert not is_refused(replace(soon, shop_status="cancelled pending unfulfilled"), RULES)
    assert is_refused(replace(soon, status="other", shop_status="refused"), RULES)


def test_what_was_paid_and_given_back_was_not_refused() -> None:
    refunded = replace(CANCELLED, status="refunded")
    assert is_refused(refunded, RULES)
    assert not is_refused(replace(refunded, paid=True), RULES)
    # A shop that calls orders completed when they leave marks them paid with that.
    assert is_refused(replace(CANCELLED, paid=True), RULES)


@pytest.mark.parametrize("status", sorted({*OrderStatus} - {"cancelled", "failed", "refunded"}))
def test_no_other_status_counts(status: str) -> None:
    assert not is_refused(replace(CANCELLED, status=status, shop_status=status, was_completed=True), RULES)


@pytest.mark.parametrize(
    ("method", "counts"), [("cod ", True), ("НАКЛАДЕНИЙ ПЛАТІЖ", True), ("", False), ("card", False)]
)
def test_only_cash_on_delivery_counts_in_any_spelling(method: str, *, counts: bool) -> None:
    assert is_refused(replace(CANCELLED, payment_method=method), RULES) is counts
    assert is_refused(replace(CANCELLED, payment_method=method, shop_status="refused"), RULES) is counts
