"""WooCommerce's payloads as canonical models. Pure; about a hundred thousand calls must fit into seconds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel, ValidationError

from regulars_connectors import Payload, unmappable
from regulars_mapping import (
    LARGEST_MINOR,
    Address,
    Contact,
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Product,
    Refund,
    Review,
    SkipError,
    UnmappableError,
    minor_digits,
    to_minor,
)
from regulars_woocommerce._client import is_number
from regulars_woocommerce._labels import labels_in
from regulars_woocommerce._payloads import (
    CUSTOMER,
    ORDER,
    PRODUCT,
    REFUND,
    REVIEW,
    AddressPayload,
    LinePayload,
    OrderPayload,
    checked,
    cut,
)

CURRENCY_KEY: Final = "_regulars_currency"
"""Where the connector notes a refund's currency: WooCommerce states it only with the refund's order."""

_STATUSES: Final = {
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.ON_HOLD,
    "processing": OrderStatus.PROCESSING,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.FAILED,
    "refunded": OrderStatus.REFUNDED,
    "trash": OrderStatus.TRASHED,
}
_UNFINISHED: Final = ("checkout-draft", "auto-draft")
_ERASED_EMAIL: Final = "deleted@site.invalid"
_ERASED_KEY: Final = "_anonymized"
_ATTRIBUTION: Final = {
    "_wc_order_attribution_source_type": "kind",
    "_wc_order_attribution_utm_source": "source",
    "_wc_order_attribution_utm_medium": "medium",
    "_wc_order_attribution_utm_campaign": "campaign",
    "_wc_order_attribution_referrer": "referrer",
    "_wc_order_attribution_device_type": "device",
}
_NO_ATTRIBUTION: Final = "(none)"
_LONGEST_WORD: Final = 250
_MOST_STARS: Final = 5
_LONGEST_OPTION: Final = 1_000
_MOST_OPTIONS: Final = 100
_ADDRESS_TEXTS: Final = ("given_name", "family_name", "company", "line1", "line2", "city", "region")
_ADDRESS_PLACE: Final = ("line1", "line2", "city", "postcode")
_CONTACT_FIELDS: Final = ("email", "phone", "given_name", "family_name", "company", "country")
_Model = TypeVar("_Model", bound=BaseModel)


def order(payload: Payload) -> Order:
    """An order. Raises SkipError for an unfinished cart, UnmappableError with the field's path."""
    if payload.get("status") in _UNFINISHED:
        raise SkipError("an unfinished cart is no order yet")
    found = checked(ORDER, payload)
    metas = found.get("meta", [])
    status = found["shop_status"]
    values: dict[str, Any] = {
        "external_id": str(found["external_id"]),
        "number": found.get("number", ""),
        "customer_id": str(found["customer_id"]) if found.get("customer_id") else None,
        "status": _STATUSES.get(status, OrderStatus.OTHER),
        "shop_status": status,
        "currency": found["currency"],
        "placed_at": _utc(found["placed_at"]),
        "changed_at": _utc_or_none(found.get("changed_at")),
        "paid_at": _utc_or_none(found.get("paid_at")),
        "completed_at": _utc_or_none(found.get("completed_at")),
        "coupon_codes": [_plain(line.get("code", "")) for line in found.get("coupons", ())],
        "payment_method": found.get("payment_method", ""),
        "source": _source(metas),
        "contact": Contact(),
        "refund_ids": [str(refund["id"]) for refund in found["refunds"]] if "refunds" in found else None,
    }
    _add_money(values, found)
    if not _is_erased(found):
        _add_people(values, found)
    _add_shipping(values, found)
    return _built(Order, values)


