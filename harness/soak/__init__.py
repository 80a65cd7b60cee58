"""The soak: very many streams with random faults in one process, and what is left of them.

`python -m harness.soak` runs it. `schedules` draws what happens to each stream from a seed, `lives`
does it, `readers` read meanwhile, and `census` counts what the process holds.
"""
