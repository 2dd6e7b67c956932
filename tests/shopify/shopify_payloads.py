"""Payloads as Shopify sends them, of generated people."""

from typing import Any

from shopify.conftest import bag, gid


def an_address(**changes: Any) -> dict[str, Any]:
    values = {
        "firstName": "Anna",
        "lastName": "Koval",
        "company": None,
        "address1": "12 High Street",
        "address2": None,
        "city": "Porto",
        "province": None,
        "provinceCode": None,
        "zip": "4000",
        "countryCodeV2": "PT",
        "phone": "+351210000000",
    }
    return values | changes


def a_line(number: int = 1, **changes: Any) -> dict[str, Any]:
    values = {
        "id": gid("LineItem", number),
        "name": "Coffee - Dark",
        "title": "Coffee",
        "variantTitle": "Dark",
        "sku": "C-1",
        "quantity": 2,
        "product": {"id": gid("Product", 5)},
        "variant": {"id": gid("ProductVariant", 6)},
        "originalTotalSet": bag("20.00"),
        "discountAllocations": [],
        "taxLines": [{"title": "VAT", "rate": 0.25, "priceSet": bag("5.00")}],
    }
    return values | changes


def an_order(**changes: Any) -> dict[str, Any]:
    """Two coffees for 20 and 5 of tax, sent for 4 and 1 of tax."""
    values = {
        "id": gid("Order", 42),
        "name": "#1042",
        "processedAt": "2026-03-01T12:00:00Z",
        "createdAt": "2026-03-02T12:00:00Z",
        "updatedAt": "2026-03-03T12:00:00Z",
        "cancelledAt": None,
        "test": False,
        "taxesIncluded": False,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "fullyPaid": True,
        "email": "anna@example.com",
        "phone": None,
        "sourceName": "web",
        "paymentGatewayNames": ["shopify_payments"],
        "discountCodes": ["RG-1"],
        "customer": {"id": gid("Customer", 7)},
        "shippingAddress": an_address(firstName="Petro"),
        "billingAddress": an_address(),
        "shippingLine": {"title": "Post", "discountedPriceSet": bag("4.00")},
        "totalPriceSet": bag("30.00"),
        "totalTaxSet": bag("6.00"),
        "totalShippingPriceSet": bag("4.00"),
        "customerJourneySummary": {"ready": True, "firstVisit": None, "lastVisit": a_visit()},
        "lineItems": {"nodes": [a_line()]},
        "refunds": [{"id": gid("Refund", 9)}],
        "fulfillments": [{"id": gid("Fulfillment", 3), "createdAt": "2026-03-02T09:00:00Z"}],
    }
    return values | changes


def a_visit() -> dict[str, Any]:
    return {
        "source": "Google",
        "sourceType": "SEO",
        "referrerUrl": "https://www.example.com/",
        "utmParameters": {"source": "news", "medium": "email", "campaign": "spring"},
    }


def a_refund(**changes: Any) -> dict[str, Any]:
    line = {
        "id": gid("RefundLineItem", 11),
        "quantity": 1,
        "lineItem": {"id": gid("LineItem", 1)},
        "subtotalSet": bag("10.00"),
        "totalTaxSet": bag("2.50"),
    }
    values = {
        "id": gid("Refund", 9),
        "createdAt": "2026-03-05T12:00:00Z",
        "processedAt": "2026-03-04T12:00:00Z",
        "updatedAt": "2026-03-05T12:00:00Z",
        "note": "Too dark",
        "totalRefundedSet": bag("12.50"),
        "refundLineItems": {"nodes": [line]},
        "order": {"id": gid("Order", 42), "currencyCode": "EUR", "taxesIncluded": False},
    }
    return values | changes


def a_customer(**changes: Any) -> dict[str, Any]:
    values = {
        "id": gid("Customer", 7),
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-03-01T12:00:00Z",
        "firstName": "Anna",
        "lastName": "Koval",
        "state": "ENABLED",
        "verifiedEmail": True,
        "defaultEmailAddress": {"emailAddress": "anna@example.com"},
        "defaultPhoneNumber": {"phoneNumber": "+351910000000"},
        "defaultAddress": None,
        "addressesV2": {"nodes": [an_address()]},
        "metafields": {"nodes": [{"namespace": "regulars", "key": "discount", "value": "7.0"}]},
    }
    return values | changes


def a_product(**changes: Any) -> dict[str, Any]:
    values = {
        "id": gid("Product", 5),
        "title": "Coffee",
        "status": "ACTIVE",
        "updatedAt": "2026-03-01T12:00:00Z",
        "category": {"name": "Drinks"},
        "collections": {"nodes": [{"title": "Beans"}, {"title": "Drinks"}]},
        "variants": {"nodes": [{"sku": "C-1", "price": "10.00"}]},
        "_regulars_currency": "EUR",
    }
    return values | changes
