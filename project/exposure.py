"""Who can reach the site, and what it must not have then. It knows nothing of Django."""

from collections.abc import Mapping

from sse_pipeline.validation import is_loopback

#: The key of the settings while no other is given. Everybody can read it here.
PUBLIC_KEY = "for-development-only"


def is_on(switch: str) -> bool:
    """Return whether the value of an environment variable switches something on."""
    return switch.lower() in {"1", "true", "yes", "on"}


def refusal(host: str, environment: Mapping[str, str]) -> str | None:
    """Return why `--host` can't be served in an environment; None if it can.

    There is no `DEBUG` then unless the environment asks for it.
    """
    key = environment.get("DJANGO_SECRET_KEY", "")
    why = complaint(host, key, is_on(environment.get("DJANGO_DEBUG", "0")))
    return why and f"--host {why}"


def complaint(host: str, key: str, debug: bool) -> str | None:
    """Return why a host can't be served with a `SECRET_KEY` and a `DEBUG`; None if it can."""
    if is_loopback(host):
        return None
    reached = f"{host} is reached from other machines"
    if key in {"", PUBLIC_KEY}:
        return (
            f"{reached}: set DJANGO_SECRET_KEY to a secret of your own; with the public one"
            " everybody could sign the tokens of the staff"
        )
    return f"{reached}: set DJANGO_DEBUG=0, or its pages show the settings" if debug else None
