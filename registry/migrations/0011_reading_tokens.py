"""Tokens that read a private registry."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_limits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="token",
            name="scope",
            field=models.CharField(
                choices=[
                    ("upload", "upload files"),
                    ("propose", "propose changes, on which people then decide"),
                    ("read", "read and install, where the registry is private"),
                ],
                default="upload",
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(model_name="token", name="token_has_one_scope"),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["upload", "propose", "read"])), name="token_has_one_scope"
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("scope", "read"), _negated=True), ("package", None), _connector="OR"),
                name="token_reads_the_whole_registry",
            ),
        ),
    ]
