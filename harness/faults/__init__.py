"""The table of faults: what the library, and its peers, make of each on real servers.

`python -m harness.faults` runs it and writes it into docs/reliability.md. A column is a server with
an application behind it (`columns`); a row is a fault (`catalogue`). The applications are `site`
and those of `peers`; all have the same few addresses, so that one harness serves all.
"""
