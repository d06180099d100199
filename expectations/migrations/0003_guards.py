"""The guards of promise and decision; see the SQL file for what each holds."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "0003_guards.sql"


class Migration(migrations.Migration):
    """Functions and triggers. They are not undone: going back would leave decisions unguarded."""

    dependencies = [("expectations", "0002_links"), ("registry", "0001_initial")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
