"""`python -m project.model_server PATH`: serve a model of llama.cpp on a free port of loopback.

It writes its address as the first line, and ends with its standard input: that is a pipe of the
site, which closes when the site ends, however it ends. `MODEL_SERVER_KEY` has the key that requests
must have.
"""

import os
import sys

#: What suits a small model on one thread: the tokens of a conversation, and answers at a time.
CONTEXT, SLOTS, THREADS = 4096, 2, 1


def main() -> None:
    """Serve until the standard input ends."""
    import xllamacpp  # noqa: PLC0415 - only this process has it

    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [os.environ.pop("MODEL_SERVER_KEY")]
    params.n_ctx, params.n_parallel = CONTEXT, SLOTS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.ui = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # the threads of the server wait for nobody


if __name__ == "__main__":
    main()
