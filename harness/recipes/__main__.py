"""`python -m harness.recipes`: measure each recipe, and write the table of docs/deployment.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from harness.commands import manage
from harness.documents import write_part
from harness.producers import Producer, producers
from harness.recipes.measuring import Figures, measure
from harness.recipes.packages import PACKAGES, unpack
from harness.recipes.recipe_proxies import recipe_proxy
from harness.recipes.recipe_servers import SERVERS, RecipeServer, recipe_server
from harness.redis_server import redis_server
from harness.servers import ROOT

DOCUMENT = ROOT / "docs" / "deployment.md"
PART = "recipes"
#: The server behind each proxy.
BEHIND = "uvicorn"
HEAD = """\
| | first frame | a frame | the end | a client leaves | over a restart |
|---|---|---|---|---|---|"""


def row(name: str, figures: Figures) -> str:
    kept = f"{figures.lost} lost, {figures.repeated} twice; away for {figures.away / 1000:.1f} s"
    times = (figures.first, figures.frame, figures.end, figures.left)
    return " | ".join([f"| {name}", *(f"{each:.0f} ms" for each in times), f"{kept} |"])


def restart(server: RecipeServer) -> None:
    server.end()
    server.start()


def through(server: RecipeServer, url: str, producer: Producer) -> Figures:
    return measure(url, server.url, producer, lambda: restart(server))


def main() -> int:
    """Measure, and write the table unless only some were asked for."""
    parser = argparse.ArgumentParser(prog="python -m harness.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", help="recipes, instead of all")
    wanted = parser.parse_args().names
    unpack()
    lines = [HEAD]
    with redis_server() as redis, tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "db.sqlite3"
        manage({"DJANGO_DATABASE": str(database)}, "migrate", "--verbosity=0")
        with producers(redis.url) as (producer,):
            for name in (*SERVERS, *PACKAGES):
                if wanted and name not in wanted:
                    continue
                behind = name if name in SERVERS else BEHIND
                with recipe_server(behind, redis.url, database) as server:
                    if name in SERVERS:
                        figures = through(server, server.url, producer)
                    else:
                        with recipe_proxy(name, server.port) as url:
                            figures = through(server, url, producer)
                lines.append(row(name, figures))
                print(lines[-1], flush=True)
    if not wanted:
        write_part(DOCUMENT, PART, "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
