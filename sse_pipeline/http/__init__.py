"""The edge to clients: requests, replies, and the delivery of a stream over ASGI.

`endpoint` checks a request, because consumers run no Django middleware. `replies` answers the
request for a stream with a status, headers and a reader. `delivery` sends what the reader yields,
and ends the body on every path. `abort`, `write_deadline` and `servers` drop a client that is too
slow; `shutdown` ends the streams when the server of this process ends.

From outside use `Endpoint` and `Refusal` for endpoints of a site's own.
"""
