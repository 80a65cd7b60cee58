"""The admin's pages under a Content-Security-Policy that admits what has its nonce, and no more."""

import re
from copy import deepcopy
from typing import Any

import django
import pytest
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from harness.admin import LIST, page_of, staff
from sse_pipeline import SSEHandler

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<style|<script(?![^>]* src=)|<[^>]+ (style|on[a-z]+)=")
OURS = re.compile(r"<(?:script|link)[^>]*sse_pipeline/[^>]*>")


def stand_in(request: HttpRequest) -> dict[str, str]:
    """Give the nonce as the context processor of Django 6 does."""
    return {"csp_nonce": "of-this-reply"}


@pytest.fixture(params=["context"] + ["middleware"] * (django.VERSION >= (6, 0)))
def policy(request: pytest.FixtureRequest, settings: Settings) -> Any:
    templates = deepcopy(settings.TEMPLATES)
    processors = templates[0]["OPTIONS"]["context_processors"]
    if request.param == "context":
        processors.append(f"{__name__}.stand_in")
    else:
        processors.append("django.template.context_processors.csp")
        settings.MIDDLEWARE = [
            *settings.MIDDLEWARE,
            "django.middleware.csp.ContentSecurityPolicyMiddleware",
        ]
        sources = ["<CSP_NONCE_SENTINEL>"]
        settings.SECURE_CSP = {"script-src": sources, "style-src": sources}
    settings.TEMPLATES = templates
    return request.param


def test_the_page_of_a_stream(client: Client, heard: Any, policy: str) -> None:
    staff(client, "view_stream", "cancel_stream", "settle_component")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="x")
    reply = client.get(page_of(handler))
    body = reply.content.decode()
    nonce = "of-this-reply"
    if policy == "middleware":
        found = re.search(r"script-src 'nonce-([^']+)'", reply["Content-Security-Policy"])
        assert found
        nonce = found[1]
    tags = OURS.findall(body)
    assert len(tags) == 2
    for tag in tags:
        assert f'nonce="{nonce}"' in tag
    content = body[body.index('id="content-main"') : body.index("</main>")]
    assert not INLINE.search(content)


def test_a_site_without_a_policy(client: Client, heard: Any) -> None:
    staff(client, "view_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="x")
    body = client.get(page_of(handler)).content.decode()
    assert len(OURS.findall(body)) == 2
    assert not any("nonce" in tag for tag in OURS.findall(body))


def test_the_list_of_streams_has_nothing_inline(client: Client, heard: Any) -> None:
    staff(client, "view_stream")
    SSEHandler(components=["text"]).send("text", chunk="x")
    body = client.get(LIST).content.decode()
    table = body[body.index('id="result_list"') : body.index("</table>")]
    assert not INLINE.search(table)
