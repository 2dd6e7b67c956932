"""Sums, goods and smallest orders in Shopify: what is sent, what reads back, and what Shopify cannot say."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from regulars_connectors import AccountOffer, Operation, Outcome, PushResult, TargetDocument, Verb
from regulars_mapping import Goods, Kind, Money, Product
from regulars_sandbox import ShopHistory, ShopifyShop, ShopProduct
from regulars_shopify import ShopifyConnector
from regulars_shopify._documents import discount_input, found_coupon
from shopify.conftest import START, TOKEN_ONLY, Opener, a_customer, gid, offer, raw

COFFEE, TEA, CUP = 501, 502, 503
DRINKS, DISHES = (str(int.from_bytes(name, "big")) for name in (b"Drinks", b"Dishes"))


def a_sum(amount: str, currency: str = "UAH") -> Money:
    return Money(int(Decimal(amount) * 100), currency)


def given(**changes: Any) -> AccountOffer:
    return offer(1, **({"percent": Decimal(0)} if "amount" in changes else {}), **changes)


def coupon_of(connector: ShopifyConnector, wanted: AccountOffer) -> TargetDocument:
    (mechanism,) = connector.mechanisms(frozenset())
    return mechanism.documents(wanted)[0]


def serves(connector: ShopifyConnector, wanted: AccountOffer) -> bool:
    (mechanism,) = connector.mechanisms(frozenset())
    return mechanism.serves(wanted)


def pushed(connector: ShopifyConnector, wanted: AccountOffer, verb: Verb = Verb.UPDATE) -> PushResult:
    one = coupon_of(connector, wanted)
    (result,) = connector.push([Operation("op", verb, one.target, one.document)])
    return result


def read(connector: ShopifyConnector, wanted: AccountOffer) -> Any:
    return connector.read_back([coupon_of(connector, wanted).target])[0].document


@pytest.fixture
def shop() -> ShopifyShop:
    products = (
        ShopProduct(COFFEE, "Coffee", "SKU-1", 20_000, START, START, ("Drinks",)),
        ShopProduct(TEA, "Tea", "SKU-2", 10_000, START, START, ("Drinks",)),
        ShopProduct(CUP, "Cup", "SKU-3", 5_000, START, START, ("Dishes",)),
    )
    history = ShopHistory("UAH", "Europe/Kyiv", "UA", customers=(a_customer(1),), products=products)
    return ShopifyShop.of(history)


@pytest.fixture
def connector(opened: Opener, shop: ShopifyShop) -> Iterator[ShopifyConnector]:
    yield opened(shop, currency="UAH")


def taken(shop: ShopifyShop, connector: ShopifyConnector, items: Sequence[int]) -> dict[str, int]:
    """What customer 1 gets off each product in an order of one of each, in minor units."""
    code = coupon_of(connector, given()).target.key
    number = shop.place_order(items=[(item, 1) for item in items], customer_id=1, discount_codes=[code])
    (record,) = [one for one in connector.read(Kind.ORDER, [str(number)]).records if one.kind is Kind.ORDER]
    order: Any = connector.translate(record)
    return {line.product_id: line.gross - line.net for line in order.lines if line.gross != line.net}


def test_a_sum_is_told_once_for_the_order_and_a_smallest_order_as_a_subtotal(
    connector: ShopifyConnector,
) -> None:
    wanted = coupon_of(connector, given(amount=a_sum("100.5"), minimum=a_sum("300"), orders=3))
    sent = discount_input(wanted.document)
    assert sent["customerGets"] == {
        "value": {"discountAmount": {"amount": "100.50", "appliesOnEachItem": False}},
        "items": {"all": True},
    }
    assert sent["minimumRequirement"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "300.00"}}
    assert (sent["usageLimit"], sent["appliesOncePerCustomer"]) == (3, False)
    assert wanted.document["percent"] == ""
    assert wanted.document["amount"] == "100.50 UAH"


def test_goods_are_told_by_their_global_ids_and_an_update_adds_and_removes(
    connector: ShopifyConnector,
) -> None:
    first = coupon_of(connector, given(goods=Goods(products=("501", "502")))).document
    later = coupon_of(connector, given(goods=Goods(products=("502", "503")))).document
    assert discount_input(first)["customerGets"]["items"] == {
        "products": {"productsToAdd": [gid("Product", COFFEE), gid("Product", TEA)]}
    }
    assert "items" not in discount_input(first, before=first)["customerGets"]
    assert discount_input(later, before=first)["customerGets"]["items"] == {
        "products": {"productsToAdd": [gid("Product", CUP)], "productsToRemove": [gid("Product", COFFEE)]}
    }
    kinds = coupon_of(connector, given(goods=Goods(categories=("9",)))).document
    assert discount_input(kinds, before=later)["customerGets"]["items"] == {
        "collections": {"add": [gid("Collection", 9)]}
    }


def test_every_change_between_sums_goods_and_percentages_reads_back(
    connector: ShopifyConnector, shop: ShopifyShop
) -> None:
    wanted: list[tuple[AccountOffer, dict[str, int]]] = [
        (given(amount=a_sum("70"), minimum=a_sum("350")), {"501": 4000, "502": 2000, "503": 1000}),
        (given(goods=Goods(products=("501", "503"))), {"501": 1450, "503": 363}),
        (given(goods=Goods(products=("501", "502"))), {"501": 1450, "502": 725}),
        (given(amount=a_sum("70"), goods=Goods(categories=(DISHES,))), {"503": 5000}),
        (given(goods=Goods(categories=(DRINKS, DISHES))), {"501": 1450, "502": 725, "503": 363}),
        (given(), {"501": 1450, "502": 725, "503": 363}),
    ]
    verb = Verb.CREATE
    for one, off in wanted:
        assert pushed(connector, one, verb).outcome is Outcome.DONE
        assert read(connector, one) == coupon_of(connector, one).document
        assert taken(shop, connector, [COFFEE, TEA, CUP]) == off
        verb = Verb.UPDATE


def test_a_smallest_order_binds_and_is_cleared(connector: ShopifyConnector, shop: ShopifyShop) -> None:
    pushed(connector, given(minimum=a_sum("300")), Verb.CREATE)
    with pytest.raises(ValueError, match="bigger order"):
        taken(shop, connector, [COFFEE])
    assert pushed(connector, given()).outcome is Outcome.DONE
    assert taken(shop, connector, [COFFEE]) == {"501": 1450}


@pytest.mark.parametrize(
    "edit",
    [
        {"customerGets": {"value": {"discountAmount": {"amount": "700"}}}},
        {"customerGets": {"value": {"percentage": 0.5}}},
        {"customerGets": {"items": {"all": True}}},
        {"customerGets": {"items": {"products": {"productsToAdd": [gid("Product", CUP)]}}}},
        {"customerGets": {"items": {"collections": {"add": [gid("Collection", 9)]}}}},
        {"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "1"}}},
        {"usageLimit": None},
    ],
)
def test_what_somebody_edited_reads_as_a_difference_and_is_put_right(
    connector: ShopifyConnector, edit: dict[str, Any]
) -> None:
    wanted = given(amount=a_sum("70"), goods=Goods(products=("501",)), orders=4)
    number = pushed(connector, wanted, Verb.CREATE).remote_id
    node = gid("DiscountCodeNode", int(number or 0))
    connector._client.write("discount_update", {"id": node, "input": edit})
    assert read(connector, wanted) != coupon_of(connector, wanted).document
    assert pushed(connector, wanted).outcome is Outcome.DONE
    assert read(connector, wanted) == coupon_of(connector, wanted).document


@pytest.mark.parametrize(
    "changes",
    [
        {"goods": Goods(except_products=("501",))},
        {"goods": Goods(except_categories=("9",))},
        {"goods": Goods(reduced=False)},
        {"goods": Goods(products=("501",), categories=("9",))},
        {"goods": Goods(products=("501",)), "minimum": a_sum("300")},
        {"goods": Goods(products=("SKU-1",))},
        {"goods": Goods(products=tuple(map(str, range(1, 251))))},
        {"amount": a_sum("0")},
        {"amount": a_sum("-5")},
        {"amount": a_sum("5", "EUR")},
        {"amount": Money(10**12, "UAH")},
        {"minimum": a_sum("5", "EUR")},
    ],
)
def test_what_shopify_cannot_say_is_not_served(connector: ShopifyConnector, changes: dict[str, Any]) -> None:
    assert not serves(connector, given(**changes))


def test_as_many_goods_as_can_be_read_back_are_served(opened: Opener) -> None:
    unknown = opened.connector(credentials=TOKEN_ONLY)
    assert serves(unknown, given(goods=Goods(products=tuple(map(str, range(1, 250))))))
    assert serves(unknown, given(amount=a_sum("5", "EUR"))), "its agent knows the shop's currency"


def test_a_sum_that_became_another_currency_s_is_taken_back(opened: Opener, shop: ShopifyShop) -> None:
    connector = opened(shop)
    result = pushed(connector, given(amount=a_sum("100", "EUR")), Verb.CREATE)
    assert result.outcome is Outcome.REFUSED
    assert "amount" in result.reason and "taken back" in result.reason
    assert read(connector, given()) is None


def stated(**parts: Any) -> Any:
    """A discount of the shop as a document."""
    gets = {"value": {"percentage": 0.1}, "items": {"allItems": True}} | parts
    node = {"id": gid("DiscountCodeNode", 7), "discount": {"customerGets": gets, **parts.get("whole", {})}}
    return found_coupon(node).document


HRYVNIAS = {"amount": "100.0", "currencyCode": "UAH"}


@pytest.mark.parametrize(
    ("parts", "reads"),
    [
        (
            {"value": {"amount": HRYVNIAS}},
            {"amount": "100.00 UAH", "percent": ""},
        ),
        ({"value": {"amount": HRYVNIAS, "appliesOnEachItem": True}}, {"amount": "something else"}),
        ({"value": {"amount": {"amount": "1.005", "currencyCode": "UAH"}}}, {"amount": "something else"}),
        ({"value": {"amount": {"amount": None}}}, {"amount": "something else"}),
        ({"value": {"amount": {"amount": "1", "currencyCode": "XXXX"}}}, {"amount": "something else"}),
        ({"items": {"products": {"nodes": [{"id": gid("Product", 5)}]}}}, {"goods": ["5"]}),
        (
            {
                "items": {
                    "products": {"nodes": []},
                    "productVariants": {"nodes": [{"id": gid("ProductVariant", 5)}]},
                }
            },
            {"applies_to": "something else"},
        ),
        ({"items": {}}, {"applies_to": "something else"}),
        (
            {"whole": {"minimumRequirement": {"__typename": "DiscountMinimumQuantity"}}},
            {"minimum": "something else"},
        ),
    ],
)
def test_whatever_a_discount_gives_reads_as_itself_or_as_something_else(
    parts: dict[str, Any], reads: dict[str, Any]
) -> None:
    document = stated(**parts)
    assert {name: document[name] for name in reads} == reads


def test_a_collection_has_a_number_and_a_category_of_the_taxonomy_none(opened: Opener) -> None:
    payload = {
        "id": gid("Product", 7),
        "category": {"id": "gid://shopify/TaxonomyCategory/fb-1", "name": "Beverages"},
        "collections": {
            "nodes": [
                {"id": gid("Collection", 8), "title": "Tea"},
                {"id": gid("Collection", 9), "title": "Beverages"},
                {"id": gid("Collection", 10), "title": ""},
            ]
        },
    }
    product = opened.connector().translate(raw(Kind.PRODUCT, payload))
    assert isinstance(product, Product)
    assert (product.categories, product.category_ids) == (("Beverages", "Tea"), ("9", "8"))
    payload["collections"] = {"nodes": []}
    product = opened.connector().translate(raw(Kind.PRODUCT, payload))
    assert isinstance(product, Product)
    assert (product.categories, product.category_ids) == (("Beverages",), ("",))
