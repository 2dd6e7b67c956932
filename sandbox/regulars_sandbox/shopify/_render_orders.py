"""Orders in the API's shape: money in bags, lines, what was given back, what was sent, where it came from."""

from __future__ import annotations

from dataclasses import replace

from regulars_sandbox._history import OrderStatus, ShopAddress, ShopLine, ShopRefund
from regulars_sandbox.shopify._phones import e164
from regulars_sandbox.shopify._render import address_record
from regulars_sandbox.shopify._sales import Applied, Sale
from regulars_sandbox.shopify._state import Record, Row, Settings, gid, iso, seconds

__all__ = ["order_record", "returned"]

_TACTICS = {"organic": "SEO", "utm": "AD", "referral": "LINK"}
_SENT = frozenset({OrderStatus.COMPLETED, OrderStatus.REFUNDED})
# Lines and addresses are numbered below their order or customer, so that a number needs no register.
_PER_ORDER = 1_000


def order_record(row: Row[Sale], settings: Settings) -> Record:
    """An Order without its customer and what depends on other orders."""
    sale, order = row.state, row.state.order
    if sale.presented:
        currency, rate = sale.presented
        settings = replace(settings, presented=currency, rate=rate)
    shown = _identity(row, settings) | _contact(row, settings) | _amounts(sale, settings)
    back = returned(sale)
    return shown | {
        "discountApplications": [
            _application(at, applied, settings) for at, applied in enumerate(sale.applied)
        ],
        "discountCodes": sale.codes,
        "discountCode": next(iter(sale.codes), None),
        "lineItems": [_line(row, at, line, back.get(at, 0), settings) for at, line in enumerate(order.lines)],
        "refunds": [_refund(row, refund, settings) for refund in order.refunds],
        "fulfillments": _fulfillments(row),
        "customerJourneySummary": _journey(row),
        "shippingLine": _shipping(row, settings),
    }


def returned(sale: Sale) -> dict[int, int]:
    """How many pieces of each line came back, by the line's place; refunds of bare amounts bring none."""
    back: dict[int, int] = {}
    for refund in sale.order.refunds:
        for at in _lines_of(sale, refund):
            back[at] = sale.order.lines[at].quantity
    return back


def _identity(row: Row[Sale], settings: Settings) -> Record:
    sale, order = row.state, row.state.order
    cancelled = None if sale.cancelled_at is None else iso(sale.cancelled_at)
    closed = None if order.completed is None else iso(seconds(order.completed))
    return {
        "__typename": "Order",
        "id": row.gid,
        "legacyResourceId": str(row.id),
        "name": row.name,
        "number": int(row.name.lstrip("#")),
        "createdAt": iso(row.created),
        "updatedAt": iso(row.updated),
        "processedAt": iso(row.processed),
        "cancelledAt": cancelled,
        "cancelReason": sale.cancel_reason,
        "closedAt": cancelled or closed,
        "closed": bool(cancelled or closed),
        "test": sale.test,
        "confirmed": True,
        "edited": False,
        "currencyCode": settings.currency,
        "presentmentCurrencyCode": settings.presented or settings.currency,
        "taxesIncluded": True,
        "displayFinancialStatus": _financial(sale),
        "displayFulfillmentStatus": "FULFILLED" if order.status in _SENT else "UNFULFILLED",
        "returnStatus": "RETURNED" if returned(sale) else "NO_RETURN",
        "fullyPaid": sale.received > 0,
        "unpaid": sale.received == 0 and sale.cancelled_at is None,
        "sourceName": sale.source_name,
        "sourceIdentifier": None,
        "paymentGatewayNames": [order.payment_title] if order.payment_title else [],
        "poNumber": None,
        "statusPageUrl": f"https://{settings.domain}/orders/{row.id}/status",
        "tags": row.tags,
        "customAttributes": [],
    }


