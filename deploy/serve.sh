#!/bin/sh
# Serve a site by one of five servers: serve.sh uvicorn mysite.asgi:application
# HOST and PORT say where (127.0.0.1, 8000), WORKERS how many processes there are (1), and GRACE how
# many seconds open streams have when it ends (10). More than one process needs a shared store.
set -eu
server=${1:?"usage: serve.sh daphne|uvicorn|gunicorn|granian|hypercorn application"}
application=${2:?"usage: serve.sh $1 application, such as mysite.asgi:application"}
host=${HOST:-127.0.0.1} port=${PORT:-8000} workers=${WORKERS:-1} grace=${GRACE:-10}
python=${PYTHON:-python}

case $server in
daphne) # one process; with a limit for the bodies of requests
    exec "$python" -m sse_pipeline.http.limited_daphne --bind "$host" --port "$port" --proxy-headers "$application" ;;
uvicorn)
    exec "$python" -m uvicorn --host "$host" --port "$port" --workers "$workers" \
        --timeout-graceful-shutdown "$grace" --proxy-headers "$application" ;;
gunicorn) # --timeout is for a worker that hangs, and not for a stream
    exec "$python" -m gunicorn --bind "$host:$port" --workers "$workers" \
        --worker-class uvicorn_worker.UvicornWorker --graceful-timeout "$grace" "$application" ;;
granian) # its default serves 1,024 connections, and lets the others wait
    exec "$python" -m granian --interface asgi --host "$host" --port "$port" --workers "$workers" \
        --backpressure 16384 --workers-kill-timeout "$grace" "$application" ;;
hypercorn)
    exec "$python" -m hypercorn --bind "$host:$port" --workers "$workers" \
        --graceful-timeout "$grace" "$application" ;;
*)
    echo "serve.sh: there is no $server" >&2
    exit 2 ;;
esac
