"""Invitations, and names that differ in more than case."""

import uuid
from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "0004_invitations.sql"


class Migration(migrations.Migration):
    """The table with its guard, and the constraint."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("registry", "0003_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"), name="no_two_names_but_for_case"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="account",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitation",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", None), ("used_at", None)),
                    models.Q(("account__isnull", False), ("used_at__isnull", False)),
                    _connector="OR",
                ),
                name="invitation_is_used_by_an_account",
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
