"""What Wagtail asks of the plugin."""

from contextlib import suppress
from typing import Any

from django.urls import path, reverse
from wagtail import hooks

from wagtail_regulars._connect_woocommerce import (
    ASK,
    BACK,
    TITLE,
    ConnectedShop,
    ConnectMenuItem,
    ConnectShop,
)
from wagtail_regulars._customers import CustomerViewSet, view_only
from wagtail_regulars.mirror.models import Person

with suppress(ImportError):
    # Wagtail 8.0 keeps policies in a registry, which 7.4 does not have.
    from wagtail.permissions import register_permission_policy

    register_permission_policy(Person, view_only, exact_class=True)


@hooks.register("register_admin_viewset")
def register_customers() -> CustomerViewSet:
    """The menu "Customers"."""
    return CustomerViewSet()


@hooks.register("register_admin_urls")
def register_connecting() -> list[Any]:
    """The pages on which a WooCommerce shop is connected."""
    return [
        path("shops/woocommerce/", ConnectShop.as_view(), name=ASK),
        path("shops/woocommerce/back/", ConnectedShop.as_view(), name=BACK),
    ]


@hooks.register("register_settings_menu_item")
def register_connecting_in_the_menu() -> ConnectMenuItem:
    """The way to them."""
    return ConnectMenuItem(TITLE, reverse(ASK), name="connect-woocommerce", icon_name="link", order=900)
