"""The functions of the store on a server: whether they are there, and steer the planner.

Statistics of a table that has just grown are stale, and mislead the planner into reading all of it.
Each function therefore forbids the plans that do so. `CREATE OR REPLACE FUNCTION` without these
settings drops them, and nothing says so: a step takes a hundred times as long then.
"""

from __future__ import annotations

from typing import Any

import psycopg

from ....escaping import make_logger

logger = make_logger(__name__)

PREFIX = "sse_pipeline_database_"
NAMES = tuple(
    f"{PREFIX}{step}"
    for step in ("append", "commit", "content", "fetch", "key", "load", "sweep", "trim")
)
#: What each function sets while it runs. The plans are made once in a connection: to make the one
#: of an append takes longer than to run it.
SETTINGS = (
    *(f"enable_{plan}=off" for plan in ("bitmapscan", "hashjoin", "mergejoin", "seqscan")),
    "jit=off",
    "plan_cache_mode=force_generic_plan",
)
_FOUND = """SELECT proname::text, coalesce(proconfig, '{}') FROM pg_proc
    WHERE proname = ANY (%s) AND pg_function_is_visible(oid)"""


def check_functions(connection: psycopg.Connection[Any]) -> None:
    """Check that the functions are there; log an error if one does not steer the planner.

    Raises:
        psycopg.OperationalError: A function is missing.
    """
    found = dict(connection.execute(_FOUND, (list(NAMES),)).fetchall())
    if missing := sorted(set(NAMES) - found.keys()):
        raise psycopg.OperationalError(
            f"the database has no function {missing[0]}: run manage.py migrate"
            " sse_pipeline_database (with --database=, if it is not the default one)"
        )
    for name, settings in sorted(found.items()):
        if lacking := sorted(set(SETTINGS) - set(settings)):
            plans = ", ".join(lacking)
            logger.error(
                "the function %s has lost its settings (%s) and may become very slow; set them"
                " again with ALTER FUNCTION %s SET …", name, plans, name,
                extra={"function": name},
            )  # fmt: skip
