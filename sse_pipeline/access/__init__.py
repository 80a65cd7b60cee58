"""The rights to a stream: who owns it, who else may read it, and where a request may come from.

`owners` says for whom a user, a request or a session stands. `authorization` admits readers: the
owner, and the senders that the setting `AUTHORIZE` admits. `staff` are the people who may look at
the streams of others. `origins` checks host, origin and CSRF for consumers, which run no
middleware. `sessions` and `users` find those of the site: it need not have any.
"""
