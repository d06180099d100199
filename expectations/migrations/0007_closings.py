"""Closings with the factor they were done by, and the leaves of the audit log by package."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.fields.json
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "10_closings.sql"


class Migration(migrations.Migration):
    """The table with its guards, the function that writes it, and an index."""

    dependencies = [
        ("expectations", "0006_order_of_locks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="closing",
                        serialize=False,
                        to="expectations.documentversion",
                    ),
                ),
                ("factor", models.CharField(max_length=16)),
                ("factor_detail", models.CharField(max_length=200)),
                ("assertion", models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="origin",
            name="origin_is_of_one_act",
        ),
        migrations.AddIndex(
            model_name="auditleaf",
            index=models.Index(
                django.db.models.fields.json.KeyTextTransform(
                    "package", django.db.models.functions.comparison.Cast("leaf", models.JSONField())
                ),
                models.F("index"),
                name="leaves_of_a_package",
            ),
        ),
        migrations.AddField(
            model_name="closing",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="closings", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="origin",
            name="closing",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="origin",
                to="expectations.closing",
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
        migrations.AddConstraint(
            model_name="closing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assertion", ""), ("factor", "totp")),
                    models.Q(("factor", "webauthn"), models.Q(("assertion", ""), _negated=True)),
                    _connector="OR",
                ),
                name="closing_has_its_proof",
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
