"""The index as it is sent, and what outdates its pages; see the SQL file."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "0006_index_pages.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_token_scope"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexEntry",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="index_entry",
                        serialize=False,
                        to="registry.file",
                    ),
                ),
                ("stamp", models.TextField(blank=True, db_default="")),
                ("json", models.TextField()),
                ("html", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="IndexPage",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("stamp", models.TextField(blank=True, db_default="")),
                ("json", models.BinaryField(db_default=b"")),
                ("json_gzip", models.BinaryField(db_default=b"")),
                ("json_sha256", models.CharField(blank=True, db_default="", max_length=64)),
                ("html", models.BinaryField(db_default=b"")),
                ("html_gzip", models.BinaryField(db_default=b"")),
                ("html_sha256", models.CharField(blank=True, db_default="", max_length=64)),
            ],
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
