"""What may stay of WooCommerce's payloads of an erased person: a white list by kind.

Left out are keys that open an order's page (``order_key``), numbers of payments, notes, browsers' names and
addresses, and all metadata but the few keys below: what a plug-in keeps there nobody can know. The picture of
a customer or a reviewer goes too, for its address is made of the e-mail.
"""

from collections.abc import Mapping
from typing import Any, Final

from regulars_connectors import Keep, Kept, Mask, Payload, only_kept
from regulars_mapping import Kind
from regulars_woocommerce._labels import KEYS as LABELS
from regulars_woocommerce._translate import CURRENCY_KEY


def erased(kind: Kind, payload: Payload, mask: Mask) -> dict[str, Any]:
    """A payload with nothing of a person in it; a product's as it is."""
    shape = _SHAPES.get(kind)
    return dict(payload) if shape is None else only_kept(shape, payload, mask)


def holds(kind: Kind) -> str:
    """What the shop keeps, and how its owner erases it there."""
    return _HELD.get(kind, "")


def _many(names: str, rule: Kept) -> dict[str, Kept]:
    return dict.fromkeys(names.split(), rule)


def _line(value: Any, work: Any) -> Any:
    """A line of goods. Of its options stay those that the shop made: of an attribute of all its goods
    (``pa_…``), and those that the variant's name ends in. Any other may be what the shopper wrote on it."""
    found = _LINE(value, work)
    kept = found.get("meta_data") if isinstance(found, dict) else None
    if isinstance(kept, list):
        metas = value["meta_data"]
        chosen = _variant_words(found.get("name"))
        for meta in metas.values() if isinstance(metas, Mapping) else metas:
            if isinstance(meta, Mapping) and _is_shop_s(meta, chosen):
                kept.append(_OPTION(meta, work))
    return found


def _variant_words(name: Any) -> frozenset[str]:
    """``L`` and ``Red`` of ``T-shirt - L, Red``."""
    ending = name.rpartition(" - ")[2] if isinstance(name, str) and " - " in name else ""
    return frozenset(filter(None, (word.strip() for word in ending.split(","))))


def _is_shop_s(meta: Mapping[str, Any], chosen: frozenset[str]) -> bool:
    key, value = meta.get("key"), meta.get("display_value") or meta.get("value")
    if not isinstance(key, str) or not isinstance(value, str) or key.startswith("_"):
        return False
    return key.startswith("pa_") or value.strip() in chosen


