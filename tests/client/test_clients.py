"""The clients of the documents, unmodified: those that are said to be exact are."""

import pytest
from playwright.async_api import Page

from harness.clients.reading import CLIENTS, Cell, read_all, verdict
from harness.clients.scenarios import SCENARIOS, STAYING
from harness.clients.table import EXACT, PAGE, exact_in
from harness.servers import Server

SEED = 1
BROKEN = [name for name in SCENARIOS if name not in {"whole", STAYING}]
SAID = exact_in(PAGE.read_text())


@pytest.mark.parametrize("scenario", BROKEN)
async def test_a_client_is_as_exact_as_the_documents_say(
    page: Page, client_site: Server, scenario: str
) -> None:
    clients = [client for client in CLIENTS if Cell(client, scenario) in SAID]
    assert "sse-pipeline" in clients
    found = await read_all(client_site, page, clients, [scenario], SEED)
    verdicts = {cell.client: verdict(cell, got) for cell, got in found.items()}
    assert verdicts == dict.fromkeys(clients, EXACT)
