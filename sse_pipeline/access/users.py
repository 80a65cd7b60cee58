"""The users of the site, if it has any: a site need not install `django.contrib.auth`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import SESSION_KEY, get_user, get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def installed() -> bool:
    """Return whether the site has users of Django."""
    return apps.is_installed("django.contrib.auth")


def of_session(request: HttpRequest) -> Any:
    """Return the user of a request's session, who may be anonymous; None if the site has no users.

    Queries the database.
    """
    if not installed():
        return None
    return get_user(request) if request.session is not None else _nobody()


def is_of_session(user: Any, session: Any) -> bool:
    """Return whether a user is the one of a session; nobody is the user of any."""
    if not getattr(user, "is_authenticated", True):
        return True
    key = session.get(SESSION_KEY) if session is not None else None
    return key is not None and key == str(getattr(user, "pk", None))


def reload(user: Any) -> Any:
    """Return a user as the database has it now; nobody if it is deleted, or was deactivated.

    The same if it is not a user of Django. Queries the database.
    """
    if not installed() or not isinstance(user, get_user_model()):
        return user
    found = with_key(str(user.pk))
    was_active, is_active = (getattr(each, "is_active", True) for each in (user, found))
    return _nobody() if found is None or (was_active and not is_active) else found


def with_key(key: str) -> Any:
    """Return the user with a primary key; None if there is none. Queries the database."""
    return _find(pk=key) if installed() else None


def named(name: str) -> Any:
    """Return the user with a name, as the user model defines it; None if there is none.

    Queries the database.
    """
    return _find(**{get_user_model().USERNAME_FIELD: name}) if installed() else None


def names(keys: Iterable[str]) -> dict[str, str]:
    """Return the names of users by their primary keys; without those who are gone. One query."""
    if not installed():
        return {}
    model = get_user_model()
    members = model._default_manager  # noqa: SLF001 - documented by Django
    known = [key for key in keys if _is_key(model, key)]
    found = members.filter(pk__in=known) if known else ()
    return {str(each.pk): each.get_username() for each in found}


def _is_key(model: "type[AbstractBaseUser]", key: str) -> bool:
    field = model._meta.pk  # noqa: SLF001 - documented by Django
    try:
        field.run_validators(field.to_python(key))
    except (ValidationError, ValueError):  # an owner of the site's own that looks like a user
        return False
    return True


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415 - may not be installed

    return AnonymousUser()


def _find(**values: str) -> Any:
    # Not `objects`: a user model may call its manager as it likes.
    members = get_user_model()._default_manager  # noqa: SLF001 - documented by Django
    try:
        return members.filter(**values).first()
    except (ValidationError, ValueError):  # such as a name where the field holds a UUID
        return None
