"""What a deletion is about is its package's, whichever kind of thing has that id."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "14_deletions.sql"


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("expectations", "0010_own_leaves")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
