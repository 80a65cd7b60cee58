"""System checks: what would keep streams from working, or from being safe."""

from . import deployment, secrets, setting
from .setting import check_server, check_settings

__all__ = ["check_server", "check_settings", "deployment", "secrets", "setting"]
