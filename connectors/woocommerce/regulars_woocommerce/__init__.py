"""The connector for WooCommerce: REST API v3, coupons and customer labels, webhooks."""

from regulars_woocommerce._connector import WooCommerceConnector

__all__ = ["WooCommerceConnector"]
