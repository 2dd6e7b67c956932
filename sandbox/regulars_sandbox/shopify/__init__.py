"""The Shopify double: the Admin GraphQL API 2026-10 over a shop in memory, judged by the API's own schema."""

from regulars_sandbox.shopify._access import SCOPES, ShopifyApp
from regulars_sandbox.shopify._bucket import ADVANCED, ENTERPRISE, PLUS, STANDARD, RateLimit
from regulars_sandbox.shopify._shop import ShopifyDelivery, ShopifyShop

__all__ = [
    "ADVANCED",
    "ENTERPRISE",
    "PLUS",
    "SCOPES",
    "STANDARD",
    "RateLimit",
    "ShopifyApp",
    "ShopifyDelivery",
    "ShopifyShop",
]