_ADDRESS: Final = Keep.fields(
    {
        **_many("first_name last_name", Keep.name),
        **_many("company address_1 address_2 city state postcode phone", Keep.nothing),
        "country": Keep.country,
        "email": Keep.email,
    }
)
_TAXES: Final = Keep.each(Keep.fields(_many("id total subtotal", Keep.number)))
_CHARGE: Final = {
    **_many("id instance_id amount total total_tax", Keep.number),
    **_many("method_id tax_class tax_status", Keep.word),
    "method_title": Keep.words,
    "taxes": _TAXES,
}
_LINE: Final = Keep.fields(
    {
        **_many("name parent_name sku", Keep.goods),
        **_many("id product_id variation_id quantity price", Keep.number),
        **_many("subtotal subtotal_tax total total_tax", Keep.number),
        "tax_class": Keep.word,
        "taxes": _TAXES,
        "meta_data": Keep.entries(
            _many("_refunded_item_id _reduced_stock _restock_refunded_items", Keep.number)
        ),
    }
)
_OPTION: Final = Keep.fields({"id": Keep.number, **_many("key value display_key display_value", Keep.goods)})
_ORDER: Final = Keep.fields(
    {
        **_many("id parent_id customer_id prices_include_tax", Keep.number),
        **_many(
            "total total_tax cart_tax discount_total discount_tax shipping_total shipping_tax", Keep.number
        ),
        **_many("status currency version created_via payment_method", Keep.word),
        "number": Keep.goods,
        "payment_method_title": Keep.words,
        **_many("date_created date_modified date_paid date_completed", Keep.date),
        **_many("date_created_gmt date_modified_gmt date_paid_gmt date_completed_gmt", Keep.date),
        **_many("billing shipping", _ADDRESS),
        "customer_note": Keep.unsaid,
        "line_items": Keep.each(_line),
        **_many("fee_lines shipping_lines", Keep.each(Keep.fields(_CHARGE))),
        "tax_lines": Keep.each(
            Keep.fields(
                {
                    **_many("id rate_id compound tax_total shipping_tax_total rate_percent", Keep.number),
                    **_many("rate_code label", Keep.words),
                }
            )
        ),
        "coupon_lines": Keep.each(
            Keep.fields(
                {
                    **_many("id discount discount_tax nominal_amount free_shipping", Keep.number),
                    "code": Keep.code,
                    "discount_type": Keep.word,
                }
            )
        ),
        "refunds": Keep.each(Keep.fields(_many("id total", Keep.number))),
        "meta_data": Keep.entries(
            {
                "_anonymized": Keep.word,
                "_wc_order_attribution_referrer": Keep.origin,
                **_many(
                    "_wc_order_attribution_source_type _wc_order_attribution_utm_source "
                    "_wc_order_attribution_utm_medium _wc_order_attribution_utm_campaign "
                    "_wc_order_attribution_device_type",
                    Keep.words,
                ),
            }
        ),
    }
)
_REFUND: Final = Keep.fields(
    {
        **_many("id parent_id amount refunded_payment", Keep.number),
        **_many("date_created date_created_gmt", Keep.date),
        CURRENCY_KEY: Keep.word,
        "reason": Keep.unsaid,
        "line_items": Keep.each(_line),
        **_many("fee_lines shipping_lines", Keep.each(Keep.fields(_CHARGE))),
    }
)
_CUSTOMER: Final = Keep.fields(
    {
        **_many("id is_paying_customer orders_count total_spent", Keep.number),
        **_many("date_created date_modified date_created_gmt date_modified_gmt", Keep.date),
        "email": Keep.email,
        **_many("first_name last_name", Keep.name),
        "username": Keep.username,
        "role": Keep.word,
        **_many("billing shipping", _ADDRESS),
        "meta_data": Keep.entries(dict.fromkeys(LABELS, Keep.words)),
    }
)
_REVIEW: Final = Keep.fields(
    {
        **_many("id product_id rating verified", Keep.number),
        **_many("date_created date_created_gmt", Keep.date),
        "status": Keep.word,
        "product_name": Keep.goods,
        "reviewer": Keep.name,
        "reviewer_email": Keep.email,
        "review": Keep.unsaid,
    }
)
_SHAPES: Final[Mapping[Kind, Kept]] = {
    Kind.ORDER: _ORDER,
    Kind.REFUND: _REFUND,
    Kind.CUSTOMER: _CUSTOMER,
    Kind.REVIEW: _REVIEW,
}
_HELD: Final[Mapping[Kind, str]] = {
    Kind.CUSTOMER: (
        "WordPress keeps the customer's account: delete it under Users, for “Erase Personal Data” empties "
        "only its addresses and leaves the name and the e-mail that it signs in with."
    ),
    Kind.ORDER: (
        "WooCommerce keeps names, addresses and phones in orders: tick “Remove personal data from orders "
        "on request” under WooCommerce → Settings → Accounts & Privacy, then send the person's e-mail "
        "through Tools → Erase Personal Data. It leaves what the customer wrote as a note to the order."
    ),
    Kind.REFUND: (
        "WooCommerce keeps the reasons of refunds as they were typed, and its privacy tool leaves them: look "
        "at the refunded orders."
    ),
    Kind.REVIEW: (
        "WordPress keeps reviews with name and e-mail: Tools → Erase Personal Data makes them anonymous and "
        "leaves their words, which are edited or deleted under Products → Reviews."
    ),
}
