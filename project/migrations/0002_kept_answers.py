from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("project", "0001_answer_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(unique=True)),
                ("holder", models.CharField(max_length=64)),
                ("stream_id", models.UUIDField()),
                ("question", models.TextField()),
                ("text", models.TextField()),
                ("outcome", models.CharField(max_length=32)),
                ("heard_offset", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["holder", "at"], name="kept_answers_of_a_holder")],
            },
        ),
    ]
