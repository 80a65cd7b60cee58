"""`python -m harness.clients`: what each client gets of a stream when its connections break.

`scenarios` says how they break, by the proxy of `planned_proxy`; `reading` has each client read;
`table` judges what came, and writes `docs/clients.md`.
"""
