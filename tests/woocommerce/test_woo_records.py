"""What a record keeps of an object, and what its digest leaves out."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from regulars_mapping import Kind
from regulars_woocommerce._records import record_of
from woocommerce.conftest import A_REVIEW, exported


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


def sample(kind: Kind) -> dict[str, Any]:
    return A_REVIEW if kind is Kind.REVIEW else exported(f"{kind}s")[0]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (
            Kind.ORDER,
            {"_links": {}, "payment_url": "https://elsewhere.example.com", "needs_processing": False},
        ),
        (Kind.CUSTOMER, {"_links": {}, "avatar_url": ""}),
        (Kind.PRODUCT, {"_links": {}, "related_ids": [3, 2, 1], "price_html": ""}),
        (Kind.REFUND, {"_links": {}}),
        (Kind.REVIEW, {"_links": {}, "product_name": "Tea", "product_permalink": ""}),
    ],
)
def test_what_changes_by_itself_changes_no_digest(kind: Kind, changes: dict[str, Any]) -> None:
    item = deepcopy(sample(kind))
    assert record_of(kind, {**item, **changes}).digest == record_of(kind, item).digest


@pytest.mark.parametrize("kind", list(Kind))
def test_any_other_change_changes_the_digest(kind: Kind) -> None:
    item = sample(kind)
    changed = {**item, "meta_data": [{"key": "new", "value": "1"}]}
    assert record_of(kind, changed).digest != record_of(kind, item).digest


def test_the_order_of_keys_changes_no_digest() -> None:
    item = exported("orders")[0]
    assert record_of(Kind.ORDER, dict(reversed(item.items()))).digest == record_of(Kind.ORDER, item).digest


def test_a_payload_nested_past_all_bounds_stays_writable() -> None:
    item = {**exported("orders")[0], "meta_data": [{"key": "deep", "value": nested(600)}]}
    record = record_of(Kind.ORDER, item)
    assert b"deep" in orjson.dumps(record.payload)
    assert record.digest == record_of(Kind.ORDER, item).digest


def test_the_change_time_is_the_shops_own_in_utc() -> None:
    record = record_of(Kind.ORDER, exported("orders")[0])
    assert record.changed_at is not None
    assert record.changed_at.isoformat() == "2026-11-22T03:54:07+00:00"
    assert record_of(Kind.CUSTOMER, exported("customers")[0]).changed_at is None
