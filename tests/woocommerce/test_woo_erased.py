"""WooCommerce's payloads of an erased person: all that counts stays, nothing of the person does."""

import time
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors.erasing import TOKEN, addresses_in, is_rightly_erased, one_of_each, sow, translated
from regulars_connectors import Mask
from regulars_mapping import Kind, Order, fold_email
from regulars_woocommerce import WooCommerceConnector
from regulars_woocommerce._translate import CURRENCY_KEY
from woocommerce.conftest import A_REVIEW, exported, raw
from woocommerce.test_woo_mapping_hostile import SAMPLES, TRANSLATOR, spoiled

PERSONAL = (
    *(("billing", name) for name in ("first_name", "last_name", "company", "address_1", "address_2", "city")),
    *(("billing", name) for name in ("state", "postcode", "email", "phone")),
    *(("shipping", name) for name in ("first_name", "last_name", "company", "address_1", "city", "phone")),
    *((name,) for name in ("first_name", "last_name", "username", "email", "reviewer", "reviewer_email")),
    *(
        (name,)
        for name in ("review", "reason", "customer_note", "customer_ip_address", "customer_user_agent")
    ),
    *(
        (name,)
        for name in ("transaction_id", "order_key", "avatar_url", "payment_url", "_links", "cart_hash")
    ),
)
# What spoils a payload, as JSON prints it.
ODD_TEXTS = (
    "a\\u0000b",
    "0001-01",
    "9999-12",
    "92233720",
    "1e99",
    "12,5",
    "xxx",
    "&nGt;",
    "gid://shopify/Order/9",
)
# Short ones are part of anything: "12" of a sum, "Li" of a word.
words = st.text(
    st.characters(categories=["L", "Nd"], exclude_characters="0123456789"), min_size=4, max_size=12
)


def recorded(kind: Kind) -> list[dict[str, Any]]:
    if kind is Kind.REVIEW:
        return [A_REVIEW]
    payloads = exported(f"{kind}s")
    return [one | {CURRENCY_KEY: "UAH"} for one in payloads] if kind is Kind.REFUND else payloads


@pytest.mark.parametrize("kind", list(Kind))
def test_every_recorded_object_keeps_what_counts(translator: WooCommerceConnector, kind: Kind) -> None:
    payloads = recorded(kind)
    addresses = [address for one in payloads for address in addresses_in(translator, kind, one)]
    mask = Mask.of(TOKEN, addresses)
    people = {
        text.casefold()
        for one in payloads
        for place in (one.get("billing", {}), one.get("shipping", {}), one)
        for name in ("first_name", "last_name", "phone", "address_1", "email", "username", "reviewer_email")
        if len(text := str(place.get(name, ""))) > 5 and kind is not Kind.PRODUCT
    }
    for payload in payloads:
        erased = is_rightly_erased(translator, kind, payload, mask)
        options = [(translated(translator, kind, one) or {}).get("lines", ()) for one in (payload, erased)]
        assert options[0] == options[1], "sizes are the shop's words"
        left = orjson.dumps(erased).decode().casefold()
        assert [text for text in people if text in left] == []
    if kind is Kind.CUSTOMER:
        assert {fold_email(one) for one in addresses} == set(mask.numbers)


@st.composite
def seeded(draw: st.DrawFn) -> tuple[Kind, dict[str, Any], str]:
    """A payload that says one word wherever the person, the shopper or a plug-in may say something."""
    kind = draw(st.sampled_from([Kind.ORDER, Kind.CUSTOMER, Kind.REFUND, Kind.REVIEW]))
    payload = deepcopy(draw(st.sampled_from(SAMPLES[kind])))
    word = f"zq{draw(words)}"
    sow(payload, word)
    spelt = st.sampled_from([word, word.upper(), f"{word} {word}son", f"  {word}"])
    for *parents, last in PERSONAL:
        holder: Any = payload
        for key in parents:
            holder = holder.setdefault(key, {}) if isinstance(holder, dict) else {}
        holder[last] = f"{word}@example.com" if "email" in last else draw(spelt)
    for line in payload.get("coupon_lines", []):
        line["code"] = f"{word}-10"
    for line in payload.get("shipping_lines", []):
        line["method_title"] = f"Post to {word} {word}son"
    payload.setdefault("meta_data", []).extend(
        {"id": 9, "key": f"_wc_order_attribution_{name}", "value": f"https://x.example/?to={word}"}
        for name in ("referrer", "utm_campaign", "user_agent", "session_entry")
    )
    return kind, payload, word