def _contact(row: Row[Sale], settings: Settings) -> Record:
    """Whom to reach; nobody after erasure.  The phone stands for an e-mail that was not given."""
    sale, order = row.state, row.state.order
    if sale.redacted:
        names = ("email", "phone", "note", "customerLocale", "shippingAddress", "billingAddress")
        return dict.fromkeys(names) | {"customerAcceptsMarketing": False}
    return {
        "email": order.billing.email or None,
        "phone": None if order.billing.email else e164(order.billing.phone, settings.country) or None,
        "note": order.note or None,
        "customerLocale": "uk",
        "customerAcceptsMarketing": False,
        "shippingAddress": _address(order.shipping, row.id * _PER_ORDER + 1),
        "billingAddress": _address(order.billing, row.id * _PER_ORDER + 2),
    }


def _address(address: ShopAddress, number: int) -> Record | None:
    plain = (address.first_name, address.last_name, address.address_1, address.city, address.phone)
    return address_record(address, number) if any(plain) else None


def _amounts(sale: Sale, settings: Settings) -> Record:
    order, bag = sale.order, settings.bag
    cancelled = sale.cancelled_at is not None
    current = 0 if cancelled else order.total - min(sale.given_back, order.total)
    goods = sum(line.total for line in order.lines)
    back = sum(line.total for at, line in enumerate(order.lines) if at in returned(sale))
    return {
        "subtotalPriceSet": bag(goods),
        "totalPriceSet": bag(order.total),
        "totalDiscountsSet": bag(order.discount),
        "totalTaxSet": bag(0),
        "totalShippingPriceSet": bag(order.shipping_total),
        "totalRefundedSet": bag(sale.given_back),
        "currentTotalPriceSet": bag(current),
        "currentSubtotalPriceSet": bag(0 if cancelled else goods - back),
        "totalReceivedSet": bag(sale.received),
        "netPaymentSet": bag(sale.net),
        "totalOutstandingSet": bag(0 if sale.received else current),
    }


def _financial(sale: Sale) -> str:
    if sale.received and sale.given_back:
        return "REFUNDED" if sale.given_back >= sale.received else "PARTIALLY_REFUNDED"
    if sale.received:
        return "PAID"
    return "VOIDED" if sale.cancelled_at is not None else "PENDING"


