"""Sums, goods and smallest orders in WooCommerce: coupons hold them to the letter or are not made, and labels
tell them to a plug-in that knows them, and to no other."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from command_line import with_body
from regulars_connectors import (
    AccountOffer,
    Found,
    Mechanism,
    Operation,
    Outcome,
    PushResult,
    Severity,
    TargetDocument,
    Verb,
)
from regulars_mapping import Goods, Kind, Money, Product
from regulars_sandbox import Request, Response, ShopHistory, ShopProduct, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import START, Opener, Watched, a_customer, raw

COFFEE, TEA, CUP = 501, 502, 503
# The double numbers categories by their names.
DISHES, DRINKS = 1, 2
CROWD = 100
CODE = "reg-0001"
ALL = frozenset({"companion-plugin", "companion-terms"})


def hryvnias(amount: str) -> Money:
    return Money(int(Decimal(amount) * 100), "UAH")


def offer(number: int = 1, **changes: Any) -> AccountOffer:
    values: dict[str, Any] = {
        "account": str(number),
        "registered": True,
        "email": f"person{number}@example.com",
        "percent": Decimal(7),
        "level": "Silver",
        "code": f"reg-{number:04d}",
        "sentence": "",
        "next_step": "",
    }
    if "amount" in changes:
        values["percent"] = Decimal(0)
    return AccountOffer(**{**values, **changes})


def goods(**lists: Any) -> Goods:
    said = {name: tuple(map(str, ids)) for name, ids in lists.items() if name != "reduced"}
    return Goods(**said, reduced=lists.get("reduced", True))


def ways(connector: WooCommerceConnector, capabilities: frozenset[str] = ALL) -> dict[str, Mechanism]:
    return {one.name: one for one in connector.mechanisms(capabilities)}


def coupon_of(connector: WooCommerceConnector, given: AccountOffer) -> TargetDocument:
    coupon, _label = ways(connector)["coupons"].documents(given)
    return coupon


def pushed(
    connector: WooCommerceConnector, wanted: Sequence[TargetDocument], there: Sequence[Found] = ()
) -> list[PushResult]:
    """These documents written: new, or as updates of how they read."""
    verb = Verb.UPDATE if there else Verb.CREATE
    known = there or [Found(one.target, None) for one in wanted]
    return list(
        connector.push(
            [
                Operation(one.target.key, verb, one.target, one.document, found.remote_id, found.document)
                for one, found in zip(wanted, known, strict=True)
            ]
        )
    )


def brought(connector: WooCommerceConnector, *offers: AccountOffer, update: bool = False) -> list[PushResult]:
    """The coupons of these offers, from how they read now."""
    wanted = [coupon_of(connector, given) for given in offers]
    there = list(connector.read_back([one.target for one in wanted])) if update else ()
    return pushed(connector, wanted, there)


def read(connector: WooCommerceConnector, given: AccountOffer) -> Any:
    return connector.read_back([coupon_of(connector, given).target])[0].document


def written(watched: Watched) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in watched.seen if one.method == "POST"]


@pytest.fixture
def shop() -> WooCommerceShop:
    history = ShopHistory(
        "UAH",
        "Europe/Kyiv",
        "UA",
        customers=tuple(a_customer(number) for number in range(1, CROWD + 1)),
        products=(
            ShopProduct(COFFEE, "Coffee", "SKU-1", 20_000, START, START, ("Drinks",)),
            ShopProduct(TEA, "Tea", "SKU-2", 10_000, START, START, ("Drinks",), regular=15_000),
            ShopProduct(CUP, "Cup", "SKU-3", 5_000, START, START, ("Dishes",)),
        ),
    )
    return WooCommerceShop.of(history)


@pytest.fixture
def watched(shop: WooCommerceShop) -> Watched:
    return Watched(shop)


@pytest.fixture
def connector(opened: Opener, watched: Watched) -> WooCommerceConnector:
    return opened(watched, currency="UAH")


def discounts(
    connector: WooCommerceConnector, shop: WooCommerceShop, items: Sequence[int], codes: Sequence[str] = ()
) -> dict[int, str]:
    """What customer 1 gets off each product in an order of one of each."""
    number = shop.place_order(
        items=[(item, 1) for item in items],
        customer_id=1,
        billing={"email": "person1@example.com"},
        coupon_codes=codes,
    )
    order = connector._client.one("orders", str(number))
    assert order is not None
    return {
        line["product_id"]: str(Decimal(line["subtotal"]) - Decimal(line["total"]))
        for line in order["line_items"]
        if line["subtotal"] != line["total"]
    }


def test_a_sum_is_a_fixed_cart_coupon_with_two_decimals_and_its_limits(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    given = offer(amount=hryvnias("100.5"), minimum=hryvnias("300"), orders=3)
    document = coupon_of(connector, given).document
    assert document == {
        "code": CODE,
        "discount_type": "fixed_cart",
        "amount": "100.50",
        "email_restrictions": ["person1@example.com"],
        "individual_use": True,
        "date_expires": "",
        "description": "Personal discount, kept by Regulars",
        "usage_limit": 3,
        "usage_limit_per_user": 3,
        "mark": "1",
        "minimum_amount": "300.00",
    }
    assert [one.outcome for one in brought(connector, given)] == [Outcome.DONE]
    assert read(connector, given) == document
    with pytest.raises(ValueError, match="invalid_coupon"):
        discounts(connector, shop, [COFFEE, CUP], [CODE])
    for _ in range(3):
        taken = discounts(connector, shop, [COFFEE, TEA], [CODE])
        assert sum(map(Decimal, taken.values())) == Decimal("100.50")
    with pytest.raises(ValueError, match="invalid_coupon"):
        discounts(connector, shop, [COFFEE, TEA], [CODE])


SCOPES: list[tuple[Goods, dict[str, Any], dict[int, str]]] = [
    (goods(products=[TEA, COFFEE]), {"product_ids": [COFFEE, TEA]}, {COFFEE: "14.00", TEA: "7.00"}),
    (goods(categories=[DISHES]), {"product_categories": [DISHES]}, {CUP: "3.50"}),
    (
        goods(except_products=[COFFEE]),
        {"excluded_product_ids": [COFFEE]},
        {TEA: "7.00", CUP: "3.50"},
    ),
    (
        goods(categories=[DRINKS], except_products=[TEA]),
        {"product_categories": [DRINKS], "excluded_product_ids": [TEA]},
        {COFFEE: "14.00"},
    ),
    (goods(except_categories=[DRINKS]), {"excluded_product_categories": [DRINKS]}, {CUP: "3.50"}),
    (goods(reduced=False), {"exclude_sale_items": True}, {COFFEE: "14.00", CUP: "3.50"}),
]


@pytest.mark.parametrize(("scope", "fields", "taken"), SCOPES)
def test_a_percentage_on_goods_is_a_coupon_that_takes_it_off_them_alone(
    connector: WooCommerceConnector,
    shop: WooCommerceShop,
    scope: Goods,
    fields: dict[str, Any],
    taken: dict[int, str],
) -> None:
    given = offer(goods=scope)
    document = coupon_of(connector, given).document
    plain = coupon_of(connector, offer()).document
    assert document == {**plain, **fields}, "and nothing of what does not bind"
    brought(connector, given)
    assert read(connector, given) == document
    assert discounts(connector, shop, [COFFEE, TEA, CUP], [CODE]) == taken


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": hryvnias("100"), "goods": goods(products=[COFFEE])},
        {"amount": hryvnias("100"), "goods": goods(categories=[DRINKS])},
        {"amount": hryvnias("100"), "goods": goods(except_products=[TEA])},
        {"amount": hryvnias("100"), "goods": goods(reduced=False)},
        {"goods": goods(products=[COFFEE], categories=[DISHES])},
    ],
)
def test_what_a_coupon_would_hold_to_the_whole_cart_is_given_by_the_plug_in_alone(
    connector: WooCommerceConnector, changes: dict[str, Any]
) -> None:
    served = {name: way.serves(offer(**changes)) for name, way in ways(connector).items()}
    assert served == {"companion with terms": True, "coupons": False}
    limited = offer(**changes, orders=1)
    assert not any(way.serves(limited) for way in ways(connector).values()), "nobody would count"


def test_a_shop_does_take_a_sum_for_goods_off_the_whole_cart(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    body = {"code": "any", "discount_type": "fixed_cart", "amount": "70", "product_ids": [CUP]}
    connector._client.write("POST", "coupons", body)
    assert set(discounts(connector, shop, [COFFEE, CUP], ["any"])) == {COFFEE, CUP}


def test_a_shop_does_want_products_and_categories_at_once(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    both = {"product_ids": [CUP], "product_categories": [DRINKS]}
    connector._client.write(
        "POST", "coupons", {"code": "any", "discount_type": "percent", "amount": "7", **both}
    )
    with pytest.raises(ValueError, match="invalid_coupon"):
        discounts(connector, shop, [CUP], ["any"])


def test_a_change_of_goods_is_one_update_of_what_differs_and_what_binds_no_more_is_cleared(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    first = offer(goods=goods(products=[COFFEE], except_products=[CUP], reduced=False), minimum=hryvnias("9"))
    brought(connector, first)
    for later, travels in (
        (offer(goods=goods(products=[TEA]), minimum=hryvnias("9.5")), {"product_ids": [TEA]}),
        (offer(), {"product_ids": [], "minimum_amount": "0.00"}),
    ):
        brought(connector, later, update=True)
        cleared = {"excluded_product_ids": [], "exclude_sale_items": False, "minimum_amount": "9.50"}
        (part,) = written(watched)[-1]["update"]
        del part["id"]
        assert part == (cleared | travels if later.minimum else travels)
        assert read(connector, later) == coupon_of(connector, later).document


@pytest.mark.parametrize(
    "edit",
    [
        {"product_ids": []},
        {"product_ids": [COFFEE, TEA]},
        {"excluded_product_categories": []},
        {"exclude_sale_items": False},
        {"minimum_amount": ""},
        {"minimum_amount": "8.99"},
    ],
)
def test_a_scope_that_somebody_took_off_or_widened_reads_as_a_difference_and_is_put_right(
    connector: WooCommerceConnector, edit: dict[str, Any]
) -> None:
    scope = goods(products=[COFFEE], except_categories=[DISHES], reduced=False)
    given = offer(goods=scope, minimum=hryvnias("9"))
    brought(connector, given)
    found = connector.read_back([coupon_of(connector, given).target])[0]
    connector._client.write("PUT", f"coupons/{found.remote_id}", edit)
    assert read(connector, given) != coupon_of(connector, given).document
    brought(connector, given, update=True)
    assert read(connector, given) == coupon_of(connector, given).document


def test_a_percentage_that_becomes_a_sum_above_a_hundred_gets_its_type_first(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    """The shop looks at the amount while the coupon still is one of a percentage."""
    brought(connector, offer())
    number = connector.read_back([coupon_of(connector, offer()).target])[0].remote_id
    with pytest.raises(Exception, match="coupon_invalid_amount"):
        body = {"discount_type": "fixed_cart", "amount": "500.00"}
        connector._client.write("PUT", f"coupons/{number}", body)
    before = len(written(watched))
    later = offer(amount=hryvnias("500"))
    assert [one.outcome for one in brought(connector, later, update=True)] == [Outcome.DONE]
    assert read(connector, later) == coupon_of(connector, later).document
    assert len(written(watched)) - before == 2
    for again in (offer(amount=hryvnias("700")), offer(), offer(amount=hryvnias("99.99"))):
        before = len(written(watched))
        assert [one.outcome for one in brought(connector, again, update=True)] == [Outcome.DONE]
        assert len(written(watched)) - before == 1


def test_a_hundred_changed_coupons_stay_one_batch(connector: WooCommerceConnector, watched: Watched) -> None:
    crowd = [offer(number, amount=hryvnias("50")) for number in range(1, CROWD + 1)]
    brought(connector, *crowd)
    before = len(written(watched))
    later = [replace(one, amount=hryvnias("150"), minimum=hryvnias("300"), orders=2) for one in crowd]
    assert {one.outcome for one in brought(connector, *later, update=True)} == {Outcome.DONE}
    (batch,) = written(watched)[before:]
    assert len(batch["update"]) == CROWD
    assert all(part.keys() == {"id", *DIFFERS} for part in batch["update"])


DIFFERS = {"amount", "minimum_amount", "usage_limit", "usage_limit_per_user"}


@pytest.mark.parametrize(
    ("currency", "money", "served"),
    [
        ("UAH", Money(10**12 - 1, "UAH"), True),
        ("UAH", Money(10**12, "UAH"), False),
        ("UAH", Money(100, "EUR"), False),
        ("", Money(100, "EUR"), True),
        ("", Money(100, "ABC"), False),
        ("JPY", Money(500, "JPY"), True),
        ("KWD", Money(1_250, "KWD"), True),
        ("KWD", Money(1_251, "KWD"), False),
    ],
)
def test_only_sums_that_two_decimals_hold_in_the_shop_s_own_currency_are_served(
    opened: Opener, currency: str, money: Money, served: bool
) -> None:
    connector = opened(WooCommerceShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA")), currency=currency)
    for given in (offer(amount=money), offer(minimum=money)):
        assert [way.serves(given) for way in ways(connector).values()] == [served, served]


def test_a_currency_without_decimals_has_two_in_a_coupon_all_the_same(opened: Opener) -> None:
    history = ShopHistory("JPY", "Asia/Tokyo", "JP", customers=(a_customer(1),), minor_digits=0)
    connector = opened(WooCommerceShop.of(history), currency="JPY")
    given = offer(amount=Money(500, "JPY"), minimum=Money(3_000, "JPY"))
    assert [one.outcome for one in brought(connector, given)] == [Outcome.DONE]
    assert (read(connector, given)["amount"], read(connector, given)["minimum_amount"]) == (
        "500.00",
        "3000.00",
    )


def test_goods_of_more_numbers_than_a_request_holds_or_of_none_are_not_served(
    connector: WooCommerceConnector,
) -> None:
    for ids, served in ((range(1, 1_001), True), (range(1, 1_002), False), (["x"], False), (["07"], False)):
        given = offer(goods=goods(products=ids))
        assert [way.serves(given) for way in ways(connector).values()] == [served, served]


def label_of(connector: WooCommerceConnector, given: AccountOffer, way: str = "coupons") -> Any:
    return ways(connector)[way].documents(given)[-1].document


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": hryvnias("100")}, '{"amount":"100.00","currency":"UAH"}'),
        ({"minimum": hryvnias("500")}, '{"currency":"UAH","minimum":"500.00","percent":"7.00"}'),
        (
            {"goods": goods(products=[30, 4], categories=[9], reduced=False)},
            '{"goods":{"categories":[9],"products":[4,30],"reduced":false},"percent":"7.00"}',
        ),
    ],
)
def test_terms_stand_in_one_label_with_the_figure_so_that_an_older_plug_in_finds_none(
    connector: WooCommerceConnector, changes: dict[str, Any], said: str
) -> None:
    label = label_of(connector, offer(**changes), "companion with terms")
    assert label == {"regulars_level": "Silver", "regulars_terms": said}
    plain = label_of(connector, offer(), "companion with terms")
    assert plain == {"regulars_level": "Silver", "regulars_discount": "7.00"}


def test_a_shop_whose_plug_in_knows_no_terms_gives_them_by_coupons(connector: WooCommerceConnector) -> None:
    older = ways(connector, frozenset({"companion-plugin"}))
    assert list(older) == ["companion", "coupons"]
    assert older["companion"].serves(offer())
    for changes in ({"amount": hryvnias("9")}, {"minimum": hryvnias("9")}, {"goods": goods(products=[1])}):
        assert [way.serves(offer(**changes)) for way in older.values()] == [False, True]


def test_the_plug_in_takes_a_sum_off_its_goods_alone_and_never_more_than_they_cost(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    shop.site.companion = True
    given = offer(amount=hryvnias("70"), goods=goods(products=[CUP], categories=[DRINKS], reduced=False))
    (label,) = ways(connector)["companion with terms"].documents(given)
    assert [one.outcome for one in pushed(connector, [label])] == [Outcome.DONE]
    assert connector.read_back([label.target])[0].document == label.document
    assert discounts(connector, shop, [CUP, TEA]) == {CUP: "50.00"}
    assert discounts(connector, shop, [TEA]) == {}
    both = discounts(connector, shop, [COFFEE, TEA, CUP])
    assert both.keys() == {COFFEE, CUP}
    assert sum(map(Decimal, both.values())) == 70


def test_a_label_goes_from_percentage_to_terms_and_back_in_one_update_each(
    connector: WooCommerceConnector, watched: Watched
) -> None:
    wanted = [
        ways(connector)["companion with terms"].documents(one)[0] for one in (offer(), OF_A_SUM, offer())
    ]
    pushed(connector, wanted[:1])
    for one in wanted[1:]:
        before = len(written(watched))
        pushed(connector, [one], connector.read_back([one.target]))
        (batch,) = written(watched)[before:]
        keys = [meta["key"] for meta in batch["update"][0]["meta_data"]]
        # What an older plug-in reads goes first and comes first: terms never stand without their bounds.
        assert keys == ["regulars_discount", "regulars_terms"]
        assert connector.read_back([one.target])[0].document == one.document


OF_A_SUM = offer(amount=hryvnias("70"), valid_until=None)


def test_terms_that_somebody_edited_are_a_difference(connector: WooCommerceConnector) -> None:
    (label,) = ways(connector)["companion with terms"].documents(OF_A_SUM)
    pushed(connector, [label])
    wider = {"key": "regulars_terms", "value": '{"amount":"700.00","currency":"UAH"}'}
    connector._client.write("PUT", "customers/1", {"meta_data": [wider]})
    found = connector.read_back([label.target])[0]
    assert found.document != label.document
    pushed(connector, [label], [found])
    assert connector.read_back([label.target])[0].document == label.document


def test_a_check_tells_whether_the_plug_in_knows_terms(opened: Opener, shop: WooCommerceShop) -> None:
    def older(request: Request, response: Response) -> Response:
        if not request.target.startswith("/wp-json/regulars/v1/status"):
            return response
        return with_body(response, response.body.replace(b"regulars_terms", b"regulars_other"))

    shop.site.companion = True
    newest, dated = opened(shop).check(), opened(Watched(shop, older)).check()
    assert newest.capabilities == ALL
    assert dated.capabilities == {"companion-plugin"}
    (finding,) = [one for one in dated.findings if one.subject == "plug-in"]
    assert finding.severity is Severity.WARNING
    assert not [one for one in newest.findings if one.subject == "plug-in"]


def test_the_numbers_of_categories_stand_beside_their_names(translator: WooCommerceConnector) -> None:

    payload = {
        "id": 7,
        "name": "Tea",
        "categories": [{"id": 16, "name": "Tea &amp; co"}, {"name": "Nameless"}, {"id": 0, "name": "None"}],
    }
    product = translator.translate(raw(Kind.PRODUCT, payload))
    assert isinstance(product, Product)
    assert product.categories == ("Tea & co", "Nameless", "None")
    assert product.category_ids == ("16", "", "")
    bare = translator.translate(raw(Kind.PRODUCT, {"id": 8, "categories": []}))
    assert isinstance(bare, Product)
    assert bare.category_ids == ()
