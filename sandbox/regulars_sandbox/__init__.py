"""Storefront doubles: local HTTP servers that behave as the platforms do, judged by recorded traffic.

``WooCommerceShop`` and ``ShopifyShop`` are each one shop in memory, ``serve`` puts it on a port, ``Faults``
makes it misbehave on order.  A ``ShopHistory`` is the neutral past a shop is filled with.
"""

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox._faults import Faults, Noise
from regulars_sandbox._history import (
    OrderStatus,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    ShopRefund,
)
from regulars_sandbox._server import RunningServer, serve
from regulars_sandbox.shopify import (
    BulkConduct,
    RateLimit,
    SegmentConduct,
    ShopifyApp,
    ShopifyDelivery,
    ShopifyShop,
)
from regulars_sandbox.woocommerce import ApiKey, Delivery, Message, Tax, WooCommerceShop

__all__ = [
    "ApiKey",
    "BulkConduct",
    "Delivery",
    "Faults",
    "Message",
    "Noise",
    "OrderStatus",
    "RateLimit",
    "Request",
    "Response",
    "RunningServer",
    "SegmentConduct",
    "ShopAddress",
    "ShopCustomer",
    "ShopHistory",
    "ShopLine",
    "ShopOrder",
    "ShopProduct",
    "ShopRefund",
    "ShopifyApp",
    "ShopifyDelivery",
    "ShopifyShop",
    "Tax",
    "WooCommerceShop",
    "serve",
]
