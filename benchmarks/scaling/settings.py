"""The demonstration's settings, and those of the peers, over one Redis.

Without the journal, which is measured by itself.
"""

import os

from redis.connection import parse_url

from project.settings import *  # noqa: F403
from project.settings import INSTALLED_APPS, MIDDLEWARE

URL = os.environ["SSE_PIPELINE_STORE"]
INSTALLED_APPS = [*INSTALLED_APPS, "django_eventstream", "sse_pipeline.stores.database"]
MIDDLEWARE = ["django_grip.GripMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "benchmarks.scaling.urls"
SSE_PIPELINE = {"STORE": os.environ.get("BENCHMARK_STORE", URL), "JOURNAL": False}
EVENTSTREAM_REDIS = parse_url(URL)  # type: ignore[no-untyped-call]
CHANNEL_LAYERS = {
    name: {"BACKEND": f"channels_redis.{name}.{kind}", "CONFIG": {"hosts": [URL]}}
    for name, kind in (("core", "RedisChannelLayer"), ("pubsub", "RedisPubSubChannelLayer"))
}
DEBUG = False
