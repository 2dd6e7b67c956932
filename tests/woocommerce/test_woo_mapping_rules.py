"""How single fields of WooCommerce's payloads become canonical, however oddly a shop spells them."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars_mapping import (
    Customer,
    Kind,
    Order,
    OrderStatus,
    Product,
    Refund,
    SkipError,
    UnmappableError,
)
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import exported, raw

Changes = dict[str, Any]


@pytest.fixture
def payload() -> dict[str, Any]:
    return deepcopy(exported("orders")[0])


@pytest.fixture
def profile() -> dict[str, Any]:
    return deepcopy(exported("customers")[5])


def order_of(translator: WooCommerceConnector, payload: dict[str, Any]) -> Order:
    order = translator.translate(raw(Kind.ORDER, payload))
    assert isinstance(order, Order)
    return order


def customer_of(translator: WooCommerceConnector, payload: dict[str, Any]) -> Customer:
    customer = translator.translate(raw(Kind.CUSTOMER, payload))
    assert isinstance(customer, Customer)
    return customer


@pytest.mark.parametrize(
    ("shop_status", "status"),
    [
        ("pending", OrderStatus.PENDING),
        ("on-hold", OrderStatus.ON_HOLD),
        ("processing", OrderStatus.PROCESSING),
        ("completed", OrderStatus.COMPLETED),
        ("cancelled", OrderStatus.CANCELLED),
        ("failed", OrderStatus.FAILED),
        ("refunded", OrderStatus.REFUNDED),
        ("trash", OrderStatus.TRASHED),
        ("awaiting-courier", OrderStatus.OTHER),
    ],
)
def test_a_status_is_mapped_and_the_shops_own_word_kept(
    translator: WooCommerceConnector, payload: dict[str, Any], shop_status: str, status: OrderStatus
) -> None:
    order = order_of(translator, {**payload, "status": shop_status})
    assert (order.status, order.shop_status) == (status, shop_status)


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft"])
def test_an_unfinished_cart_is_skipped(
    translator: WooCommerceConnector, payload: dict[str, Any], status: str
) -> None:
    with pytest.raises(SkipError):
        translator.translate(raw(Kind.ORDER, {**payload, "status": status}))


def test_times_are_taken_from_the_utc_fields(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    order = order_of(translator, {**payload, "date_created": "1999-01-01T00:00:00"})
    assert order.placed_at == datetime(2026, 11, 22, 3, 29, 56, tzinfo=UTC)


@pytest.mark.parametrize("empty", [None, "", "0000-00-00T00:00:00", False])
def test_a_date_that_never_was_is_none(
    translator: WooCommerceConnector, payload: dict[str, Any], empty: object
) -> None:
    assert order_of(translator, {**payload, "date_paid_gmt": empty}).paid_at is None


def test_entities_are_resolved_and_markup_stays_text(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["billing"]["first_name"] = "Tom &amp; Ann"
    payload["billing"]["company"] = "<script>alert(1)</script>"
    order = order_of(translator, payload)
    assert order.contact.given_name == "Tom & Ann"
    assert order.contact.company == "<script>alert(1)</script>"
    assert order.billing is not None
    assert order.billing.given_name == "Tom & Ann"


def test_an_erased_order_names_nobody(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    payload["billing"] |= {
        "first_name": "[deleted]",
        "last_name": "[deleted]",
        "address_1": "[deleted]",
        "email": "deleted@site.invalid",
        "phone": "+000000000000",
    }
    payload["shipping"]["address_1"] = "[deleted]"
    order = order_of(translator, payload)
    assert set(order.contact.model_dump().values()) == {""}
    assert (order.billing, order.delivery) == (None, None)
    assert order.total == 659170


def test_an_order_without_an_email_maps(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    del payload["billing"]["email"]
    assert order_of(translator, payload).contact.email == ""


def test_an_address_with_nowhere_to_send_to_is_none(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["shipping"] = {"first_name": "Olena", "country": "UA"}
    assert order_of(translator, payload).delivery is None


@pytest.mark.parametrize(
    "changes",
    [
        {"billing": []},
        {"billing": None},
        {"shipping": []},
        {"meta_data": {"3": {"key": "x", "value": {"deep": [1]}}}},
        {"meta_data": [None, 7, {"key": 1}, {"key": "_wc_order_attribution_utm_source", "value": [1]}]},
        {"fee_lines": None, "coupon_lines": "", "shipping_lines": {}},
        {"line_items": {"0": {"id": "5", "name": None, "quantity": "2", "total": "1", "product_id": ""}}},
        {"meta_data": [{"key": ["_wc_order_attribution_utm_source"], "value": {}}]},
        {"customer_id": "0"},
        {"number": 53},
        {"payment_method": None},
        {"shipping_total": "", "discount_total": None},
    ],
)
def test_the_spellings_of_plugins_are_understood(
    translator: WooCommerceConnector, payload: dict[str, Any], changes: Changes
) -> None:
    assert order_of(translator, {**payload, **changes}).external_id == "53"


def test_a_country_that_is_no_code_is_dropped(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["billing"]["country"] = "Україна"
    assert order_of(translator, payload).contact.country == ""


def test_a_small_country_code_is_raised(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    payload["billing"]["country"] = "ua"
    assert order_of(translator, payload).contact.country == "UA"


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"currency": "XXQ"}, "currency", "is not an ISO 4217 currency; set the shop's currency"),
        ({"currency": None}, "currency", "is not an ISO 4217 currency; set the shop's currency"),
        ({"total": "12,50"}, "total", "is not an amount of money"),
        ({"total": "NaN"}, "total", "is not an amount of money"),
        ({"total": {"a": 1}}, "total", "is not text"),
        ({"date_created_gmt": None}, "date_created_gmt", "is not a date"),
        ({"date_created_gmt": "soon"}, "date_created_gmt", "is not a date"),
        ({"id": None}, "id", "is out of range"),
        ({"total": None}, "total", "is empty"),
        ({"line_items": 5}, "line_items", "is not a list"),
    ],
)
def test_what_cannot_be_mapped_is_named_by_path_and_reason(
    translator: WooCommerceConnector, payload: dict[str, Any], changes: Changes, path: str, reason: str
) -> None:
    with pytest.raises(UnmappableError) as caught:
        translator.translate(raw(Kind.ORDER, {**payload, **changes}))
    assert (caught.value.path, caught.value.reason) == (path, reason)


def test_a_missing_total_is_named(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    del payload["total"]
    with pytest.raises(UnmappableError, match=r"^total: is missing$"):
        translator.translate(raw(Kind.ORDER, payload))


@pytest.mark.parametrize(("stated", "quantity"), [("2", "2"), (0.33333, "0.333"), ("1.5", "1.5"), (3, "3")])
def test_goods_sold_by_weight_keep_three_places(
    translator: WooCommerceConnector, payload: dict[str, Any], stated: object, quantity: str
) -> None:
    payload["line_items"][0]["quantity"] = stated
    assert order_of(translator, payload).lines[0].quantity == Decimal(quantity)


@pytest.mark.parametrize("stated", [99_999_999_999, "99999999999", "1e999999", "Infinity", -(10**12)])
def test_a_quantity_that_nobody_can_buy_costs_no_order_and_changes_no_amount(
    translator: WooCommerceConnector, payload: dict[str, Any], stated: object
) -> None:
    right = order_of(translator, payload)
    payload["line_items"][0]["quantity"] = stated
    found = order_of(translator, payload)
    assert found.lines[0].quantity == 0
    assert (found.total, found.goods, found.lines[0].net) == (right.total, right.goods, right.lines[0].net)
    payload["line_items"][0]["total"] = "9" * 39
    with pytest.raises(UnmappableError, match=r"total|net"):
        translator.translate(raw(Kind.ORDER, payload))


def test_a_line_may_carry_any_amount_of_metadata(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    metas = [{"key": f"k{number}", "value": "v" * number} for number in range(1, 3_000)]
    payload["line_items"][0]["meta_data"] = metas
    assert len(order_of(translator, payload).lines[0].options) == 100


def test_an_endless_referrer_costs_no_order(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["meta_data"] = [
        {"key": "_wc_order_attribution_referrer", "value": "https://example.com/" + "x" * 5_000},
        {"key": "_wc_order_attribution_utm_source", "value": "google"},
    ]
    source = order_of(translator, payload).source
    assert source is not None
    assert source.source == "google"
    assert source.referrer == "https://example.com/" + "x" * 229 + "…"


@pytest.mark.parametrize(
    ("currency", "total", "minor"), [("JPY", "1200", 1200), ("KWD", "1.234", 1234), ("UAH", "7", 700)]
)
def test_money_follows_the_currencys_minor_unit(
    translator: WooCommerceConnector, payload: dict[str, Any], currency: str, total: str, minor: int
) -> None:
    payload |= {"line_items": [], "fee_lines": [], "currency": currency, "total": total}
    assert order_of(translator, payload).total == minor


def test_a_negative_fee_lowers_the_goods(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    payload["line_items"] = payload["line_items"][:1]
    payload["fee_lines"] = [{"total": "-30.00"}]
    assert order_of(translator, payload).goods == 439918 - 3000


def test_an_order_without_a_list_of_refunds_leaves_them_open(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    del payload["refunds"]
    assert order_of(translator, payload).refund_ids is None


def test_our_labels_are_read_and_other_metadata_is_not(
    translator: WooCommerceConnector, profile: dict[str, Any]
) -> None:
    profile["meta_data"] = [
        {"key": "regulars_level", "value": "Silver"},
        {"key": "regulars_discount", "value": 7},
        {"key": "regulars_code", "value": ""},
        {"key": "hub_segment", "value": "s1"},
    ]
    labels = customer_of(translator, profile).labels
    assert labels == {"regulars_level": "Silver", "regulars_discount": "7"}


def test_a_customer_imported_without_a_change_time_maps(
    translator: WooCommerceConnector, profile: dict[str, Any]
) -> None:
    assert customer_of(translator, {**profile, "date_modified_gmt": None}).changed_at is None


def test_the_accounts_email_wins_over_the_billing_address(
    translator: WooCommerceConnector, profile: dict[str, Any]
) -> None:
    profile["email"], profile["billing"]["email"] = "own@example.com", "other@example.com"
    assert customer_of(translator, profile).contact.email == "own@example.com"


@pytest.mark.parametrize("said", [{}, {"email_verified": True, "verifiedEmail": True}])
def test_whether_an_address_was_verified_is_never_known(
    translator: WooCommerceConnector, profile: dict[str, Any], said: dict[str, Any]
) -> None:
    assert customer_of(translator, {**profile, **said}).email_verified is None


def test_a_refund_of_a_bare_amount_says_nothing_about_goods(translator: WooCommerceConnector) -> None:
    refund = translator.translate(raw(Kind.REFUND, exported("refunds")[0]))
    assert isinstance(refund, Refund)
    assert (refund.order_id, refund.amount, refund.goods) == ("53", 1000, None)


def test_a_refund_of_lines_names_them(translator: WooCommerceConnector) -> None:
    refund = translator.translate(raw(Kind.REFUND, exported("refunds")[1]))
    assert isinstance(refund, Refund)
    assert (refund.amount, refund.goods) == (126650, 126650)
    assert (refund.lines[0].quantity, refund.lines[0].net) == (1, 126650)
    assert refund.lines[0].order_line_id.isdigit()


def test_a_product_has_the_shops_currency(translator: WooCommerceConnector) -> None:
    product = translator.translate(raw(Kind.PRODUCT, exported("products")[0]))
    assert isinstance(product, Product)
    assert (product.price, product.categories, product.sku) == (140600, ("Кава",), "SKU-000")
