"""Security keys, with their guards."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "07_security_keys.sql"


class Migration(migrations.Migration):
    """The table, and what the audit log tells of it."""

    dependencies = [
        ("expectations", "0003_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="SecurityKey",
            fields=[
                ("credential", models.CharField(max_length=1400, primary_key=True, serialize=False)),
                ("public_key", models.TextField()),
                ("sign_count", models.BigIntegerField()),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="security_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("sign_count__gte", 0)), name="sign_count_from_zero")
                ],
            },
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
