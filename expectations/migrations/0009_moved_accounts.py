"""What moves with an account that turns out to be another person's: nothing."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "12_moved_accounts.sql"


class Migration(migrations.Migration):
    """Functions that count voices, and ask how a proposal stands and who waits."""

    dependencies = [("expectations", "0008_publishers")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"))]
