"""`python -m project`: apply new migrations, then serve the site with Daphne in this process."""

import os
import sys
from argparse import ArgumentParser

from sse_pipeline.validation import is_loopback

from .exposure import refusal


def main() -> None:
    """Read the command line, then migrate and serve."""
    parser = ArgumentParser(prog="python -m project", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if why := refusal(options.host, os.environ):
        sys.exit(why)
    if not is_loopback(options.host):
        os.environ["DJANGO_DEBUG"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    # Not before: the settings read the environment.
    from .serving import run  # noqa: PLC0415

    run(options.host, options.port)


if __name__ == "__main__":
    main()
