"""From where a package was closed, beside from where proposals and decisions came."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One column more, and one more act that an origin may be of."""

    dependencies = [
        ("expectations", "0006_order_of_locks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="origin",
            name="origin_is_of_one_act",
        ),
        migrations.AddField(
            model_name="origin",
            name="closing",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="origin",
                to="expectations.documentversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="origin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closing", None), ("decision", None), ("proposal__isnull", False)),
                    models.Q(("closing", None), ("decision__isnull", False), ("proposal", None)),
                    models.Q(("closing__isnull", False), ("decision", None), ("proposal", None)),
                    _connector="OR",
                ),
                name="origin_is_of_one_act",
            ),
        ),
    ]
