"""Who holds a role is found by index: a registry of many packages reads the grants of one."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "16_members.sql"


class Migration(migrations.Migration):
    """A function."""

    dependencies = [("expectations", "0013_expiry")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
