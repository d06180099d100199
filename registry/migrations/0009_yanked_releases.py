"""Yanked releases, and the one function that yanks; see the SQL file."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "0009_yanked_releases.sql"


class Migration(migrations.Migration):
    """The columns, and who may change them."""

    dependencies = [
        ("registry", "0008_look_alike_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="yank_reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="release",
            name="yanked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
