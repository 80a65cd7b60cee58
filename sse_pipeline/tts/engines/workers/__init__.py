"""Worker processes for libraries that crash, block, or have a licence that must stay apart.

`SharedWorker` is the way in: segments wait for it in turn. It starts a `WorkerProcess`, which runs
`worker_program` with the speaker of an engine.
"""
