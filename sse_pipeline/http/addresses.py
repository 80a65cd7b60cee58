"""The address of a client, also behind proxies that the settings name."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

from .. import conf

#: Who has an address of IPv6 has as many as this network has.
_IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client, of IPv6 its network; None if the server knows none.

    Behind proxies it is the address that the outermost of `PROXIES` saw. A request that did not
    come through all of them has the address of its connection.
    """
    settings, peer = conf.get(), _parsed(str(request.META.get("REMOTE_ADDR", "")))
    if settings.PROXIES:
        seen = _header(request, settings.PROXY_HEADER).split(",")
        if len(seen) >= settings.PROXIES:
            return _parsed(seen[-settings.PROXIES]) or peer
    return peer


def _header(request: HttpRequest, name: str) -> str:
    scope = getattr(request, "scope", None)
    if scope is None:
        return str(request.headers.get(name, ""))
    # Not `request.headers`: there a client's `X_Forwarded_For` would count, too.
    wanted = name.lower().encode()
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == wanted)


def _parsed(text: str) -> str | None:
    text = text.strip().strip('"')
    if text.startswith("[") or text.count(":") == 1:  # with a port
        text = text.rpartition(":")[0] if not text.endswith("]") else text
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, _IPV6_PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)
