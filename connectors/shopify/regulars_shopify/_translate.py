"""Shopify's payloads as canonical models. Pure; about a hundred thousand calls must fit into seconds.

Amounts are the shop's own money, never what the buyer saw in another currency, and stand as the order was
placed: refunds are objects of their own. ``goods`` is the sum of the lines after all discounts, without tax.
Tips, duties and cash rounding are in ``total`` alone: they buy no goods, and Shopify keeps them in no line.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from regulars_connectors import Payload, unmappable
from regulars_mapping import Customer, Order, Product, Refund, UnmappableError, to_minor
from regulars_shopify._declared import declared_in, tags_in
from regulars_shopify._labels import labels_in
from regulars_shopify._money import LineMoney, line_money, minor, shipping_money
from regulars_shopify._payloads import (
    CUSTOMER,
    ORDER,
    PRODUCT,
    REFUND,
    AddressPayload,
    EmailPayload,
    LinePayload,
    OrderPayload,
    PhonePayload,
    RefundLinePayload,
    RefundPayload,
    ThingPayload,
    checked,
)
from regulars_shopify._records import CURRENCY_KEY
from regulars_shopify._source import source_of
from regulars_shopify._status import completed_at, is_paid, shop_status, status_of

_NO_VARIANT: Final = "Default Title"
_MOST_ADDRESSES: Final = 100
_PLACE: Final = ("line1", "line2", "city", "postcode")
_ADDRESS_FIELDS: Final[Mapping[str, str]] = {
    "firstName": "given_name",
    "lastName": "family_name",
    "company": "company",
    "address1": "line1",
    "address2": "line2",
    "city": "city",
    "zip": "postcode",
    "countryCodeV2": "country",
    "phone": "phone",
}
# NOT_SUBSCRIBED: never asked. INVALID and REDACTED say nothing that a person said.
_CONSENT: Final = {"SUBSCRIBED": "granted", "UNSUBSCRIBED": "withdrawn", "PENDING": "pending"}
_Model = TypeVar("_Model", bound=BaseModel)


def order(payload: Payload) -> Order:
    """An order. Raises UnmappableError with the field's path."""
    found = checked(ORDER, payload)
    refunds = found.get("refunds")
    values: dict[str, Any] = {
        "external_id": found["id"],
        "number": found.get("name", ""),
        "customer_id": _id(found.get("customer")) or None,
        "status": status_of(found),
        "shop_status": shop_status(found),
        "placed_at": _utc(found["processedAt"]),
        "changed_at": _utc(found.get("updatedAt")),
        # Shopify tells when an order was paid with its transactions only, which are not read.
        "paid_at": _utc(found["processedAt"]) if is_paid(found) else None,
        "completed_at": _utc(completed_at(found)),
        "coupon_codes": found.get("discountCodes", []),
        "payment_method": next(iter(found.get("paymentGatewayNames", [])), ""),
        "shipping_method": _title(found),
        "source": source_of(payload.get("customerJourneySummary"), found.get("sourceName", "")),
        "refund_ids": None if refunds is None else [refund["id"] for refund in refunds],
        "is_test": bool(found.get("test")),
    }
    _add_money(values, found)
    _add_people(values, found)
    return _built(Order, values)


def _add_money(values: dict[str, Any], found: OrderPayload) -> None:
    currency = found["totalPriceSet"]["shopMoney"]["currencyCode"]
    included = bool(found.get("taxesIncluded"))
    lines = found["lineItems"]["nodes"]
    amounts = [line_money(line, currency, taxes_included=included) for line in lines]
    shipping = found.get("shippingLine")
    price = (
        minor(shipping["discountedPriceSet"], currency, "shippingLine.discountedPriceSet")
        if shipping
        else minor(found.get("totalShippingPriceSet"), currency, "totalShippingPriceSet")
    )
    tax = minor(found.get("totalTaxSet"), currency, "totalTaxSet")
    shipped = shipping_money(price, amounts, tax, taxes_included=included)
    values["currency"] = currency
    values["lines"] = [_line(line, money) for line, money in zip(lines, amounts, strict=True)]
    values["goods"] = sum(money.net for money in amounts)
    values["goods_tax"] = shipped.goods_tax
    values["discount"] = sum(money.gross - money.net for money in amounts)
    values["shipping"] = shipped.shipping
    values["shipping_tax"] = shipped.shipping_tax
    values["total"] = minor(found["totalPriceSet"], currency, "totalPriceSet")


def _title(found: OrderPayload) -> str:
    shipping = found.get("shippingLine")
    return shipping.get("title", "") if shipping else ""


def _line(line: LinePayload, money: LineMoney) -> dict[str, Any]:
    variant = line.get("variantTitle", "")
    return {
        "external_id": line["id"],
        "product_id": _id(line.get("product")),
        "variant_id": _id(line.get("variant")),
        "sku": line.get("sku", ""),
        "name": line.get("title", "") or line.get("name", ""),
        "quantity": line["quantity"],
        "gross": money.gross,
        "net": money.net,
        "tax": money.tax,
        "options": {"variant": variant} if variant and variant != _NO_VARIANT else {},
    }


def _add_people(values: dict[str, Any], found: OrderPayload) -> None:
    billing = _address(found.get("billingAddress"))
    delivery = _address(found.get("shippingAddress"))
    named = billing or delivery
    values["billing"], values["delivery"] = _placed(billing), _placed(delivery)
    values["contact"] = {
        "email": found.get("email", ""),
        "phone": found.get("phone", "") or billing.get("phone", "") or delivery.get("phone", ""),
        **{name: named.get(name, "") for name in ("given_name", "family_name", "company", "country")},
    }


