"""Everything a real shop answered maps, to the last cent."""

from collections import defaultdict
from decimal import Decimal

import pytest

from regulars_mapping import Kind, Order, OrderStatus, Refund, from_minor
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._translate import CURRENCY_KEY
from woocommerce.conftest import exported, money, raw

ORDERS = exported("orders")
REFUNDS = exported("refunds")


def translated_orders(translator: WooCommerceConnector) -> list[Order]:
    found = [translator.translate(raw(Kind.ORDER, payload)) for payload in ORDERS]
    return [order for order in found if isinstance(order, Order)]


def sums(pairs: list[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        found[currency] += amount
    return dict(found)


def goods_in(payload: dict) -> Decimal:
    return sum((money(line["total"]) for line in payload["line_items"] + payload["fee_lines"]), Decimal(0))


def test_every_recorded_order_maps(translator: WooCommerceConnector) -> None:
    assert len(translated_orders(translator)) == len(ORDERS) == 100


def test_order_totals_of_the_recordings_are_exact(translator: WooCommerceConnector) -> None:
    orders = translated_orders(translator)
    mapped = sums([(order.currency, from_minor(order.total, order.currency)) for order in orders])
    assert mapped == {"UAH": Decimal("573881.26"), "EUR": Decimal("30320.50")}
    assert mapped == sums([(payload["currency"], money(payload["total"])) for payload in ORDERS])


def test_goods_of_the_recordings_are_exact(translator: WooCommerceConnector) -> None:
    orders = translated_orders(translator)
    mapped = sums([(order.currency, from_minor(order.goods, order.currency)) for order in orders])
    assert mapped == {"UAH": Decimal("471654.36"), "EUR": Decimal("24847.08")}
    assert mapped == sums([(payload["currency"], goods_in(payload)) for payload in ORDERS])


def test_the_parts_of_every_recorded_order_add_up_to_its_total(translator: WooCommerceConnector) -> None:
    for order in translated_orders(translator):
        assert order.goods + order.goods_tax + order.shipping + order.shipping_tax == order.total


def test_every_recorded_status_is_known(translator: WooCommerceConnector) -> None:
    assert OrderStatus.OTHER not in {order.status for order in translated_orders(translator)}


def test_refunds_of_the_recordings_are_exact(translator: WooCommerceConnector) -> None:
    currencies = {payload["id"]: payload["currency"] for payload in ORDERS}
    refunds, goods = [], []
    for payload in REFUNDS:
        currency = currencies.get(payload["parent_id"], "UAH")
        refund = translator.translate(raw(Kind.REFUND, {**payload, CURRENCY_KEY: currency}))
        assert isinstance(refund, Refund)
        refunds.append((currency, from_minor(refund.amount, currency)))
        goods.append((currency, from_minor(refund.goods or 0, currency)))
    assert len(refunds) == 21
    assert sums(refunds) == {"UAH": Decimal("56398.73"), "EUR": Decimal("10.00")}
    assert sums(goods)["UAH"] == Decimal("7200.00")
    assert sum(amount for _, amount in refunds) == sum(money(payload["amount"]) for payload in REFUNDS)
    lines = [line for payload in REFUNDS for line in payload["line_items"]]
    assert sum(amount for _, amount in goods) == -sum(money(line["total"]) for line in lines)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.PRODUCT])
def test_every_recorded_customer_and_product_maps(translator: WooCommerceConnector, kind: Kind) -> None:
    payloads = exported(f"{kind}s")
    mapped = [translator.translate(raw(kind, payload)) for payload in payloads]
    assert [found.external_id for found in mapped] == [str(payload["id"]) for payload in payloads]


def test_a_recorded_order_reads_as_its_shop_shows_it(translator: WooCommerceConnector) -> None:
    order = translator.translate(raw(Kind.ORDER, next(one for one in ORDERS if one["id"] == 53)))
    assert isinstance(order, Order)
    assert (order.currency, order.total, order.goods, order.goods_tax) == ("EUR", 659170, 542308, 108462)
    assert order.customer_id is None
    assert order.coupon_codes == ("welcome10",)
    assert order.refund_ids == ("263",)
    assert order.source is not None
    assert (order.source.source, order.source.campaign) == ("newsletter", "осінь-2026")
    assert order.lines[2].options == {"Розмір": "L"}
    assert order.delivery is not None
    assert order.delivery.line1 == "Відділення №7 Нової Пошти"
    assert order.placed_at.isoformat() == "2026-11-22T03:29:56+00:00"
