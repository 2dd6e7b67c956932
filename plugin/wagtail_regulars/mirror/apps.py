"""The Django app of the mirror models."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MirrorConfig(AppConfig):
    """What belongs in ``INSTALLED_APPS`` beside ``wagtail_regulars``."""

    name = "wagtail_regulars.mirror"
    label = "regulars_mirror"
    verbose_name = _("Regulars: the store")
    default_auto_field = "django.db.models.BigAutoField"
