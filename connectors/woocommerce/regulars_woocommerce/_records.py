"""WooCommerce's objects as raw records."""

import json
from collections.abc import Mapping
from typing import Any, Final

from regulars_connectors import Payload, RawRecord, fingerprint
from regulars_mapping import Kind
from regulars_woocommerce._client import Item
from regulars_woocommerce._times import parsed

PATHS: Final[Mapping[Kind, str]] = {
    Kind.CUSTOMER: "customers",
    Kind.ORDER: "orders",
    Kind.PRODUCT: "products",
    Kind.REFUND: "refunds",
    Kind.REVIEW: "products/reviews",
}
# What changes though the object does not: addresses of the shop, what the asking key may do, a random choice
# of related products, text that plug-ins print, and needs_processing, which follows the products of today.
_VOLATILE: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.CUSTOMER: frozenset({"_links", "avatar_url"}),
    Kind.ORDER: frozenset(
        {"_links", "currency_symbol", "is_editable", "needs_payment", "needs_processing", "payment_url"}
    ),
    Kind.PRODUCT: frozenset({"_links", "permalink", "price_html", "related_ids"}),
    Kind.REFUND: frozenset({"_links"}),
    Kind.REVIEW: frozenset({"_links", "product_name", "product_permalink", "reviewer_avatar_urls"}),
}
# A refund never changes, and when a review did, nothing tells: they have their creation only.
_CHANGE_FIELDS: Final[Mapping[Kind, str]] = {
    Kind.CUSTOMER: "date_modified_gmt",
    Kind.ORDER: "date_modified_gmt",
    Kind.PRODUCT: "date_modified_gmt",
    Kind.REFUND: "date_created_gmt",
    Kind.REVIEW: "date_created_gmt",
}
_DEEPEST = 100


def record_of(kind: Kind, item: Item) -> RawRecord:
    """A raw record of one object as the shop sent it."""
    changed_at = parsed(item.get(_CHANGE_FIELDS[kind]))
    try:
        digest = digest_of(kind, item)
    except TypeError:
        # Metadata may be nested deeper than any JSON library writes again; its depths are kept as text.
        item = {key: _flattened(value, _DEEPEST) for key, value in item.items()}
        digest = digest_of(kind, item)
    return RawRecord(kind, str(item["id"]), changed_at, digest, item)


def digest_of(kind: Kind, payload: Payload) -> bytes:
    """The digest of a payload without what changes by itself."""
    return fingerprint(payload, ignoring=_VOLATILE[kind])


def _flattened(value: Any, depth: int) -> Any:
    if depth == 0 and isinstance(value, list | dict):
        try:
            return json.dumps(value, ensure_ascii=False)
        except RecursionError:
            return ""
    if isinstance(value, list):
        return [_flattened(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {key: _flattened(item, depth - 1) for key, item in value.items()}
    return value
