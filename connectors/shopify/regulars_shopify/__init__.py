"""The connector for Shopify: Admin GraphQL API, personal discount codes and customer metafields, webhooks."""

from regulars_shopify._connector import ShopifyConnector

__all__ = ["ShopifyConnector"]
