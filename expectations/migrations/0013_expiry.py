"""A proposal waits no longer than the policy lets it, whoever writes its row."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "15_expiry.sql"


class Migration(migrations.Migration):
    """A trigger."""

    dependencies = [("expectations", "0012_known_words")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