def _add_money(values: dict[str, Any], found: OrderPayload) -> None:
    digits = _digits(found["currency"])
    lines = _lines(found.get("lines", ()), digits)
    fees = sum(_minor(fee.get("total", ""), digits, "fee_lines.total") for fee in found.get("fees", ()))
    values["lines"] = [_checked_line(line) for line in lines]
    values["goods"] = sum(line["net"] for line in lines) + fees
    values["goods_tax"] = _minor(found.get("goods_tax", ""), digits, "cart_tax")
    values["discount"] = _minor(found.get("discount", ""), digits, "discount_total")
    values["shipping"] = _minor(found.get("shipping", ""), digits, "shipping_total")
    values["shipping_tax"] = _minor(found.get("shipping_tax", ""), digits, "shipping_tax")
    values["total"] = _minor(found["total"], digits, "total")


def _add_people(values: dict[str, Any], found: OrderPayload) -> None:
    named = _tidied(found.get("billing", {}))
    values["contact"] = Contact.of_checked({name: named[name] for name in _CONTACT_FIELDS if name in named})
    values["billing"] = _address(named)
    if delivery := found.get("delivery"):
        values["delivery"] = _address(_tidied(delivery))


def _add_shipping(values: dict[str, Any], found: OrderPayload) -> None:
    for line in found.get("shippings", ()):
        # The title is what the shopper chose; a method id (flat_rate) says how the price was found.
        values["shipping_method"] = _plain(line.get("method_title") or line.get("method_id", ""))
        return


def refund(payload: Payload, *, currency: str) -> Refund:
    """A refund; amounts positive. ``currency`` serves where the payload carries no note of its order's."""
    noted = payload.get(CURRENCY_KEY) or currency
    if not noted:
        raise UnmappableError("currency", "is missing; set the shop's currency")
    found = checked(REFUND, payload)
    digits = _digits(str(noted))
    lines = _refund_lines(found.get("lines", ()), digits)
    fees = sum(_minor(fee.get("total", ""), digits, "fee_lines.total") for fee in found.get("fees", ()))
    goods = sum(line["net"] for line in lines) - fees
    values = {
        "external_id": str(found["external_id"]),
        "order_id": str(found["order_id"]),
        "refunded_at": _utc(found["refunded_at"]),
        "amount": abs(_minor(found["amount"], digits, "amount")),
        # Lines of nothing are what a refund by a bare amount leaves in the shop's own screen.
        "goods": goods or None,
        "reason": _plain(found.get("reason", "")),
        "lines": lines,
    }
    return _built(Refund, values)


def customer(payload: Payload) -> Customer:
    """A registered customer; the account's e-mail, not the one of the billing address."""
    found = checked(CUSTOMER, payload)
    billing, shipping = _tidied(found.get("billing", {})), _tidied(found.get("shipping", {}))
    contact = {
        "email": _known_email(found.get("email", "")),
        "phone": billing.get("phone") or shipping.get("phone", ""),
        "given_name": _plain(found.get("given_name", "")) or billing.get("given_name", ""),
        "family_name": _plain(found.get("family_name", "")) or billing.get("family_name", ""),
        "company": billing.get("company", ""),
        "country": billing.get("country") or shipping.get("country", ""),
    }
    addresses = [address for address in (_address(billing), _address(shipping)) if address]
    values = {
        "external_id": str(found["external_id"]),
        "contact": contact,
        "addresses": addresses,
        "registered_at": _utc_or_none(found.get("registered_at")),
        "changed_at": _utc_or_none(found.get("changed_at")),
        "role": found.get("role", ""),
        "labels": labels_in(found.get("meta", [])),
    }
    return _built(Customer, values)


def product(payload: Payload, *, currency: str) -> Product:
    """A product. Its price is None without ``currency``: WooCommerce does not say it with a product."""
    found = checked(PRODUCT, payload)
    price, categories = found.get("price", ""), found.get("categories", ())
    values = {
        "external_id": str(found["external_id"]),
        "name": _plain(found.get("name", "")),
        "sku": found.get("sku", ""),
        "status": found.get("status", ""),
        "price": _minor(price, _digits(currency), "regular_price") if price and currency else None,
        "categories": [_plain(category.get("name", "")) for category in categories],
        "category_ids": [str(category.get("id") or "") for category in categories],
        "attributes": _attributes(found.get("attributes", ())),
        "changed_at": _utc_or_none(found.get("changed_at")),
    }
    return _built(Product, values)


