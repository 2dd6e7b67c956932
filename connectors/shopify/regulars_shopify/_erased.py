"""What may stay of Shopify's payloads of an erased person: a white list by kind.

Left out are notes, tags, custom attributes, tracking numbers, landing pages, consent and language, and what a
member of staff wrote as a discount's name.
"""

from collections.abc import Mapping
from typing import Any, Final

from regulars_connectors import Keep, Kept, Mask, Payload, only_kept
from regulars_mapping import Kind
from regulars_shopify._labels import NAMESPACE, TYPES


def erased(kind: Kind, payload: Payload, mask: Mask) -> dict[str, Any]:
    """A payload with nothing of a person in it; a product's as it is."""
    shape = _SHAPES.get(kind)
    return dict(payload) if shape is None else only_kept(shape, payload, mask)


def holds(kind: Kind) -> str:
    """What the shop keeps, and how its owner erases it there."""
    return _HELD.get(kind, "")


def _many(names: str, rule: Kept) -> dict[str, Kept]:
    return dict.fromkeys(names.split(), rule)


def _nodes(rule: Kept) -> Kept:
    return Keep.fields({"nodes": Keep.each(rule)})


def _metafields(value: Any, work: Any) -> Any:
    """Our labels, and no other metafield."""
    found = _METAFIELDS(value, work)
    if isinstance(found, dict) and isinstance(found.get("nodes"), list):
        found["nodes"] = [one for one in found["nodes"] if _is_ours(one)]
    return found


def _named(value: Any, work: Any) -> Any:
    """A program's word (``shopify_payments``), or a way to pay that the shop's owner gave a name to."""
    is_word = isinstance(value, str) and len(value.split()) < 2
    return Keep.word(value, work) if is_word else Keep.words(value, work)


def _is_ours(metafield: Any) -> bool:
    if not isinstance(metafield, Mapping):
        return False
    key = metafield.get("key")
    return metafield.get("namespace") == NAMESPACE and isinstance(key, str) and key in TYPES


