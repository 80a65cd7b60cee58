"""`python -m harness.clients`: write the table of `docs/clients.md`. It takes some minutes."""

import asyncio
import os
import sys
from argparse import ArgumentParser
from collections import defaultdict

from playwright.async_api import async_playwright

from harness import chromium, npm
from harness.clients.reading import CLIENTS, Cell, read_all, verdict
from harness.clients.scenarios import SCENARIOS
from harness.clients.table import PAGE, with_table, worst
from harness.servers import Server, serve

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.client_settings"}


async def judge(site: Server, seeds: int) -> dict[Cell, str]:
    """Return the verdict on each client in each scenario."""
    verdicts = defaultdict(list)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable(), args=sandbox
        )
        for seed in range(seeds):
            tab = await browser.new_page()
            found = await read_all(site, tab, CLIENTS, list(SCENARIOS), seed)
            for cell, got in found.items():
                verdicts[cell].append(verdict(cell, got))
            await tab.close()
            print(f"{seed + 1} of {seeds}", flush=True)
        await browser.close()
    return {cell: worst(each) for cell, each in verdicts.items()}


def main(words: list[str]) -> int:
    parser = ArgumentParser(prog="python -m harness.clients", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how often each cell is tried")
    options = parser.parse_args(words)
    npm.install()
    with serve("uvicorn", "harness.client_site:application", SETTINGS) as site:
        verdicts = asyncio.run(judge(site, options.seeds))
    PAGE.write_text(with_table(PAGE.read_text(), verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
