"""A site that lives with other people's middleware and frameworks, one at a time.

`NEIGHBOUR` in the environment names the neighbour. `settings` adds it to the settings, `site` has
the views, and `hosts` are the frameworks that may mount the whole site.
"""