_MONEY: Final = Keep.fields({"amount": Keep.number, "currencyCode": Keep.word})
_BAG: Final = Keep.fields(_many("shopMoney presentmentMoney", _MONEY))
_THING: Final = Keep.fields({"id": Keep.word})
_ADDRESS: Final = Keep.fields(
    {
        "id": Keep.word,
        **_many("firstName lastName", Keep.name),
        **_many("company address1 address2 city province provinceCode zip phone", Keep.nothing),
        "countryCodeV2": Keep.country,
    }
)
_TAXES: Final = Keep.each(Keep.fields({"title": Keep.words, "rate": Keep.number, "priceSet": _BAG}))
_LINE: Final = Keep.fields(
    {
        "id": Keep.word,
        **_many("name title variantTitle sku vendor", Keep.goods),
        **_many(
            "quantity currentQuantity refundableQuantity isGiftCard requiresShipping taxable", Keep.number
        ),
        **_many("product variant", _THING),
        **_many("originalUnitPriceSet originalTotalSet discountedTotalSet totalDiscountSet", _BAG),
        "discountAllocations": Keep.each(
            Keep.fields(
                {
                    "allocatedAmountSet": _BAG,
                    "discountApplication": Keep.fields({"index": Keep.number}),
                }
            )
        ),
        "taxLines": _TAXES,
    }
)
_VISIT: Final = Keep.fields(
    {
        "occurredAt": Keep.date,
        **_many("source sourceType", Keep.words),
        "referrerUrl": Keep.origin,
        "utmParameters": Keep.fields(_many("source medium campaign content term", Keep.words)),
    }
)
_DISCOUNT: Final = Keep.fields(
    {
        **_many("__typename allocationMethod targetSelection targetType", Keep.word),
        "index": Keep.number,
        "code": Keep.code,
        "value": Keep.fields(
            {"__typename": Keep.word, **_many("amount percentage", Keep.number), "currencyCode": Keep.word}
        ),
    }
)
_ORDER: Final = Keep.fields(
    {
        **_many("id currencyCode presentmentCurrencyCode cancelReason", Keep.word),
        **_many("displayFinancialStatus displayFulfillmentStatus returnStatus", Keep.word),
        **_many("legacyResourceId test confirmed edited taxesIncluded fullyPaid unpaid", Keep.number),
        **_many("createdAt updatedAt processedAt cancelledAt closedAt", Keep.date),
        "name": Keep.goods,
        "sourceName": _named,
        "paymentGatewayNames": Keep.each(_named),
        "discountCodes": Keep.each(Keep.code),
        "email": Keep.email,
        "phone": Keep.nothing,
        "customer": _THING,
        **_many("shippingAddress billingAddress", _ADDRESS),
        "shippingLine": Keep.fields(
            {
                **_many("title code source", Keep.words),
                **_many("originalPriceSet discountedPriceSet", _BAG),
            }
        ),
        **_many("subtotalPriceSet totalPriceSet totalDiscountsSet totalTaxSet totalShippingPriceSet", _BAG),
        **_many("totalRefundedSet currentTotalPriceSet currentSubtotalPriceSet totalReceivedSet", _BAG),
        **_many("netPaymentSet totalOutstandingSet", _BAG),
        "customerJourneySummary": Keep.fields(
            {"ready": Keep.number, **_many("firstVisit lastVisit", _VISIT)}
        ),
        "discountApplications": _nodes(_DISCOUNT),
        "lineItems": _nodes(_LINE),
        "refunds": Keep.each(_THING),
        "fulfillments": Keep.each(
            Keep.fields(
                {
                    **_many("id status displayStatus", Keep.word),
                    **_many("createdAt updatedAt estimatedDeliveryAt deliveredAt", Keep.date),
                }
            )
        ),
    }
)
_REFUND: Final = Keep.fields(
    {
        "id": Keep.word,
        "legacyResourceId": Keep.number,
        **_many("createdAt updatedAt processedAt", Keep.date),
        "note": Keep.unsaid,
        "totalRefundedSet": _BAG,
        "refundLineItems": _nodes(
            Keep.fields(
                {
                    **_many("id restockType", Keep.word),
                    "quantity": Keep.number,
                    "lineItem": _THING,
                    **_many("subtotalSet totalTaxSet", _BAG),
                }
            )
        ),
        "order": Keep.fields({**_many("id currencyCode", Keep.word), "taxesIncluded": Keep.number}),
    }
)
_METAFIELDS: Final = _nodes(Keep.fields({**_many("namespace key type", Keep.word), "value": Keep.words}))
_CUSTOMER: Final = Keep.fields(
    {
        **_many("id state", Keep.word),
        **_many("legacyResourceId verifiedEmail taxExempt numberOfOrders", Keep.number),
        **_many("createdAt updatedAt", Keep.date),
        **_many("firstName lastName", Keep.name),
        "amountSpent": _MONEY,
        "defaultEmailAddress": Keep.fields({"emailAddress": Keep.email}),
        "defaultPhoneNumber": Keep.fields({"phoneNumber": Keep.nothing}),
        "defaultAddress": _THING,
        "addressesV2": _nodes(_ADDRESS),
        "metafields": _metafields,
    }
)
_SHAPES: Final[Mapping[Kind, Kept]] = {
    Kind.ORDER: _ORDER,
    Kind.REFUND: _REFUND,
    Kind.CUSTOMER: _CUSTOMER,
}
_HELD: Final[Mapping[Kind, str]] = {
    Kind.CUSTOMER: (
        "Shopify keeps the customer's page with name, e-mail, phone and addresses: choose “Erase personal "
        "data” there under “More actions”. Shopify does it ten days later, and waits while an order of the "
        "last 180 days may still be disputed."
    ),
    Kind.ORDER: (
        "Shopify keeps names, addresses, phones and notes in its orders: “Erase personal data” on the "
        "customer's page empties those of its orders, too. Orders without a customer, and what staff wrote "
        "in notes, tags and timelines, are to be looked at one by one."
    ),
    Kind.REFUND: "Shopify keeps the notes of refunds as they were typed: look at the refunded orders.",
}
