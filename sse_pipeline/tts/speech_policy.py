"""What a configuration of speech may name: it may be written by others than those who run the site.

An organisation that could name any variable and any server could have each secret of the process
sent to itself, and reach servers that only the process reaches.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.validation import Check, absolute_path, network_location, variable_name

#: The longest address of a server.
LONGEST_ADDRESS = 2048

# Strict: what two parsers of addresses could read as two hosts does not match.
_ADDRESS = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:/[\w.~!$&'()*+,;=:%/-]*)?",
    re.ASCII | re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class SpeechPolicy:
    """The names that an `org_config` may have. The site gives it; a configuration can't change it.

    Raises:
        SpeechConfigError: A value is not of its kind.
    """

    #: The environment variables that `credentials` may name.
    variables: Collection[str] = ()
    #: The servers that `base_url` may name, as "host:port". A host alone is one over https.
    hosts: Collection[str] = ("api.openai.com",)
    #: The folders in which, at any depth, `options.folder` of Piper may lie.
    folders: Collection[str] = ()

    def __post_init__(self) -> None:
        self._check("variables", self.variables, variable_name)
        self._check("hosts", self.hosts, network_location)
        self._check("folders", self.folders, absolute_path)

    def check_variable(self, key: str, name: str) -> None:
        """Check the name of an environment variable.

        Raises:
            SpeechConfigError: It is not listed. The message begins with `key`.
        """
        if name not in self.variables:
            raise _unlisted(key, name, "variables")

    def check_address(self, key: str, address: object) -> None:
        """Check the address of a server.

        Raises:
            SpeechConfigError: It is no address, or its host is not listed.
        """
        text = address if isinstance(address, str) and len(address) <= LONGEST_ADDRESS else ""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise SpeechConfigError(f"{key}: must be the address of a server")
        scheme, host, port = found.groups()
        asked = f"{host}:{port or _PORTS[scheme.lower()]}".lower()
        if asked not in map(_with_port, self.hosts):
            raise _unlisted(key, asked, "hosts")

    def check_folder(self, key: str, folder: str) -> None:
        """Check the path of a folder.

        Raises:
            SpeechConfigError: It lies in no folder that is listed.
        """
        asked = Path(folder).resolve() if folder.isprintable() else None
        if not asked or not any(
            asked.is_relative_to(Path(each).resolve()) for each in self.folders
        ):
            raise SpeechConfigError(f"{key}: is not among the folders that the site allows")

    def _check(self, name: str, values: object, check: Check) -> None:
        is_listed = isinstance(values, Collection) and not isinstance(values, str | bytes)
        for each in values if is_listed else [values]:  # type: ignore[attr-defined]
            if complaint := "must be a list" if not is_listed else check(each):
                raise SpeechConfigError(f"policy.{name}: {complaint}")


#: The policy of a site that allows nothing more.
DEFAULT_POLICY = SpeechPolicy()


def _unlisted(key: str, asked: str, kind: str) -> SpeechConfigError:
    return SpeechConfigError(f"{key}: {asked} is not among the {kind} that the site allows")


def _with_port(location: str) -> str:
    return location.lower() if re.search(r":\d+$", location) else f"{location}:443".lower()
