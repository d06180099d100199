"""Runs of trusted publishers: their accounts, what they were minted, and what they have used up."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "0007_publishers.sql"


class Migration(migrations.Migration):
    """The tables with their guards, and the kind of account."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("expectations", "0008_publishers"),
        ("registry", "0012_showing"),
    ]

    operations = [
        migrations.CreateModel(
            name="MintedRight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="MintingRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=64)),
                ("code", models.CharField(max_length=32)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="PublisherAccount",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("document", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="SpentIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=500)),
                ("sha256", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="an_account_is_a_persons_or_a_packages",
        ),
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[("person", "person"), ("robot", "robot"), ("publisher", "trusted publisher")],
                default="person",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "person"), ("person__isnull", False), ("robot_of", None)),
                    models.Q(("kind", "robot"), ("person", None), ("robot_of__isnull", False)),
                    models.Q(("kind", "publisher"), ("person", None), ("robot_of", None)),
                    _connector="OR",
                ),
                name="an_account_is_a_persons_or_a_packages",
            ),
        ),
        migrations.AddField(
            model_name="mintedright",
            name="token",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="minted_rights", to="registry.token"
            ),
        ),
        migrations.AddField(
            model_name="mintedright",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="minted_rights",
                to="expectations.documentversion",
            ),
        ),
        migrations.AddIndex(
            model_name="mintingrefusal",
            index=models.Index(fields=["subject", "at"], name="refusals_of_a_subject"),
        ),
        migrations.AddConstraint(
            model_name="mintingrefusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject__regex", "^[0-9a-f]{64}$")), name="subject_is_sha256"
            ),
        ),
        migrations.AddField(
            model_name="publisheraccount",
            name="account",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="publisher", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="spentidentity",
            constraint=models.UniqueConstraint(fields=("issuer", "sha256"), name="identity_is_spent_once"),
        ),
        migrations.AddConstraint(
            model_name="spentidentity",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="spent_is_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="mintedright",
            constraint=models.UniqueConstraint(fields=("token", "version"), name="one_right_a_token_and_version"),
        ),
        migrations.AddConstraint(
            model_name="publisheraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="publisher_is_sha256"
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
