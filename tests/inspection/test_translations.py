"""The pages for the staff speak the language of the site; programs are told the same in English."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from harness import messages
from harness.admin import LIST, page_of, staff
from project.asgi import application
from sse_pipeline import SSEHandler, stores
from sse_pipeline.access.actions import StreamAction
from sse_pipeline.access.staff import token
from sse_pipeline.inspection.content import fields_of
from sse_pipeline.inspection.times import format_duration
from sse_pipeline.models import Process
from sse_pipeline.testing import SSECommunicator

CATALOGS = {name: messages.source(name) for name in messages.LANGUAGES}
TRANSLATED = {name: messages.translations(each) for name, each in CATALOGS.items()}
GERMAN = TRANSLATED["de"]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture
def german(settings: Any) -> None:
    settings.LANGUAGE_CODE = "de"


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_text_has_a_translation_and_no_other_is_kept(language: str) -> None:
    assert messages.texts() == set(TRANSLATED[language])
    assert [text for text, strings in TRANSLATED[language].items() if not all(strings)] == []
    assert [each.id for each in CATALOGS[language] if each.id and each.fuzzy] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    for text, strings in TRANSLATED[language].items():
        wanted = set(PLACEHOLDER.findall(text.singular))
        assert all(set(PLACEHOLDER.findall(string)) == wanted for string in strings), text


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalog_is_that_of_the_source(language: str) -> None:
    assert messages.translations(messages.compiled(language)) == TRANSLATED[language]


def test_short_texts_have_a_context_so_that_the_words_of_other_applications_stay() -> None:
    bare = [each for each in GERMAN if each.context is None and len(each.singular.split()) < 3]
    words = {each.singular: GERMAN[each][0] for each in bare if "{" not in each.singular}
    # Django has these too, with the same translation.
    assert words == {"All dates": "Alle Daten", "Home": "Start"}
    with translation.override("de"):
        assert translation.gettext("State") == "State"


class _Shown(HTMLParser):
    """Collects the texts of a page, and the attributes that are read aloud or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        named = {"aria-label", "title", "data-over", "data-connecting", "placeholder"}
        self.texts += [value for name, value in attrs if name in named and value]


def _shown(page: str) -> list[str]:
    parser = _Shown()
    parser.feed(page)
    return [text for text in parser.texts if text]


def _untranslated(page: str) -> Iterator[str]:
    """Yield the texts of a page that stand there in English, though there is a translation."""
    shown = _shown(page)
    for text, strings in GERMAN.items():
        for english in {text.singular, text.plural or text.singular} - set(strings):
            literal = max(PLACEHOLDER.split(english), key=len).strip()
            # A short text has to stand alone: it may be a part of a name.
            long = len(literal) > 12 and len(english.split()) > 2
            if any(literal in each if long else english == each for each in shown):
                yield english


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_the_list_is_german(client: Client, heard: Any, process: Process) -> None:
    staff(client, "view_stream", "view_process", "view_intervention")
    Process.objects.update(dropped=3, host="web-1")
    SSEHandler(components=["text", "speech"]).mark_component_complete("text")
    SSEHandler(components=["text"]).fail_component("text", "broken")
    body = client.get(LIST).content.decode()
    assert "1 von 2" in body
    assert "Das Journal hat 3 Einträge verloren" in body
    assert ">läuft</span>" in body
    assert "Nach Zustand" in body
    assert "Komponente gescheitert" in body
    for page in (LIST, "/admin/", "/admin/sse_pipeline/process/",
                 f"/admin/sse_pipeline/process/{process.pk}/change/"):  # fmt: skip
        assert list(_untranslated(client.get(page).content.decode())) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_the_page_of_a_stream_is_german(client: Client, heard: Any) -> None:
    staff(client, "view_stream", "view_frames", "cancel_stream", "settle_component")
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="x" * 1234)
    handler.fail_component("speech", "broken")
    body = client.get(page_of(handler)).content.decode()
    assert "live, aus dem Speicher" in body
    assert "text: arbeitet" in body
    assert "läuft aus (component_failed): endet spätestens in" in body
    assert "(1.234 Zeichen)" in body
    assert "Eingreifen" in body
    assert f'data-source="/streams/{handler.stream_id}/inspect/?language=de"' in body
    translated, frames = body.split("</thead>")[:-1], body.split("</thead>")[-1]
    assert "<b>component</b>" in frames.replace("<bdi>", "").replace("</bdi>", "")
    assert list(_untranslated("".join(translated))) == []  # the frames are as they were sent
    handler.mark_component_complete("text")
    stores.reset()
    body = client.get(page_of(handler)).content.decode()
    assert "eine erforderliche Komponente ist gescheitert; speech gescheitert" in body
    assert "das Journal: Der Speicher dieses Prozesses hat ihn nicht" in body
    assert list(_untranslated(body)) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_an_action_is_told_in_german_and_logged_in_english(client: Client, heard: Any) -> None:
    codenames = ("view_stream", "cancel_stream", "settle_component", "view_intervention")
    staff(client, *codenames)
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="Hello")
    page = page_of(handler).removesuffix("change/")
    settled = client.post(
        f"{page}settle/", {"component": "speech", "reason": "stuck"}, follow=True
    ).content.decode()
    assert "Die Komponente speech wurde zwangsweise abgeschlossen." in settled
    assert "schloss eine Komponente zwangsweise ab" in settled
    cancelled = client.post(f"{page}cancel/", {"reason": "asked"}, follow=True).content.decode()
    assert "Der Stream wurde abgebrochen." in cancelled
    refused = client.post(f"{page}cancel/", {"reason": ""}, follow=True).content.decode()
    assert "Nichts wurde getan: Nennen Sie den Grund" in refused
    logged = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert [*logged] == ["Completed speech by force: stuck", "Cancelled the stream: asked"]
    interventions = client.get("/admin/sse_pipeline/intervention/").content.decode()
    assert list(_untranslated(interventions)) == []


