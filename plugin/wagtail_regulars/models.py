"""The plugin's permissions. Django keeps permissions with models, and the mirror's are nobody's to change."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Customers(models.Model):
    """No table: what one may be allowed to do with customers."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (
            ("view_customers", _("Can view customers")),
            ("view_contact_data", _("Can view customers' e-mails, phones and addresses")),
            ("connect_shops", _("Can connect shops")),
            ("edit_customers", _("Can write about customers: fields, talks, reminders, the stop-list")),
            ("decide_identity", _("Can say who is who: merge and split customers, and take it back")),
        )
        verbose_name = _("customers")
        verbose_name_plural = _("customers")
