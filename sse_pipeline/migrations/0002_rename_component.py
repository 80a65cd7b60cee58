from django.db import migrations


class Migration(migrations.Migration):
    """Rename the model and keep its table: the rows and the columns stay as they are.

    The table gets its name first, explicitly. Then the new name of the model changes nothing in
    the database, except for the row of the content type.
    """

    dependencies = [("sse_pipeline", "0001_initial")]

    operations = [
        migrations.AlterModelTable("Component", "sse_pipeline_component"),
        migrations.RenameModel("Component", "StreamComponent"),
    ]
