from typing import Any

from django.db import migrations, router


def fit_to_mysql(apps: Any, schema_editor: Any) -> None:
    """Compare text on MariaDB and MySQL as elsewhere, and hold all of Unicode.

    Their usual collations take `text` and `Text` for the same component of a stream.
    """
    connection = schema_editor.connection
    if connection.vendor != "mysql":
        return
    collation = "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"
    for model in apps.get_app_config("sse_pipeline").get_models():
        if router.allow_migrate_model(connection.alias, model):
            table = schema_editor.quote_name(model._meta.db_table)
            schema_editor.execute(
                f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}"
            )


class Migration(migrations.Migration):
    """Change nothing on SQLite and PostgreSQL."""

    dependencies = [("sse_pipeline", "0002_rename_component")]

    # Not atomic: MariaDB and MySQL commit each change of a table by itself.
    operations = [migrations.RunPython(fit_to_mysql, migrations.RunPython.noop, atomic=False)]
