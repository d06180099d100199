"""What pages show and search, made of other rows."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0011_reading_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="RenderedDescription",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("html", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="LatestFile",
            fields=[
                (
                    "package",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="latest_file",
                        serialize=False,
                        to="registry.package",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.file"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["words"], name="latest_file_words"
                    )
                ],
            },
        ),
    ]
