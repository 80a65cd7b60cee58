from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AnswerKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holder", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=64)),
                ("stream_id", models.UUIDField()),
                ("question", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["at"], name="answer_key_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("holder", "key"), name="answer_key_of_its_holder"
                    )
                ],
            },
        ),
    ]
