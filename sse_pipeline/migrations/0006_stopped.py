from django.db import migrations, models


class Migration(migrations.Migration):
    """Name what a stop brings: a status of a component, and an action. No column changes."""

    dependencies = [("sse_pipeline", "0005_unknown_outcome")]

    operations = [
        migrations.AlterField(
            model_name="intervention",
            name="action",
            field=models.CharField(
                choices=[
                    ("cancel", "cancelled the stream"),
                    ("stop", "stopped the stream"),
                    ("settle", "completed a component by force"),
                ],
                max_length=16,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="streamcomponent",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "pending"),
                    ("complete", "complete"),
                    ("failed", "failed"),
                    ("timed_out", "timed out"),
                    ("lost", "lost"),
                    ("cancelled", "cancelled"),
                    ("stopped", "stopped"),
                    ("abandoned", "abandoned"),
                ],
                max_length=16,
            ),
        ),
    ]
