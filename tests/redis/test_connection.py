"""The server is reached as the setting says: over TLS, with a password, by a socket."""

import logging
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from harness.certificates import certified
from harness.proxy import proxy
from harness.redis_server import RedisServer, closing_all, redis_server
from harness.tuned_store import tuned_store
from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import StoreUnavailable
from sse_pipeline.stores.redis import Tuning
from sse_pipeline.testing import STORE_CHECKS
from sse_pipeline.testing.subject import Factory

pytestmark = pytest.mark.processes

PASSWORD = "a-s3cret"

each_check = pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)


@pytest.fixture(scope="module")
def guarded() -> Iterator[RedisServer]:
    """Run a server that asks for a password."""
    with redis_server(password=PASSWORD) as server:
        yield server


@pytest.fixture(scope="module")
def secured(guarded: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Speak TLS before it: neither binary was built to."""
    context, authority = certified(tmp_path_factory.mktemp("tls"))
    with proxy(guarded.port, tls=context) as entrance:
        yield f"rediss://:{PASSWORD}@127.0.0.1:{entrance.port}/0?ssl_ca_certs={authority}"


@each_check
def test_the_contract_is_kept_over_tls_with_a_password(
    check: Callable[[Factory], None], secured: str
) -> None:
    with closing_all(secured) as make:
        check(make)


@each_check
def test_the_contract_is_kept_over_a_socket(
    check: Callable[[Factory], None], guarded: RedisServer
) -> None:
    with closing_all(f"unix://{guarded.socket}?db=1&password={PASSWORD}") as make:
        check(make)


def test_a_wrong_password_is_told_of_and_shown_to_nobody(
    secured: str,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = secured.replace(PASSWORD, "wr0ng")
    settings.SSE_PIPELINE = {"STORE": tuned_store(url, Tuning(patience=0.2))}
    names_it = r"SSE_PIPELINE\['STORE'\].* invalid username-password pair"
    with pytest.raises(StoreUnavailable, match=names_it) as told:
        SSEHandler(components=["text"]).snapshot()
    with pytest.raises(StoreUnavailable, match=names_it) as found:
        stores.current().probe()
    shown = [str(told.value), str(found.value), caplog.text]
    assert not [text for text in shown if "wr0ng" in text]
    assert "rediss://***@127.0.0.1" in str(found.value)


def test_a_server_that_nobody_vouches_for_is_not_trusted(secured: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": secured.partition("?")[0]}
    with pytest.raises(StoreUnavailable, match="certificate verify failed"):
        stores.current().probe()


def test_rights_that_are_missing_may_be_granted_later(
    guarded: RedisServer,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with guarded.client() as client:
        client.acl_setuser("clerk", enabled=True, passwords=["+desk"], categories=["+@all"])
        url = f"redis://clerk:desk@127.0.0.1:{guarded.port}/0"
        settings.SSE_PIPELINE = {"STORE": tuned_store(url, Tuning(patience=0.2))}
        handler = SSEHandler(components=["text"])
        with pytest.raises(StoreUnavailable, match="permissions"):
            handler.snapshot()
        client.acl_setuser(
            "clerk", enabled=True, passwords=["+desk"], categories=["+@all"], keys=["*"]
        )
    assert handler.snapshot().stream_id == handler.stream_id
    assert "the store can't be used, and is tried again" in caplog.text
    assert "the store can be used again" in caplog.text


def test_a_store_that_is_named_by_its_path_gets_the_settings_of_its_kind(
    settings: Settings,
) -> None:
    store = tuned_store("redis://127.0.0.1:1/0", Tuning())
    settings.SSE_PIPELINE = {"STORE": store, "LEASE": 3}
    assert stores.current().recheck == 3
