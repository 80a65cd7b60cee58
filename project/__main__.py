"""`python -m project`: apply new migrations, then serve the site with Daphne in this process."""

import os
import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext

from sse_pipeline.validation import is_loopback

from . import local_model
from .exposure import refusal


def main() -> None:
    """Read the command line, start a model if one is named, then migrate and serve."""
    parser = ArgumentParser(prog="python -m project", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if why := refusal(options.host, os.environ):
        sys.exit(why)
    if not is_loopback(options.host):
        os.environ["DJANGO_DEBUG"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    with _model(os.environ.get("MODEL", "")) as environment:
        os.environ.update(environment)
        # Not before: the settings read the environment.
        from .serving import run  # noqa: PLC0415

        run(options.host, options.port)


def _model(name: str) -> AbstractContextManager[dict[str, str]]:
    return local_model.serving(name) if name else nullcontext({})


if __name__ == "__main__":
    try:
        main()
    except local_model.ModelNotServed as error:
        sys.exit(str(error))
