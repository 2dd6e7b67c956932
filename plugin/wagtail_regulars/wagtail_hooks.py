"""What Wagtail asks of the plugin."""

from contextlib import suppress

from wagtail import hooks

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
