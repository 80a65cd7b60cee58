"""A store over Redis whose tuning a test chooses: the setting has no place for it."""

from typing import Any

from sse_pipeline.stores.redis import RedisStore, Tuning

_chosen: list[tuple[str, Tuning]] = []


def tuned_store(url: str, tuning: Tuning) -> str:
    """Return a value for `SSE_PIPELINE["STORE"]`: a store over a server with this tuning."""
    _chosen[:] = [(url, tuning)]
    return f"{__name__}.TunedStore"


class TunedStore(RedisStore):
    """The store of the last call of `tuned_store`."""

    def __init__(self, **options: Any) -> None:
        url, tuning = _chosen[0]
        super().__init__(url=url, tuning=tuning, **options)
