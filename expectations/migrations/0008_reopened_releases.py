"""One person closes, and reopens no release by it; see the SQL file."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "10_reopened_releases.sql"


class Migration(migrations.Migration):
    """A function, replaced. It is not undone: going back would let one person reopen."""

    dependencies = [("expectations", "0007_origin_of_closings")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
