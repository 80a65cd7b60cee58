from django.db import migrations, models


class Migration(migrations.Migration):
    """Name the trace of a stream. Processes of an older release write rows without it."""

    dependencies = [("sse_pipeline", "0006_stopped")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="trace_id",
            field=models.CharField(blank=True, db_default="", max_length=32),
        ),
    ]