def review(payload: Payload) -> Review:
    """A review of a product. Its name and e-mail are what was typed into a form; nobody checked them."""
    found = checked(REVIEW, payload)
    stars = found.get("rating", 0)
    values = {
        "external_id": str(found["external_id"]),
        "product_id": str(found["product_id"]),
        "contact": {
            "email": _known_email(found.get("email", "")),
            "given_name": _plain(found.get("name", "")),
        },
        # Words without stars are 0; a plug-in's ten are none of ours.
        "stars": stars if 1 <= stars <= _MOST_STARS else None,
        "text": found.get("text", "").replace("\0", ""),
        "published": found.get("status") == "approved",
        "bought": found.get("verified"),
        "written_at": _utc(found["written_at"]),
    }
    return _built(Review, values)


def _built(model: type[_Model], values: Mapping[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise unmappable(error) from None


def _lines(lines: Sequence[LinePayload], digits: int) -> list[dict[str, Any]]:
    return [_line(line, digits) for line in lines]


def _line(line: LinePayload, digits: int) -> dict[str, Any]:
    product_id, variant_id = line.get("product_id"), line.get("variant_id")
    net = _minor(line["net"], digits, "line_items.total")
    gross, metas = line.get("gross"), line.get("meta")
    return {
        "external_id": str(line["external_id"]),
        "product_id": str(product_id) if product_id else "",
        "variant_id": str(variant_id) if variant_id else "",
        "sku": line.get("sku", ""),
        "name": _plain(line.get("name", "")),
        "quantity": _quantity(line["quantity"]),
        "gross": _minor(gross, digits, "line_items.subtotal") if gross else net,
        "net": net,
        "tax": _minor(line.get("tax", ""), digits, "line_items.total_tax"),
        "options": _options(metas) if metas else {},
    }


def _checked_line(line: dict[str, Any]) -> OrderLine | dict[str, Any]:
    """The line, unless a number is out of the canonical bounds: then the order's validation says which."""
    amounts = line["gross"], line["net"], line["tax"]
    fits = min(amounts) >= -LARGEST_MINOR and max(amounts) <= LARGEST_MINOR and line["quantity"] >= 0
    return OrderLine.of_checked(line) if fits else line


def _quantity(quantity: Decimal) -> Decimal:
    # Plug-ins that sell by weight keep more places than the canonical three.
    whole = int(quantity)
    return Decimal(whole) if whole == quantity else round(quantity, 3)


def _refund_lines(lines: Sequence[LinePayload], digits: int) -> list[dict[str, Any]]:
    return [
        {
            "external_id": str(line["external_id"]),
            "order_line_id": _refunded_line(line.get("meta", ())),
            "product_id": str(line["product_id"]) if line.get("product_id") else "",
            "quantity": abs(_quantity(line["quantity"])),
            "net": -_minor(line["net"], digits, "line_items.total"),
            "tax": -_minor(line.get("tax", ""), digits, "line_items.total_tax"),
        }
        for line in lines
    ]


def _refunded_line(metas: Sequence[Any]) -> str:
    for meta in metas:
        if isinstance(meta, dict) and meta.get("key") == "_refunded_item_id":
            number = str(meta.get("value", ""))
            return number if is_number(number) else ""
    return ""


def _options(metas: Sequence[Any]) -> dict[str, str]:
    """What the shopper chose of a variant: shown metadata with a plain value."""
    options: dict[str, str] = {}
    for meta in metas:
        if not isinstance(meta, dict) or len(options) == _MOST_OPTIONS:
            continue
        key = meta.get("display_key") or meta.get("key")
        value = meta.get("display_value") or meta.get("value")
        if isinstance(key, str) and isinstance(value, str) and key and not key.startswith("_"):
            name, chosen = _option(_plain(key), _plain(value))
            options[name] = chosen
    return options


def _option(name: str, value: str) -> tuple[str, str]:
    if len(name) + len(value) <= _LONGEST_OPTION:
        return name, value
    name = cut(name, _LONGEST_WORD)
    return name, cut(value, _LONGEST_OPTION - len(name))


def _attributes(attributes: Sequence[Any]) -> dict[str, list[str]]:
    """What a product comes in; what is no text is left out rather than the product with it."""
    found: dict[str, list[str]] = {}
    for attribute in attributes:
        if not isinstance(attribute, dict) or len(found) == _MOST_OPTIONS:
            continue
        name, options = attribute.get("name"), attribute.get("options")
        words = [_word(option) for option in options] if isinstance(options, list) else []
        if _word(name) and any(words):
            found[_word(name)] = list(dict.fromkeys(filter(None, words)))
    return found


def _word(value: Any) -> str:
    """A short text as the shop's own screen shows it; "" for what is no text."""
    return cut(_plain(value), _LONGEST_WORD) if isinstance(value, str) else ""


def _source(metas: Sequence[Any]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for meta in metas:
        key = meta.get("key") if isinstance(meta, dict) else None
        name = _ATTRIBUTION.get(key) if isinstance(key, str) else None
        if name is not None and (value := _attributed(meta.get("value"))):
            found[name] = value
    return found or None


def _attributed(value: Any) -> str:
    """A word of the attribution; an endless one is no reason to refuse the order it came with."""
    if not isinstance(value, str) or value == _NO_ATTRIBUTION:
        return ""
    if len(value) > _LONGEST_WORD:
        # Of a referring page the address says where from; what is long is what was asked of it.
        value = value.partition("?")[0]
    return cut(value, _LONGEST_WORD)


def _is_erased(found: OrderPayload) -> bool:
    """Whether the shop's privacy tool has been here.

    It writes an address that cannot exist over the e-mail, and one and the same name and phone over
    everybody's; what was empty stays empty, so that an order by phone is known by the tool's mark only.
    """
    if found.get("billing", {}).get("email") == _ERASED_EMAIL:
        return True
    return any(
        isinstance(meta, dict) and meta.get("key") == _ERASED_KEY and meta.get("value") == "yes"
        for meta in found.get("meta", ())
    )


def _known_email(email: str) -> str:
    return "" if email == _ERASED_EMAIL else email


def _tidied(payload: AddressPayload) -> dict[str, str]:
    address = cast("dict[str, str]", payload)
    if "&" in "".join(address.values()):
        for name in _ADDRESS_TEXTS:
            address[name] = _plain(address.get(name, ""))
    if not address.get("country", "").isupper():
        address["country"] = address.get("country", "").upper()
    return address


def _address(address: Mapping[str, str]) -> Address | None:
    """Where something can be sent; None for a name or a country alone."""
    for name in _ADDRESS_PLACE:
        if address.get(name):
            return Address.of_checked({name: value for name, value in address.items() if name != "email"})
    return None


def _plain(text: str) -> str:
    return unescape(text).strip() if "&" in text else text


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UnmappableError("date", "is not a date") from None


def _utc_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else _utc(moment)


@lru_cache(maxsize=512)
def _digits(currency: str) -> int:
    return minor_digits(currency)


def _minor(amount: str, digits: int, path: str) -> int:
    """Minor units of an amount as WooCommerce prints it; an empty one is nothing."""
    try:
        return _scaled(amount, digits)
    except UnmappableError as error:
        raise UnmappableError(path, error.reason) from None


@lru_cache(maxsize=8192)
def _scaled(amount: str, digits: int) -> int:
    # Prices repeat, so most amounts are known. Any currency of these digits scales alike.
    return to_minor(amount, _BY_DIGITS[digits]) if amount else 0


_BY_DIGITS: Final = {0: "JPY", 2: "UAH", 3: "KWD", 4: "CLF"}
