"""The connector for Shopify: Admin GraphQL API, personal discount codes and customer metafields, webhooks;
who asks through a shop's app proxy; access to somebody else's shop by its owner's word."""

from regulars_shopify._app_proxy import ProxiedShopper, verify_app_proxy
from regulars_shopify._connector import ShopifyConnector
from regulars_shopify._grant_code import (
    WANTED_SCOPES,
    Authorization,
    Granted,
    begin_authorization,
    finish_authorization,
)
from regulars_shopify._token import CLIENT_ID, CLIENT_SECRET

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "WANTED_SCOPES",
    "Authorization",
    "Granted",
    "ProxiedShopper",
    "ShopifyConnector",
    "begin_authorization",
    "finish_authorization",
    "verify_app_proxy",
]
