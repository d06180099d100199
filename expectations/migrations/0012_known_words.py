"""Voices and kinds are words of ours: they stand in the leaves of the audit log as they are."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two constraints."""

    dependencies = [
        ("expectations", "0011_deletions"),
        ("registry", "0013_publishers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("voice__in", ["approve", "reject", "withdraw"])), name="decision_is_a_voice"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "expectation",
                            "roster",
                            "status",
                            "deletion",
                            "publishers",
                            "roots",
                            "policy",
                            "issuers",
                            "stewards",
                            "person",
                        ],
                    )
                ),
                name="proposal_is_of_a_kind",
            ),
        ),
    ]
