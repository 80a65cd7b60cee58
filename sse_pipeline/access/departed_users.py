"""Users that are deleted: the archive forgets their streams in the same moment."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete

from .. import archive, conf
from . import users
from .owners import owner_of


def connect() -> None:
    """Listen to the deletion of users, if the site has any."""
    if users.installed():
        post_delete.connect(_forget, sender=get_user_model())


def _forget(*, instance: Any, **_: Any) -> None:
    """Delete the streams of a user. What fails keeps the user, too: nothing is left behind."""
    if conf.get().ARCHIVE is not None and (owner := owner_of(instance)) is not None:
        archive.forget(owner)
