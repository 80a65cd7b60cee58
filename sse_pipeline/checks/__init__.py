"""System checks: faults of a site that would keep streams from working, or from being safe.

`setting` checks the `SSE_PIPELINE` setting, always. `deployment` and `secrets` run with
`manage.py check --deploy`. From outside use nothing: Django runs the checks that are registered.
"""

from . import deployment, secrets, setting
from .setting import check_authorize, check_journal, check_server, check_sessions, check_settings

__all__ = [
    "check_authorize",
    "check_journal",
    "check_server",
    "check_sessions",
    "check_settings",
    "deployment",
    "secrets",
    "setting",
]
