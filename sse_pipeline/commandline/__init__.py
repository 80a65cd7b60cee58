"""The parts that management commands share.

`arguments` declares a stream and a member of the staff. `remote_site` reaches a stream over HTTP
(`site_connection`), `shared_store` reaches it in the store. `streams_table` shows the journal, and
`guard` turns errors into sentences. Only the commands use this folder.
"""
