"""Which leaves of the audit log the application may write."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "13_own_leaves.sql"


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("expectations", "0009_moved_accounts")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
