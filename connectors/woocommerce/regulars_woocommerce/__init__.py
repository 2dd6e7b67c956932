"""The connector for WooCommerce: REST API v3, coupons and customer labels, webhooks."""

from regulars_woocommerce._connector import WooCommerceConnector, home_of
from regulars_woocommerce._wc_auth import LARGEST_GRANT, authorize_url, granted_key

__all__ = ["LARGEST_GRANT", "WooCommerceConnector", "authorize_url", "granted_key", "home_of"]
