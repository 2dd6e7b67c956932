"""What tells preferences: the categories and attributes of products, as shops really print them."""

from copy import deepcopy
from typing import Any

import pytest

from regulars_mapping import Kind, Product
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import START, Increments, Opener, a_shop, exported, minutes, raw

SIZED = next(one for one in exported("products") if one["attributes"])


def product_of(translator: WooCommerceConnector, **changes: Any) -> Product:
    product = translator.translate(raw(Kind.PRODUCT, {**deepcopy(SIZED), **changes}))
    assert isinstance(product, Product)
    return product


def test_a_recorded_product_has_its_attributes_by_name(translator: WooCommerceConnector) -> None:
    assert product_of(translator).attributes == {"Розмір": ("S", "M", "L")}


def test_a_product_without_attributes_has_none(translator: WooCommerceConnector) -> None:
    assert product_of(translator, attributes=[]).attributes == {}


def test_entities_in_attributes_and_categories_are_resolved(translator: WooCommerceConnector) -> None:
    product = product_of(
        translator,
        attributes=[{"name": "Size &amp; cut", "options": ["M &amp; L", "M &amp; L"]}],
        categories=[{"id": 1, "name": "Tea &amp; Coffee", "slug": "tea"}],
    )
    assert product.attributes == {"Size & cut": ("M & L",)}
    assert product.categories == ("Tea & Coffee",)


@pytest.mark.parametrize(
    "attributes",
    [
        None,
        "",
        {},
        {"3": {"name": "Розмір", "options": ["S"]}},
        [
            None,
            7,
            {"name": None, "options": ["S"]},
            {"name": "Розмір", "options": ["S", None, 5, "", "x" * 999]},
        ],
        [{"name": "Розмір", "options": ["S\0"]}, {"name": "\0", "options": ["S"]}],
        [{"name": "x" * 9_999, "options": ["S"]}, {"name": "Розмір", "options": {"a": "S"}}],
        [{"name": f"Attribute {number}", "options": ["S"]} for number in range(500)],
    ],
)
def test_an_attribute_of_any_shape_costs_no_product(
    translator: WooCommerceConnector, attributes: object
) -> None:
    product = product_of(translator, attributes=attributes)
    assert product.external_id == str(SIZED["id"])
    sizes = product.attributes.get("Розмір", ())
    assert all(size == "S" or (size.endswith("x…") and len(size) <= 250) for size in sizes)
    assert len(product.attributes) <= 100


def test_a_changed_attribute_comes_with_the_next_increment(opened: Opener) -> None:
    shop = a_shop()
    shop.load(products=[{**SIZED, "date_modified_gmt": START.replace(tzinfo=None).isoformat()}])
    connector = opened(shop)
    increments = Increments(connector, Kind.PRODUCT, START)
    (before,) = increments().values()
    later = (START + minutes(5)).replace(tzinfo=None).isoformat()
    sizes = [{**SIZED["attributes"][0], "options": ["XL"]}]
    shop.load(products=[{**SIZED, "attributes": sizes, "date_modified_gmt": later}])
    (after,) = increments().values()
    assert after.digest != before.digest
    product = connector.translate(after)
    assert isinstance(product, Product)
    assert product.attributes == {"Розмір": ("XL",)}