def refund(payload: Payload) -> Refund:
    """A refund; amounts positive."""
    found = checked(REFUND, payload)
    currency = found["totalRefundedSet"]["shopMoney"]["currencyCode"]
    included = bool(found["order"].get("taxesIncluded"))
    lines = [
        _refund_line(found, at, line, currency, included=included)
        for at, line in enumerate(found["refundLineItems"]["nodes"], 1)
    ]
    refunded_at = found.get("processedAt") or found.get("createdAt")
    if refunded_at is None:
        raise UnmappableError("processedAt", "is missing")
    amount = abs(minor(found["totalRefundedSet"], currency, "totalRefundedSet"))
    goods = sum(line["net"] for line in lines)
    values = {
        "external_id": found["id"],
        "order_id": found["order"]["id"],
        "refunded_at": _utc(refunded_at),
        "amount": amount,
        # Without lines it is a bare amount, whose goods part Shopify does not tell. Goods may come back for
        # less money than they cost, or for none.
        "goods": min(goods, amount) if goods else None,
        "reason": found.get("note", ""),
        "lines": lines,
    }
    return _built(Refund, values)


def _refund_line(
    refund: RefundPayload, at: int, line: RefundLinePayload, currency: str, *, included: bool
) -> dict[str, Any]:
    price = minor(line["subtotalSet"], currency, "refundLineItems.subtotalSet")
    tax = minor(line.get("totalTaxSet"), currency, "refundLineItems.totalTaxSet")
    return {
        # A line of a refund may have no id of its own.
        "external_id": line.get("id", "").rpartition("/")[2] or f"{refund['id']}-{at}",
        "order_line_id": _id(line.get("lineItem")),
        "quantity": line["quantity"],
        "net": price - tax if included else price,
        "tax": tax,
    }


def customer(payload: Payload) -> Customer:
    """A registered customer."""
    found = checked(CUSTOMER, payload)
    page = found.get("addressesV2")
    addresses = [_address(one) for one in (page["nodes"] if page else ())]
    main = next(iter(addresses), {})
    email, phone = found.get("defaultEmailAddress"), found.get("defaultPhoneNumber")
    contact = {
        "email": email.get("emailAddress", "") if email else "",
        "phone": (phone.get("phoneNumber", "") if phone else "") or main.get("phone", ""),
        "given_name": found.get("firstName", "") or main.get("given_name", ""),
        "family_name": found.get("lastName", "") or main.get("family_name", ""),
        "company": main.get("company", ""),
        "country": main.get("country", ""),
    }
    values = {
        "external_id": found["id"],
        "contact": contact,
        "addresses": [one for one in map(_placed, addresses) if one][:_MOST_ADDRESSES],
        "registered_at": _utc(found.get("createdAt")),
        "changed_at": _utc(found.get("updatedAt")),
        "email_verified": found.get("verifiedEmail") if contact["email"] else None,
        "role": found.get("state", "").lower(),
        "labels": labels_in(payload),
        "tags": tags_in(payload),
        "declared": declared_in(payload),
        "consents": [*_word("email", email, "emailAddress"), *_word("phone", phone, "phoneNumber")],
    }
    return _built(Customer, values)


def _word(kind: str, told: EmailPayload | PhonePayload | None, name: str) -> Iterator[dict[str, Any]]:
    """What was said about advertising there; nothing where nobody was asked."""
    given: Mapping[str, Any] = told or {}
    state, address = _CONSENT.get(given.get("marketingState", "")), given.get(name, "")
    if state and address:
        how = given.get("marketingOptInLevel", "").lower()
        yield {
            "kind": kind,
            "address": address,
            "state": state,
            "at": _utc(given.get("marketingUpdatedAt")),
            "how": how,
        }


def product(payload: Payload, *, currency: str) -> Product:
    """A product; its first variant's code and price. ``currency`` serves where the payload notes none."""
    found = checked(PRODUCT, payload)
    variants = found.get("variants")
    first = next(iter(variants["nodes"] if variants else ()), None)
    noted = payload.get(CURRENCY_KEY)
    currency = noted if isinstance(noted, str) and noted else currency
    price = first.get("price") if first else None
    collections, category = found.get("collections"), found.get("category")
    # A category of Shopify's own taxonomy is no set of goods that a discount can be for.
    ids = {category.get("name", ""): ""} if category else {}
    for one in collections["nodes"] if collections else ():
        title = one.get("title", "")
        ids[title] = ids.get(title) or one.get("id", "")
    ids.pop("", None)
    values = {
        "external_id": found["id"],
        "name": found.get("title", ""),
        "sku": first.get("sku", "") if first else "",
        "status": found.get("status", "").lower(),
        "price": to_minor(price, currency, path="variants.price") if price and currency else None,
        "categories": list(ids),
        "category_ids": list(ids.values()),
        "changed_at": _utc(found.get("updatedAt")),
    }
    return _built(Product, values)


def _built(model: type[_Model], values: Mapping[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise unmappable(error) from None


def _id(thing: ThingPayload | None) -> str:
    return thing["id"] if thing else ""


def _address(payload: AddressPayload | None) -> dict[str, str]:
    if payload is None:
        return {}
    given: Mapping[str, Any] = payload
    address = {ours: given.get(theirs, "") for theirs, ours in _ADDRESS_FIELDS.items()}
    # The name is missing where the shop's country list has only a code, and the other way round.
    address["region"] = given.get("province", "") or given.get("provinceCode", "")
    return address


def _placed(address: Mapping[str, str]) -> Mapping[str, str] | None:
    """Where something can be sent; None for a name or a country alone."""
    return address if any(address.get(name) for name in _PLACE) else None


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UnmappableError("date", "is not a date") from None
