"""Serves the site with Daphne in this process. To import it sets up Django."""

import fcntl
import sys
from pathlib import Path

import django

django.setup()

from channels.routing import get_default_application
from daphne.access import AccessLogGenerator
from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from sse_pipeline import stores
from sse_pipeline.answers import speech_policy
from sse_pipeline.exceptions import StoreUnavailable
from sse_pipeline.http.limited_daphne import LimitedServer
from sse_pipeline.tts import SpeechConfigError, TTSStreamer


def check() -> None:
    """Exit with a message if the settings would keep streams from working."""
    for message in run_checks(tags=["sse_pipeline"]):
        print(message, file=sys.stderr)
        if message.is_serious():
            sys.exit(1)
    try:
        TTSStreamer(settings.SPEECH, policy=speech_policy())
    except SpeechConfigError as error:
        sys.exit(f"SPEECH in the settings: {error}")


def probe() -> None:
    """Exit with a message if the store can't be used; one in the database needs its tables."""
    try:
        stores.current().probe()
    except StoreUnavailable as error:
        sys.exit(str(error))


def migrate() -> None:
    """Apply the migrations that are not applied yet, one process at a time."""
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False)
    connections.close_all()


def serve(host: str, port: int) -> None:
    """Serve until a signal ends it."""

    def announce() -> None:
        for address, number in server.listening_addresses:
            print(f"sse_pipeline is on http://{address}:{number}/ (Ctrl-C ends it)", flush=True)
        names = ", ".join(settings.ALLOWED_HOSTS)
        print(f"It answers to the names {names} (DJANGO_ALLOWED_HOSTS)", flush=True)

    server = LimitedServer(
        get_default_application(),
        endpoints=build_endpoint_description_strings(host=host, port=port),
        action_logger=AccessLogGenerator(sys.stdout),
        ready_callable=announce,
        server_name="sse_pipeline",
    )
    server.run()
    if server.abort_start:
        sys.exit(f"could not listen on {host}:{port}: is the port in use? PORT= chooses another")


def run(host: str, port: int) -> None:
    """Check the settings, migrate, look at the store, and serve until a signal ends it."""
    check()
    migrate()
    probe()
    serve(host, port)
