"""The permissions to write about customers, and to say who is who."""

from django.db import migrations


class Migration(migrations.Migration):
    """No table is touched; Django makes the permission after it."""

    dependencies = (("wagtail_regulars", "0002_connect_shops"),)
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
                    ("edit_customers", "Can write about customers: fields, talks, reminders, the stop-list"),
                    ("decide_identity", "Can say who is who: merge and split customers, and take it back"),
                ),
                "managed": False,
                "default_permissions": (),
            },
        ),
    )
