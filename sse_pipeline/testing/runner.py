"""The runner of `manage.py test`, for sites that keep streams or an archive in a database.

A store in a database has connections of its own, and PostgreSQL drops no database to which somebody
is connected.
"""

from typing import Any

from django.test.runner import DiscoverRunner

from .. import journal, stores
from ..archive.archivist import archivist


def let_go() -> None:
    """Close all that this process has open in databases beside Django's own connections."""
    archivist.stop()
    stores.reset()
    journal.reset()


class StreamsRunner(DiscoverRunner):
    """Closes the store before the databases of the tests are dropped."""

    def teardown_databases(self, old_config: Any, **options: Any) -> None:
        let_go()
        super().teardown_databases(old_config, **options)
