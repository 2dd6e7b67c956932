"""What can be said in Shopify's segment query language, and why the rest cannot."""

import pytest

from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_shopify import ShopifySegment, shopify_segment
from segment_world import CATALOGUE


def shopify(text: str, *, shop_currency: str = "UAH") -> ShopifySegment:
    return shopify_segment(parse_segment(text, CATALOGUE), currency="UAH", shop_currency=shop_currency)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "amount_spent > 500.50 AND last_order_date < -90d",
            "amount_spent > 500.5 AND last_order_date < -90d",
        ),
        (
            "customer_tags CONTAINS 'Kaffee \\'Wien\\'' OR number_of_orders = 1",
            "customer_tags CONTAINS 'Kaffee \\'Wien\\'' OR number_of_orders = 1",
        ),
        ("customer_countries NOT CONTAINS 'ua'", "customer_countries NOT CONTAINS 'UA'"),
        ("email_subscription_status = 'subscribed'", "email_subscription_status = 'SUBSCRIBED'"),
        ("customer_language IN ('uk', 'pt-BR')", "customer_language = 'uk' OR customer_language = 'pt-BR'"),
        (
            "(last_order_date = today OR number_of_orders > 2) AND amount_spent BETWEEN 1 AND 5",
            "(last_order_date = today OR number_of_orders > 2) AND amount_spent BETWEEN 1 AND 5",
        ),
        ("NOT (number_of_orders < 2 AND amount_spent = 0)", "number_of_orders >= 2 OR amount_spent != 0"),
        ("NOT customer_tags CONTAINS 'vip'", "customer_tags NOT CONTAINS 'vip'"),
        ("NOT customer_tags IS NULL", "customer_tags IS NOT NULL"),
        ("last_order_date != today", "last_order_date != today AND last_order_date IS NOT NULL"),
        ("NOT last_order_date != today", "last_order_date = today OR last_order_date IS NULL"),
        ("NOT last_order_date < -1y", "last_order_date >= -1y OR last_order_date IS NULL"),
        (
            "amount_spent > 5 AND NOT last_order_date BETWEEN -9d AND -2d",
            (
                "amount_spent > 5"
                " AND (last_order_date < -9d OR last_order_date > -2d OR last_order_date IS NULL)"
            ),
        ),
        ("number_of_orders NOT IN (1, 2)", "number_of_orders != 1 AND number_of_orders != 2"),
        ("NOT number_of_orders NOT IN (1, 2)", "number_of_orders = 1 OR number_of_orders = 2"),
    ],
)
def test_what_shopify_knows_is_said_in_its_words_with_our_meaning_of_missing(ours: str, theirs: str) -> None:
    """Shopify's != takes in customers without the fact, ours does not; its NOT is said by opposites."""
    assert shopify(ours).query == theirs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rating > 5", "rating: Shopify does not know it"),
        ("next_order_date < today", "next_order_date: Shopify does not know it"),
        ("shops CONTAINS 'tea'", "shops: Shopify does not know what other shops know"),
        (
            "customer_cities CONTAINS 'Київ'",
            "customer_cities: Shopify names regions and cities by codes of its own",
        ),
        (
            "customer_language STARTS WITH 'pt'",
            "customer_language: Shopify does not compare it by STARTS WITH",
        ),
        ("number_of_orders IS NULL", "number_of_orders: Shopify does not compare it by IS NULL"),
        ("number_of_orders > 2.5", "number_of_orders: Shopify compares it with whole numbers only"),
        ("number_of_orders IN (1, 2.5)", "number_of_orders: Shopify compares it with whole numbers only"),
        (
            "number_of_orders BETWEEN 1 AND 9223372036854775808",
            "number_of_orders: Shopify compares it with whole numbers only",
        ),
        ("property.hobby = 'chess'", "property.hobby: Shopify does not know it"),
    ],
)
def test_what_cannot_be_said_there_is_named_with_its_reason(text: str, reason: str) -> None:
    assert shopify(f"number_of_orders > 2 AND NOT ({text} OR {text})") == ShopifySegment(None, (reason,))


def test_more_than_ten_comparisons_cannot_be_said_there() -> None:
    ten = " OR ".join(f"customer_tags CONTAINS 't{at}'" for at in range(10))
    assert shopify(ten).query == ten
    missing = " OR ".join(f"NOT last_order_date < -{at}d" for at in range(1, 7))
    reason = "Shopify takes at most 10 comparisons, and there this would be 12"
    assert shopify(missing) == ShopifySegment(None, (reason,))


def test_sums_are_only_those_of_a_shop_with_our_currency() -> None:
    said = shopify("amount_spent > 500 AND rating > 5", shop_currency="EUR")
    assert said.reasons == (
        "amount_spent: the shop counts in another currency than UAH",
        "rating: Shopify does not know it",
    )


def test_it_is_said_where_shopify_reads_the_same_words_otherwise() -> None:
    said = shopify("amount_spent > 5 AND number_of_orders > 1 AND customer_countries CONTAINS 'UA'")
    assert [text.split(",")[0] for text in said.differences] == [
        "Shopify counts what was bought in that shop only",
        "Shopify looks at every address of the customer",
    ]
    assert shopify("customer_tags CONTAINS 'vip'").differences == ()
