"""`make traces`: the spans of one answer over two web processes and a worker of Celery."""
