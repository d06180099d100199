"""The guards of evidence, files, accounts and names; see the SQL file for what each holds."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "0002_guards.sql"


class Migration(migrations.Migration):
    """Triggers. They are not undone: going back would leave evidence unguarded."""

    dependencies = [("registry", "0001_initial"), ("expectations", "0003_guards")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
