"""`python -m harness.recipes`: the recipes of `deploy/`, each run for real and measured.

`packages` unpacks the proxies, without installing them. `recipe_servers` runs `deploy/serve.sh`,
and `recipe_proxies` each proxy with its file. `measuring` sends a stream through each: the first
frame, the end, a client that leaves, and a restart.
"""
