"""The demonstration's member of the staff: an account without a password.

The page enters the admin with it while `DEBUG` is on. No other machine reaches the site then.
"""

from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User

NAME: Final = "demonstration"
#: What it may see and do: all that the admin of the library offers.
PERMISSIONS = (
    "view_stream",
    "view_frames",
    "cancel_stream",
    "settle_component",
    "view_process",
    "view_intervention",
)


def demonstrator() -> User:
    """Return the account, and make it if this is its first use."""
    defaults = {"is_staff": True, "password": make_password(None)}
    user, _ = User.objects.get_or_create(username=NAME, defaults=defaults)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="sse_pipeline", codename__in=PERMISSIONS)
    )
    return user
