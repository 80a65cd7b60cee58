"""The demonstration with short times, for processes that are killed."""

from project.settings import *  # noqa: F403

#: Seconds after which a process counts as dead.
LEASE = 0.5

SSE_PIPELINE |= {"LEASE": LEASE, "CLAIM_TIMEOUT": 30.0, "RETRY": 0.1, "KEEP": 60.0}  # noqa: F405
