from django.db import migrations


class Migration(migrations.Migration):
    """The store of the streams keeps the keys."""

    dependencies = [("project", "0002_kept_answers")]

    operations = [migrations.DeleteModel("AnswerKey")]
