"""Whatever stands in a payload, it maps or is named; nothing else ever comes out."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars_connectors import ConnectorConfig, HttpOptions
from regulars_mapping import Kind, RegularsError
from regulars_shopify import ShopifyConnector
from regulars_shopify._records import record_of
from shopify.conftest import HOME, TOKEN_ONLY
from shopify.shopify_payloads import a_customer, a_product, a_refund, an_order

TRANSLATOR = ShopifyConnector.open(ConnectorConfig(HOME, TOKEN_ONLY, HttpOptions()))
SAMPLES = {
    Kind.ORDER: an_order,
    Kind.CUSTOMER: a_customer,
    Kind.REFUND: a_refund,
    Kind.PRODUCT: a_product,
}
ODD = st.sampled_from(
    [
        None,
        True,
        False,
        "",
        "x" * 2_000,
        "a\0b",
        "gid://shopify/Order/",
        "gid://shopify/Order/9" + "9" * 30,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-01T00:00:00",
        "1e999999",
        "-0",
        "NaN",
        "١٢.٣٤",
        "XXX",
        0,
        -1,
        2**63,
        -(2**63),
        1e308,
        0.1,
        [],
        {},
        [[]],
        [None],
        [{}],
        {"nodes": None},
        {"nodes": [None]},
        {"shopMoney": {"amount": "1", "currencyCode": "ZZZ"}},
        {"shopMoney": {"amount": "-5", "currencyCode": "EUR"}},
    ]
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path into a payload."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[Kind, dict[str, Any]]:
    kind = draw(st.sampled_from(list(SAMPLES)))
    payload = SAMPLES[kind]()
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(list(places(payload))))
        holder: Any = payload
        for key in parents:
            holder = holder[key]
        holder[last] = deepcopy(draw(ODD))
    return kind, payload


@settings(deadline=None, max_examples=600)
@given(spoiled())
def test_a_spoiled_payload_maps_or_is_named(given: tuple[Kind, dict[str, Any]]) -> None:
    kind, payload = given
    before = orjson.dumps(payload)
    record = record_of(kind, payload)
    try:
        found = TRANSLATOR.translate(record)
    except RegularsError as error:
        assert str(error)
        assert "x" * 20 not in str(error)
    else:
        assert orjson.dumps(found.model_dump(mode="json"))
    assert orjson.dumps(payload) == before
