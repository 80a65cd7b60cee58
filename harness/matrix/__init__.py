"""The matrix: the tests on each Python and Django that the library is for.

`python -m harness.matrix` makes an environment for each row, runs a part of the tests in it, and
writes the table in docs/compatibility.md. `rows` says what is run, `requirements` with which
versions, `places` where the Pythons are, and `outcome` what came of it.
"""
