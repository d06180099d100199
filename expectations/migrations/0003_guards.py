"""The guards of promise and decision; see the SQL files for what each holds."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
FILES = ("01_log", "02_people", "03_documents", "04_proposals", "05_activation", "06_triggers")


class Migration(migrations.Migration):
    """Functions and triggers. They are not undone: going back would leave decisions unguarded."""

    dependencies = [
        ("expectations", "0002_links"),
        ("registry", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunSQL((SQL / f"{name}.sql").read_text(encoding="utf-8")) for name in FILES]
