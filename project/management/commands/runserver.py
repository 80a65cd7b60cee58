"""`manage.py runserver`: Daphne's, which serves other machines on the conditions of `--host`."""

from typing import Any

from daphne.management.commands import runserver
from django.conf import settings
from django.core.management import CommandError

from project.exposure import complaint


class Command(runserver.Command):  # type: ignore[misc]
    """Serves for development, with a reload at each change of the code."""

    def run(self, **options: Any) -> None:
        """Serve.

        Raises:
            CommandError: Other machines could reach the site, with `DEBUG` or the public key.
        """
        if why := complaint(self.addr, settings.SECRET_KEY, settings.DEBUG):
            raise CommandError(f"runserver {why}")
        super().run(**options)
