"""The Shopify double: the Admin GraphQL API 2026-10 over a shop in memory, judged by the API's own schema."""

from regulars_sandbox.shopify._access import SCOPES, ShopifyApp
from regulars_sandbox.shopify._bucket import ADVANCED, ENTERPRISE, PLUS, STANDARD, RateLimit
from regulars_sandbox.shopify._bulk_conduct import BULK_FAILURES, BulkConduct
from regulars_sandbox.shopify._segment_conduct import OVERLAP_CODES, SegmentConduct
from regulars_sandbox.shopify._shop import ShopifyDelivery, ShopifyShop

__all__ = [
    "ADVANCED",
    "BULK_FAILURES",
    "ENTERPRISE",
    "OVERLAP_CODES",
    "PLUS",
    "SCOPES",
    "STANDARD",
    "BulkConduct",
    "RateLimit",
    "SegmentConduct",
    "ShopifyApp",
    "ShopifyDelivery",
    "ShopifyShop",
]
