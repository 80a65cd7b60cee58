"""The edge to clients: requests, replies, and the delivery of a stream over ASGI.

`endpoint` checks a request, because consumers run no Django middleware. `replies` answers the
request for a stream with a status, headers and a `source` of its frames. `delivery` sends what the
source yields, and ends the body on every path; `response` does so for a view, where Django sends.
`abort`, `write_deadline` and `servers` drop a client that is too slow; `shutdown` ends the streams
when the server of this process ends. `rest_framework` is for views of Django REST framework.

From outside use `Endpoint` and `Refusal` for endpoints of a site's own.
"""
