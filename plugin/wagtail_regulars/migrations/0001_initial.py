"""The plugin's permissions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """No table is made; Django makes the permissions after it."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Customers",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                )
            ],
            options={
                "verbose_name": "customers",
                "verbose_name_plural": "customers",
                "permissions": (
                    ("view_customers", "Can view customers"),
                    ("view_contact_data", "Can view customers' e-mails, phones and addresses"),
                ),
                "managed": False,
                "default_permissions": (),
            },
        ),
    )
