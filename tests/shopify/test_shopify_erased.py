"""Shopify's payloads of an erased person: all that counts stays, nothing of the person does."""

import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from connectors.erasing import TOKEN, is_rightly_erased, objects_in, one_of_each, sow, translated
from regulars_connectors import Mask
from regulars_mapping import Kind
from shopify.conftest import gid
from shopify.shopify_payloads import an_order
from shopify.test_shopify_mapping_hostile import SAMPLES, TRANSLATOR, spoiled

ADDRESS = (
    "firstName",
    "lastName",
    "company",
    "address1",
    "address2",
    "city",
    "province",
    "provinceCode",
    "zip",
)
UNSAID = ("note", "tags", "poNumber", "customerLocale", "locale", "multipassIdentifier", "sourceIdentifier")
SAID_BY_PERSON = re.compile(rf'"({"|".join(ADDRESS)}|phone\w*|email\w*)": "(gid:|\d{{4}}-)')
# What spoils a payload, as JSON prints it.
ODD_TEXTS = (
    "a\\u0000b",
    "0001-01",
    "9999-12",
    "92233720",
    "1e99",
    "12,5",
    "xxx",
    "NaN",
    "XXX",
    "gid://shopify/Order/9",
)
# Short ones are part of anything: "12" of a sum, "Li" of a word.
words = st.text(
    st.characters(categories=["L", "Nd"], exclude_characters="0123456789"), min_size=4, max_size=12
)


@pytest.mark.parametrize("kind", list(SAMPLES))
def test_an_object_keeps_what_counts(kind: Kind) -> None:
    mask = Mask.of(TOKEN, ["Anna@example.com"])
    erased = is_rightly_erased(TRANSLATOR, kind, SAMPLES[kind](), mask)
    left = orjson.dumps(erased).decode()
    if kind is not Kind.PRODUCT:
        assert not any(
            text in left for text in ("Anna", "Koval", "Porto", "4000", "+351", "@example", "Too dark")
        )
    if kind is Kind.ORDER:
        assert erased["email"] == f"{TOKEN}.1@erased.invalid"
        assert (translated(TRANSLATOR, kind, erased) or {})["lines"][0]["options"] == {"variant": "Dark"}


@st.composite
def seeded(draw: st.DrawFn) -> tuple[Kind, dict[str, Any], str]:
    """A payload that says one word wherever the person, the shopper, staff or a plug-in may say something."""
    kind = draw(st.sampled_from([Kind.ORDER, Kind.CUSTOMER, Kind.REFUND]))
    word = f"zq{draw(words)}"
    spelt = st.sampled_from([word, word.upper(), f"{word} {word}son", f"  {word}"])
    payload: dict[str, Any] = SAMPLES[kind]()
    for holder in list(objects_in(payload)):
        holder.update({name: draw(spelt) for name in ADDRESS if name in holder})
        holder.update({name: f"{word}@example.com" for name in ("email", "emailAddress") if name in holder})
        holder.update({name: f"https://x.example/{word}" for name in ("referrerUrl",) if name in holder})
    payload |= dict.fromkeys(UNSAID, draw(spelt))
    if kind is Kind.ORDER:
        payload |= {
            "customAttributes": [{"key": word, "value": word}],
            "discountCodes": ["SPRING", f"{word}-1"],
        }
        payload["fulfillments"][0]["trackingInfo"] = [{"number": word, "url": f"https://x.example/{word}"}]
        payload["shippingLine"]["title"] = f"Post to {word}"
        payload["customerJourneySummary"]["lastVisit"] |= {"landingPage": f"/?to={word}", "source": word}
        payload["discountApplications"] = {
            "nodes": [{"title": word, "description": word, "code": f"{word}1"}]
        }
    if kind is Kind.CUSTOMER:
        payload["metafields"]["nodes"] += [
            {"namespace": space, "key": key, "value": f"For {word}"}
            for space, key in (
                ("custom", "level"),
                ("regulars", word),
                ("regulars", "sentence"),
                (word, "level"),
            )
        ]
    sow(payload, word)
    return kind, payload, word


@settings(deadline=None, max_examples=150)
@given(seeded())
def test_no_word_of_the_person_is_left_wherever_it_stood(given: tuple[Kind, dict[str, Any], str]) -> None:
    kind, payload, word = given
    mask = Mask.of(TOKEN, [f"{word}@example.com"])
    erased = TRANSLATOR.erased(kind, payload, mask)
    left = orjson.dumps(erased).decode()
    for spelt in (word, word.upper(), word.casefold(), word.lower()):
        assert spelt not in left
    assert TRANSLATOR.erased(kind, erased, mask) == erased
    if kind is Kind.ORDER:
        assert erased["discountCodes"] == ["SPRING", TOKEN]


@settings(deadline=None, max_examples=400)
@given(spoiled())
def test_whatever_stands_in_a_payload_what_counts_is_what_counted(given: tuple[Kind, dict[str, Any]]) -> None:
    kind, payload = given
    assume(one_of_each(payload, ODD_TEXTS))
    assume(not SAID_BY_PERSON.search(json.dumps(payload)))
    is_rightly_erased(TRANSLATOR, kind, payload, Mask(TOKEN))


def test_our_labels_stay_and_no_other_metafield_does() -> None:
    nodes = [
        {"namespace": "regulars", "key": "level", "type": "single_line_text_field", "value": "Gold"},
        {"namespace": "regulars", "key": "birthday", "value": "1990-05-17"},
        {"namespace": "custom", "key": "level", "value": "Gold"},
        None,
    ]
    customer = SAMPLES[Kind.CUSTOMER]() | {"metafields": {"nodes": nodes}}
    erased = is_rightly_erased(TRANSLATOR, Kind.CUSTOMER, customer, Mask(TOKEN))
    assert erased["metafields"] == {"nodes": nodes[:1]}
    assert (translated(TRANSLATOR, Kind.CUSTOMER, erased) or {})["email_verified"] is True


def test_a_guest_s_order_without_addresses_is_erased_too() -> None:
    order = an_order(customer=None, billingAddress=None, shippingAddress=None, email=None, shippingLine=None)
    erased = is_rightly_erased(TRANSLATOR, Kind.ORDER, order, Mask(TOKEN))
    assert erased["id"] == gid("Order", 42)
    assert (erased["email"], erased["billingAddress"]) == (None, None)
