"""The inspection of one stream, for people who look after it: live from the store, or as journaled.

`report` puts together what the admin's page, the live view and the command line show. `watch` sends
reports while the stream changes. `interventions` is what the staff may do to a stream.

Nothing is imported here: the routes import `watch` before the models of Django are ready.
"""
