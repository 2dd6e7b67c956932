"""Regulars inside Wagtail: the customers for the owner's staff, the offer for the shopper.

Nothing here may import Django's models: settings modules import this package.
"""

from wagtail_regulars._database import MirrorRouter, store_database
from wagtail_regulars._signals import OrderStatusChange, order_status_changed
from wagtail_regulars._tokens import mint_token

__all__ = ["MirrorRouter", "OrderStatusChange", "mint_token", "order_status_changed", "store_database"]
