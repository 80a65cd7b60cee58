"""The harness: all that the tests and the benchmarks run and drive, and that is not a test.

Real servers (`servers`, `redis_server`, `postgresql`) and the sites that they serve (`fault_site`,
`inspection_site`, `fake_model`), each with its settings; clients (`event_source`, `fault_client`,
`site_client`, `wire`, and `demonstration` for the page in `chromium`); producers in processes of
their own; stores and clocks that a test controls (`stores`, `virtual_time`); and `house`, the check
of the code that `make check` runs. The package `sse_pipeline` never imports it.
"""
