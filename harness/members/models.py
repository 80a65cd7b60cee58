"""Users with a UUID for their key, another for their name, and a manager of another name."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Member(AbstractBaseUser):
    """A user as the admin needs it: it has neither `objects`, nor `has_perms`, nor groups."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    badge = models.UUIDField(unique=True, default=uuid.uuid4)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=True)

    members: ClassVar[models.Manager[Any]] = models.Manager()

    USERNAME_FIELD = "badge"

    def __str__(self) -> str:
        return str(self.badge)

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
