"""Two kinds of documents more: a package's trusted publishers, and the registry's identity providers."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "11_publishers.sql"


class Migration(migrations.Migration):
    """The kinds, and what the database has to know of them."""

    dependencies = [
        ("expectations", "0007_closings"),
        ("registry", "0005_token_scope"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="documentversion",
            name="document_has_its_package",
        ),
        migrations.RemoveConstraint(
            model_name="proposal",
            name="proposal_has_its_package",
        ),
        migrations.AlterField(
            model_name="documentversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("expectation", "expectation of a package"),
                    ("roster", "maintainers of a package"),
                    ("status", "state of a package"),
                    ("deletion", "deletion of a file or release"),
                    ("publishers", "trusted publishers of a package"),
                    ("roots", "roots of trust"),
                    ("policy", "policy of the registry"),
                    ("issuers", "identity providers of the registry"),
                    ("stewards", "stewards of the registry"),
                    ("person", "accounts of a person"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("expectation", "expectation of a package"),
                    ("roster", "maintainers of a package"),
                    ("status", "state of a package"),
                    ("deletion", "deletion of a file or release"),
                    ("publishers", "trusted publishers of a package"),
                    ("roots", "roots of trust"),
                    ("policy", "policy of the registry"),
                    ("issuers", "identity providers of the registry"),
                    ("stewards", "stewards of the registry"),
                    ("person", "accounts of a person"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="documentversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("expectation", "roster", "status", "deletion", "publishers")),
                        ("package__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("kind__in", ("expectation", "roster", "status", "deletion", "publishers")), _negated=True
                        ),
                        ("package", None),
                    ),
                    _connector="OR",
                ),
                name="document_has_its_package",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ("expectation", "roster", "status", "deletion", "publishers")),
                        ("package__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("kind__in", ("expectation", "roster", "status", "deletion", "publishers")), _negated=True
                        ),
                        ("package", None),
                    ),
                    _connector="OR",
                ),
                name="proposal_has_its_package",
            ),
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8")),
    ]
