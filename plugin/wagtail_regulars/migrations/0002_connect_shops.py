"""The permission to connect shops."""

from django.db import migrations


class Migration(migrations.Migration):
    """No table is touched; Django makes the permission after it."""

    dependencies = (("wagtail_regulars", "0001_initial"),)
    operations = (
        migrations.AlterModelOptions(
            name="customers",
            options={
                "verbose_name": "customers",
                "verbose_name_plural": "customers",
                "permissions": (
                    ("view_customers", "Can view customers"),
                    ("view_contact_data", "Can view customers' e-mails, phones and addresses"),
                    ("connect_shops", "Can connect shops"),
                ),
                "managed": False,
                "default_permissions": (),
            },
        ),
    )
