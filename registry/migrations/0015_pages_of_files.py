"""A new file outdates no page while nobody sees it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "0015_pages_of_files.sql"


class Migration(migrations.Migration):
    """A function."""

    dependencies = [("registry", "0014_counts_by_account")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
