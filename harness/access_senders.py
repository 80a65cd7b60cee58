"""The senders of the table of access: their headers, and how the right of each is taken away."""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

NOBODYS = "user:0"
TOKEN = "a" * 32

#: The actions that `AUTHORIZE` admits to.
granted: set[str] = set()
#: Takes back what senders changed for all.
undone = ExitStack()


def authorize(scope: Any, stream: Any, action: str) -> bool:
    return action in granted


class Sender(NamedTuple):
    """A sender, the owner of the streams it asks about, and its headers for a stream."""

    name: str
    headers: Callable[[str], dict[str, str]]
    owner: str = NOBODYS
    #: What is taken away; "" for nothing.
    taken: str = ""
    revoke: Callable[[], object] = lambda: None


def reset() -> None:
    """Take back what earlier senders changed for all."""
    granted.clear()
    undone.close()


def user(**fields: Any) -> Any:
    from django.contrib.auth.models import User

    return User.objects.create(username=str(uuid.uuid4()), **fields)


def member(*permissions: str) -> Any:
    """Return a member of the staff with these permissions."""
    from django.contrib.auth.models import Permission

    found = user(is_staff=True)
    found.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return found


def client_of(who: Any) -> Any:
    """Return a client that has logged in, and its headers."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(who)
    return client, cookie(client.cookies["sessionid"].value)


def cookie(session: Any) -> Callable[[str], dict[str, str]]:
    headers = {"cookie": f"sessionid={session}; csrftoken={TOKEN}", "x-csrftoken": TOKEN}
    return lambda _: headers


def deactivate(who: Any) -> Callable[[], object]:
    return lambda: type(who).objects.filter(pk=who.pk).update(is_active=False)


def owner_who_logs_out() -> Sender:
    who = user()
    client, headers = client_of(who)
    return Sender("the owner", headers, f"user:{who.pk}", "logs out", client.logout)


def owner_who_is_deactivated() -> Sender:
    who = user()
    _, headers = client_of(who)
    return Sender("the owner", headers, f"user:{who.pk}", "is deactivated", deactivate(who))


def owner_without_csrf() -> Sender:
    who = user()
    client, _ = client_of(who)
    headers = {"cookie": f"sessionid={client.cookies['sessionid'].value}"}
    return Sender("the owner, without the CSRF token", lambda _: headers, f"user:{who.pk}")


def anonymous_owner() -> Sender:
    from django.contrib.sessions.backends.db import SessionStore

    from sse_pipeline.access.owners import owner_of

    session = SessionStore()
    owner = owner_of({"session": session})
    session.save()
    headers = cookie(session.session_key)
    return Sender("the session that is the owner", headers, str(owner), "ends", session.flush)


def stranger() -> Sender:
    return Sender("another user", client_of(user())[1])


def anonymous() -> Sender:
    return Sender("nobody", lambda _: {})


def staff_with_all() -> Sender:
    who = member("view_stream", "view_frames", "cancel_stream")
    revoke = who.user_permissions.clear
    return Sender("staff with all permissions", client_of(who)[1], NOBODYS, "permissions", revoke)


def staff_with_view() -> Sender:
    who = member("view_stream")
    revoke = deactivate(who)
    return Sender("staff with `view_stream`", client_of(who)[1], NOBODYS, "is deactivated", revoke)


def staff_without() -> Sender:
    return Sender("staff without permissions", client_of(member())[1])


def admitted(*actions: str) -> Callable[[], Sender]:
    def make() -> Sender:
        granted.update(actions)
        name = f"admitted by `AUTHORIZE` to {' and '.join(f'`{each}`' for each in actions)}"
        return Sender(name, lambda _: {}, NOBODYS, "another answer", granted.clear)

    return make


def by_token(
    name: str, action: str, taken: str, *permissions: str, other: str = ""
) -> Callable[[], Sender]:
    def make() -> Sender:
        who = member(*permissions)

        def headers(stream: str) -> dict[str, str]:
            return {"authorization": f"Bearer {signed(who, other or stream, action)}"}

        steps: dict[str, Callable[[], object]] = {
            "permission": who.user_permissions.clear,
            "is deactivated": deactivate(who),
        }
        revoke = steps.get(taken, lambda: None)
        return Sender(name, headers, NOBODYS, taken, revoke)

    return make


def signed(who: Any, stream: str, action: str) -> str:
    from sse_pipeline.access import staff
    from sse_pipeline.access.actions import StreamAction

    with mock.patch("django.core.signing.time", time):  # not later, even if its time has passed
        return staff.token(who, stream, StreamAction(action))


def expiring() -> Sender:
    who = member("view_frames")
    later = SimpleNamespace(time=lambda: time.time() + 61)
    expired = mock.patch("django.core.signing.time", later)
    return Sender(
        "a token to `read` this stream",
        lambda stream: {"authorization": f"Bearer {signed(who, stream, 'read')}"},
        NOBODYS,
        "expires",
        lambda: undone.enter_context(expired),
    )


SENDERS: tuple[Callable[[], Sender], ...] = (
    owner_who_logs_out,
    owner_who_is_deactivated,
    owner_without_csrf,
    anonymous_owner,
    stranger,
    anonymous,
    admitted("read"),
    admitted("stop"),
    admitted("cancel"),
    admitted("read", "cancel"),
    staff_with_all,
    staff_with_view,
    staff_without,
    by_token("a token to `read` this stream", "read", "permission", "view_frames"),
    by_token("a token to `read` this stream", "read", "is deactivated", "view_frames"),
    expiring,
    by_token(
        "a token to `read` another stream", "read", "", "view_frames", other=str(uuid.uuid4())
    ),
    by_token("a token to `stop` this stream", "stop", "permission", "cancel_stream"),
    by_token("a token to `cancel` this stream", "cancel", "permission", "cancel_stream"),
    by_token("a token of staff without permissions", "read", ""),
)
