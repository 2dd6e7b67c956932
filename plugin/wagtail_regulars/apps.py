"""The Django app with the admin, the storefront and their permissions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegularsConfig(AppConfig):
    """What belongs in ``INSTALLED_APPS`` beside ``wagtail_regulars.mirror``."""

    name = "wagtail_regulars"
    label = "wagtail_regulars"
    verbose_name = _("Regulars")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from wagtail_regulars import _checks  # noqa: F401