@settings(deadline=None, max_examples=150)
@given(seeded())
def test_no_word_of_the_person_is_left_wherever_it_stood(given: tuple[Kind, dict[str, Any], str]) -> None:
    kind, payload, word = given
    mask = Mask.of(TOKEN, [f"{word}@example.com"])
    erased = TRANSLATOR.erased(kind, payload, mask)
    left = orjson.dumps(erased).decode()
    for spelt in (word, word.upper(), word.casefold(), word.lower(), word.encode("unicode_escape").decode()):
        assert spelt not in left
    assert TRANSLATOR.erased(kind, erased, mask) == erased


@settings(deadline=None, max_examples=400)
@given(spoiled())
def test_whatever_stands_in_a_payload_what_counts_is_what_counted(given: tuple[Kind, dict[str, Any]]) -> None:
    kind, payload = given
    assume(one_of_each(payload, ODD_TEXTS))
    is_rightly_erased(TRANSLATOR, kind, payload, Mask(TOKEN))


def test_an_option_stays_where_the_shop_made_it(translator: WooCommerceConnector) -> None:
    payload = next(deepcopy(one) for one in exported("orders") if one["id"] == 53)
    line = payload["line_items"][0]
    line["name"], line["parent_name"] = "T-shirt - L, Red", "T-shirt"
    line["meta_data"] = [
        {"id": 1, "key": "pa_fabric", "value": "wool", "display_key": "Fabric", "display_value": "Wool"},
        {"id": 2, "key": "size", "value": "L", "display_key": "Size", "display_value": "L"},
        {"id": 3, "key": "text", "value": "Red Hat", "display_key": "Print", "display_value": "Red Hat"},
        {"id": 4, "key": "Ольга", "value": "1"},
    ]
    erased = is_rightly_erased(translator, Kind.ORDER, payload, Mask(TOKEN))
    order = translator.translate(raw(Kind.ORDER, erased))
    assert isinstance(order, Order)
    assert order.lines[0].options == {"Fabric": "Wool", "Size": "L"}


def test_what_the_shop_itself_erased_stays_known_as_erased(translator: WooCommerceConnector) -> None:
    anonymous = [
        one for one in exported("orders") if any(meta["key"] == "_anonymized" for meta in one["meta_data"])
    ]
    assert anonymous
    for payload in anonymous:
        erased = is_rightly_erased(translator, Kind.ORDER, payload, Mask(TOKEN))
        assert translated(translator, Kind.ORDER, erased) == translated(translator, Kind.ORDER, payload)


def test_an_endless_order_is_erased_in_a_moment(translator: WooCommerceConnector) -> None:
    payload = deepcopy(exported("orders")[0])
    line = payload["line_items"][0]
    payload["line_items"] = [line | {"id": 1 + at, "name": "Кава " * 150} for at in range(2_000)]
    payload["billing"] |= {"first_name": "Олена " * 40, "last_name": "x" * 10_000}
    payload["coupon_lines"] = [{"id": 1, "code": f"c{at}" * 100, "discount": "1"} for at in range(100)]
    begun = time.process_time()
    erased = translator.erased(Kind.ORDER, payload, Mask(TOKEN))
    assert time.process_time() - begun < 3
    assert len(erased["line_items"]) == 2_000