def _line(row: Row[Sale], at: int, line: ShopLine, back: int, settings: Settings) -> Record:
    sale, bag = row.state, settings.bag
    left = 0 if sale.cancelled_at is not None else line.quantity - back
    lost = line.subtotal - line.total
    variant = sale.variants[at]
    return {
        "__typename": "LineItem",
        "id": _line_id(row, at),
        "name": line.name,
        "title": line.name,
        "variantTitle": None,
        "sku": line.sku or None,
        "vendor": settings.name,
        "quantity": line.quantity,
        "currentQuantity": left,
        "refundableQuantity": left,
        "isGiftCard": False,
        "requiresShipping": True,
        "taxable": True,
        "product": None if line.product_id is None else {"id": gid("Product", line.product_id)},
        "variant": None if variant is None else {"id": gid("ProductVariant", variant)},
        "originalUnitPriceSet": bag(line.subtotal // line.quantity if line.quantity else 0),
        "originalTotalSet": bag(line.subtotal),
        "discountedTotalSet": bag(line.total),
        "totalDiscountSet": bag(lost),
        "discountAllocations": [
            {"allocatedAmountSet": bag(part), "discountApplication": _application(place, applied, settings)}
            for place, applied in enumerate(sale.applied)
            if (part := applied.parts[at] if applied.parts else 0 if place else lost)
        ],
        "taxLines": [],
    }


def _line_id(row: Row[Sale], at: int) -> str:
    return gid("LineItem", row.id * _PER_ORDER + at + 1)


def _application(at: int, applied: Applied, settings: Settings) -> Record:
    percent = applied.percent
    of_its_kind = (
        {"__typename": "DiscountCodeApplication", "code": applied.code}
        if applied.code
        else {"__typename": "AutomaticDiscountApplication", "title": applied.title}
    )
    return of_its_kind | {
        "index": at,
        "allocationMethod": "ACROSS",
        "targetSelection": "ALL",
        "targetType": "LINE_ITEM",
        "value": settings.money(applied.amount)
        if percent is None
        else {"__typename": "PricingPercentageValue", "percentage": percent},
    }


def _lines_of(sale: Sale, refund: ShopRefund) -> list[int]:
    """Which lines a refund brought back: all for the whole sum, one for exactly its price, else none."""
    lines = sale.order.lines
    goods = sum(line.total for line in lines)
    if refund.amount in {goods, sale.order.total}:
        return list(range(len(lines)))
    return next(([at] for at, line in enumerate(lines) if line.total == refund.amount), [])


def _refund(row: Row[Sale], refund: ShopRefund, settings: Settings) -> Record:
    sale, at = row.state, iso(seconds(refund.created))
    lines = [(place, sale.order.lines[place]) for place in _lines_of(sale, refund)]
    return {
        "__typename": "Refund",
        "id": gid("Refund", refund.id),
        "legacyResourceId": str(refund.id),
        "createdAt": at,
        "updatedAt": at,
        "processedAt": at,
        "note": refund.reason or None,
        "totalRefundedSet": settings.bag(refund.amount),
        "refundLineItems": [
            {
                "id": gid("RefundLineItem", refund.id * _PER_ORDER + place),
                "quantity": line.quantity,
                "restockType": "RETURN",
                "restocked": True,
                "lineItem": {"id": _line_id(row, place)},
                "subtotalSet": settings.bag(line.total),
                "totalTaxSet": settings.bag(0),
            }
            for place, line in lines
        ],
        "transactions": [_transaction(row, refund, settings)],
    }


def _transaction(row: Row[Sale], refund: ShopRefund, settings: Settings) -> Record:
    at = iso(seconds(refund.created))
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", refund.id),
        "kind": "REFUND",
        "status": "SUCCESS",
        "gateway": row.state.order.payment_method or None,
        "createdAt": at,
        "processedAt": at,
        "amountSet": settings.bag(refund.amount),
        "test": row.state.test,
    }


def _fulfillments(row: Row[Sale]) -> list[Record]:
    sent = row.state.order.completed
    if sent is None:
        return []
    at = iso(seconds(sent))
    return [
        {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", row.id),
            "legacyResourceId": str(row.id),
            "name": f"{row.name}-F1",
            "status": "SUCCESS",
            "displayStatus": "DELIVERED",
            "createdAt": at,
            "updatedAt": at,
            "inTransitAt": at,
            "estimatedDeliveryAt": None,
            "deliveredAt": at,
            "trackingInfo": [],
        }
    ]


def _journey(row: Row[Sale]) -> Record:
    sale = row.state
    visit = _visit(row) if sale.attributed else None
    return {
        "ready": sale.attributed,
        "customerOrderIndex": None,
        "daysToConversion": 0 if sale.attributed else None,
        "firstVisit": visit,
        "lastVisit": visit,
    }


def _visit(row: Row[Sale]) -> Record | None:
    order = row.state.order
    if order.source_type == "admin":
        return None
    utm = order.source_type == "utm"
    parts = ("medium", "campaign", "content", "term")
    return {
        "id": gid("CustomerVisit", row.id),
        "occurredAt": iso(row.created),
        "source": order.source or "direct",
        "sourceType": _TACTICS.get(order.source_type),
        "referrerUrl": None,
        "landingPage": None,
        "utmParameters": {"source": order.source, **dict.fromkeys(parts)} if utm else None,
    }


def _shipping(row: Row[Sale], settings: Settings) -> Record | None:
    order = row.state.order
    if not order.shipping_title:
        return None
    price = settings.bag(order.shipping_total)
    return {
        "id": gid("ShippingLine", row.id),
        "title": order.shipping_title,
        "code": order.shipping_title,
        "source": "shopify",
        "custom": False,
        "isRemoved": False,
        "originalPriceSet": price,
        "discountedPriceSet": price,
    }
