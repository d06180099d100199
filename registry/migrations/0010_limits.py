"""What the policy's limits are counted by; see the SQL file."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "0010_limits.sql"


class Migration(migrations.Migration):
    """A column with its trigger, and a table."""

    dependencies = [
        ("registry", "0009_yanked_releases"),
    ]

    operations = [
        migrations.CreateModel(
            name="UploadCount",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="upload_count",
                        serialize=False,
                        to="registry.token",
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("uploads", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="package",
            name="stored_bytes",
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