@pytest.mark.usefixtures("database_of_loop")
async def test_live_reports_speak_the_language_of_their_page(settings: Any) -> None:
    settings.SSE_PIPELINE = {"JOURNAL": False}
    user = await User.objects.acreate(username="ann", is_staff=True)
    found = [each async for each in Permission.objects.filter(codename="view_stream")]
    await sync_to_async(user.user_permissions.set)(found)
    handler = SSEHandler(components=["text"])
    signed = token(user, handler.stream_id, StreamAction.READ)
    headers = [(b"authorization", f"Bearer {signed}".encode())]
    await handler.asend("text", chunk="Hello")
    path = f"/streams/{handler.stream_id}/inspect/"
    for query, wanted in (("", "at work"), ("?language=de", "arbeitet")):
        async with SSECommunicator(application, path + query, headers=headers) as client:
            event = await client.next()
        assert event is not None
        assert wanted in event.json()["html"]
        assert event.json()["waiting_for"].startswith("text: at work")
    async with SSECommunicator(application, f"{path}?language=tlh", headers=headers) as client:
        assert client.status == 400


@pytest.mark.django_db
@pytest.mark.usefixtures("german")
def test_the_terminal_is_told_in_english(heard: Any) -> None:
    SSEHandler(components=["text"]).fail_component("text", "broken")
    written = io.StringIO()
    call_command("sse_streams", stdout=written)
    assert "component_failed" in written.getvalue()
    assert " ms" in written.getvalue()
    with translation.override("de"):
        assert format_duration(4.2) == "4,2 s"
    with translation.override(None):
        assert format_duration(4.2) == "4.2 s"
        assert fields_of({"audio": "AAAA" * 1000}) == (("audio", "3,000 bytes of audio"),)


@pytest.mark.django_db
def test_a_drawing_has_numbers_for_the_browser(client: Client, heard: Any, settings: Any) -> None:
    settings.LANGUAGE_CODE, settings.USE_THOUSAND_SEPARATOR = "de", True
    staff(client, "view_stream")
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="Hello")
    body = client.get(page_of(handler)).content.decode()
    assert 'viewBox="0 0 1000 80"' in body
    assert re.findall(r' (?:x|y|cx|x1|x2|width)="[^"]*[,][^"]*"', body) == []


@pytest.mark.django_db(transaction=True)
def test_the_names_change_nothing_in_the_database() -> None:
    written = io.StringIO()
    call_command("sqlmigrate", "sse_pipeline", "0004", stdout=written, no_color=True)
    lines = {line for line in written.getvalue().splitlines() if not line.startswith("--")}
    assert lines <= {"BEGIN;", "COMMIT;"}
    call_command("makemigrations", "sse_pipeline", check=True, dry_run=True, verbosity=0)
