"""A stream as this process works on it, on top of a store.

Each operation is a *plan*: a generator that is written once, and run by a synchronous or by an
asynchronous driver (`plans`). `operations` has the plans of one stream, `commits` decides a cause
and commits the outcome, `announcements` sends the signals in order. `component` is the context in
which a producer works, `flags` are waited for, `cursor` and `reader` read the log, and `watchdog`
enforces the bounds in time.

From outside use `handler.SSEHandler`. Code of the library uses the plans of `StreamOperations`.
"""
