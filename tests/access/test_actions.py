"""What `AUTHORIZE` is asked about, and what its answer means."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncRequestFactory, RequestFactory

from harness.django_requests import NOBODY, OWNED
from sse_pipeline import checks
from sse_pipeline.access import authorization, authorizer
from sse_pipeline.access.actions import Grant, StreamAction
from sse_pipeline.lifecycle.snapshot import Snapshot

asked: list[Any] = []
answer: Any = None


def admit_to_all(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    asked.append(action)
    return True


async def admit_to_all_later(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    return admit_to_all(scope, stream, action)


def admit_to_cancel(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    return action == "cancel"


def older_form(scope: dict[str, Any], stream: Snapshot) -> bool:
    return True


async def older_form_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return True


def older_form_with_an_option(scope: Any, stream: Snapshot, strict: Any = False) -> bool:
    return strict is False


def action_with_a_default(scope: Any, stream: Snapshot, action: str = "") -> bool:
    return bool(action)


def any_arguments(*arguments: Any) -> bool:
    return len(arguments) == 3


def takes_one(scope: Any) -> bool:
    return True


def give(scope: dict[str, Any], stream: Snapshot, action: str) -> Any:
    return answer() if callable(answer) else answer


async def give_later(scope: dict[str, Any], stream: Snapshot, action: str) -> Any:
    return give(scope, stream, action)


async def unawaited() -> bool:
    return True


class Instance:
    def __call__(self, scope: Any, stream: Snapshot, action: str) -> bool:
        return True


instance = Instance()
partly = partial(action_with_a_default, action="read")


@pytest.fixture
def authorize(settings: Any) -> Callable[[str], None]:
    asked.clear()

    def name(function: str) -> None:
        settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.{function}"}

    return name


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        ("admit_to_all", {"read", "cancel", "stop"}),
        ("admit_to_all_later", {"read", "cancel", "stop"}),
        ("admit_to_cancel", {"cancel"}),
        ("older_form", {"read"}),
        ("older_form_later", {"read"}),
        ("older_form_with_an_option", {"read"}),
        ("partly", {"read"}),
        ("action_with_a_default", {"read", "cancel", "stop"}),
        ("any_arguments", {"read", "cancel", "stop"}),
        ("instance", {"read", "cancel", "stop"}),
    ],
)
async def test_the_setting_is_asked_about_an_action(
    authorize: Callable[[str], None], function: str, actions: set[str]
) -> None:
    authorize(function)
    stranger = AsyncRequestFactory().get("/")
    granted = {
        action: await authorization.agrant(stranger, OWNED, action) for action in StreamAction
    }
    assert {action for action, grant in granted.items() if grant} == actions
    assert set(granted.values()) <= {Grant.AUTHORIZE, None}
    assert set(asked) <= actions
    still = await asyncio.to_thread(authorization.still_admits, stranger, OWNED)
    assert still is ("read" in actions)


def test_a_callable_that_takes_other_arguments_is_named(
    authorize: Callable[[str], None],
) -> None:
    authorize("takes_one")
    with pytest.raises(ImproperlyConfigured, match=r"AUTHORIZE.*\(scope, stream, action\)"):
        authorizer.current()


def test_the_older_form_is_told_of(authorize: Callable[[str], None]) -> None:
    for function, found in (("older_form", ["sse_pipeline.I002"]), ("admit_to_all", [])):
        authorize(function)
        assert [message.id for message in checks.check_authorize()] == found
    authorize("takes_one")
    assert checks.check_authorize() == []


@pytest.mark.parametrize("function", ["give", "give_later"])
@pytest.mark.parametrize("value", ["no", "yes", 1, 0, "", [], [False], object(), unawaited])
async def test_only_true_admits(
    settings: Any,
    authorize: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
    function: str,
    value: Any,
) -> None:
    if value is unawaited and function == "give":
        return  # it is awaited: a plain function may pass the answer of another one on
    authorize(function)
    globals()["answer"] = value
    stranger = AsyncRequestFactory().get("/")
    for action in StreamAction:
        assert await authorization.agrant(stranger, OWNED, action) is None
    if function == "give":
        assert authorization.admits(RequestFactory().get("/"), OWNED) is False
    assert "SSE_PIPELINE['AUTHORIZE'] gave a value of the type" in caplog.text


@pytest.mark.parametrize("value", [None, False])
async def test_a_refusal_is_no_fault(
    authorize: Callable[[str], None], caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    authorize("give")
    globals()["answer"] = value
    assert (
        await authorization.agrant(AsyncRequestFactory().get("/"), OWNED, StreamAction.READ) is None
    )
    assert not caplog.records


def test_nobody_is_admitted_by_an_empty_owner() -> None:
    stranger = RequestFactory().get("/")
    stranger.user = NOBODY
    assert not authorization.admits(stranger, Snapshot("1", owner=""))
