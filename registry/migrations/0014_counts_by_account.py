"""Uploads are counted by account: whoever may make one token may make many. What was counted in this hour is forgotten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """One table in the place of another."""

    dependencies = [
        ("registry", "0013_publishers"),
    ]

    operations = [
        migrations.DeleteModel(name="UploadCount"),
        migrations.CreateModel(
            name="UploadCount",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="upload_count",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("uploads", models.BigIntegerField()),
            ],
        ),
    ]
