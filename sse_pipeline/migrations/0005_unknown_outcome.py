from django.db import migrations, models


class Migration(migrations.Migration):
    """Write an intervention before it is done: then nobody knows yet whether it changes anything."""

    dependencies = [("sse_pipeline", "0004_verbose_names")]

    operations = [
        migrations.AlterField(
            model_name="intervention",
            name="taken",
            field=models.BooleanField(null=True, verbose_name="taken"),
        ),
    ]
