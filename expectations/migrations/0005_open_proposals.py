"""A bound on the open proposals of one person."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "08_open_proposals.sql"


class Migration(migrations.Migration):
    """One more trigger before a proposal is written."""

    dependencies = [("expectations", "0004_security_keys")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
