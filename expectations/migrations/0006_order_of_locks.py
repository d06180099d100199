"""One order of locks for whoever decides, and for whoever changes a factor meanwhile."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "09_order_of_locks.sql"


class Migration(migrations.Migration):
    """Functions and a trigger before a voice is counted."""

    dependencies = [("expectations", "0005_open_proposals")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
