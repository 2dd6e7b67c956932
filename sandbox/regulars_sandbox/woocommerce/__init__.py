"""The WooCommerce double: behaves as recordings of a WooCommerce 10.5.0 shop show, and refuses the rest."""

from regulars_sandbox.woocommerce._auth import ApiKey
from regulars_sandbox.woocommerce._deliveries import Delivery, Message
from regulars_sandbox.woocommerce._shop import WooCommerceShop
from regulars_sandbox.woocommerce._state import Tax

__all__ = ["ApiKey", "Delivery", "Message", "Tax", "WooCommerceShop"]
