"""Each proxy of `deploy/proxies`, run as it stands there, but for its ports and its folders."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.recipes.packages import FOLDER, LIBRARIES, program
from harness.servers import HOST, ROOT, free_port
from harness.waiting import until

RECIPES = ROOT / "deploy" / "proxies"
#: What the recipe of each says of its port.
LISTENS = {
    "nginx": ("nginx.conf", "listen 80;", "listen {}:{};"),
    "Caddy": ("Caddyfile", "\n:80 {{", "\nhttp://:{1} {{\n\tbind {0}"),
    "HAProxy": ("haproxy.cfg", "bind :80", "bind {}:{}"),
    "Apache": ("apache.conf", "Listen 80", "Listen {}:{}"),
    "Varnish": ("varnish.vcl", "", ""),
}
MODULES = (*("mpm_event", "authz_core", "unixd", "headers", "proxy", "proxy_http", "log_config"),)


def recipe(name: str, site: int, port: int) -> str:
    """Return the recipe of a proxy, for a site on another port, and for a port of its own."""
    file, listens, instead = LISTENS[name]
    text = (RECIPES / file).read_text()
    assert "127.0.0.1:8000" in text or name == "Varnish", file
    text = text.replace("127.0.0.1:8000", f"{HOST}:{site}").replace('"8000"', f'"{site}"')
    before, after = listens.format(), instead.format(HOST, port)
    assert before in text, file
    return text.replace(before, after).replace("<VirtualHost *:80>", f"<VirtualHost *:{port}>")


def _nginx(folder: Path, text: str, _: int) -> list[str]:
    # Where Debian's nginx would write, nobody but root may.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    text = text.replace("http {\n", f"http {{\n    access_log off;\n{places}")
    config = _written(folder / "nginx.conf", text)
    options = f"daemon off; pid {folder}/pid; error_log {folder}/log;"
    return [str(program("usr/sbin/nginx")), "-c", config, "-p", str(folder), "-g", options]


def _caddy(folder: Path, text: str, _: int) -> list[str]:
    text = text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https off\n\tservers", 1)
    config = _written(folder / "Caddyfile", text)
    return [str(program("usr/bin/caddy")), "run", "--adapter", "caddyfile", "--config", config]


def _haproxy(folder: Path, text: str, _: int) -> list[str]:
    # It refuses to start where the system gives it fewer files than that takes.
    text = text.replace("maxconn 16384", "maxconn 4096")
    return [str(program("usr/sbin/haproxy")), "-db", "-f", _written(folder / "haproxy.cfg", text)]


def _apache(folder: Path, text: str, _: int) -> list[str]:
    modules = FOLDER / "usr/lib/apache2/modules"
    lines = [
        f"ServerRoot {folder}\nServerName {HOST}\nPidFile {folder}/pid\nErrorLog {folder}/log",
        *(f"LoadModule {each}_module {modules}/mod_{each}.so" for each in MODULES
          if (modules / f"mod_{each}.so").exists()),
        *(["User daemon\nGroup daemon"] if os.geteuid() == 0 else []),
        text,
    ]  # fmt: skip
    config = _written(folder / "apache.conf", "\n".join(lines))
    return [str(program("usr/sbin/apache2")), "-DFOREGROUND", "-f", config]


def _varnish(folder: Path, text: str, port: int) -> list[str]:
    config = _written(folder / "site.vcl", text)
    where = ["-a", f"{HOST}:{port}", "-n", str(folder / "work"), "-s", "malloc,16m"]
    jail = ["-j", "none"]
    return [str(program("usr/sbin/varnishd")), "-F", *jail, *where, "-f", config]


COMMANDS: dict[str, Callable[[Path, str, int], list[str]]] = {
    "nginx": _nginx,
    "Caddy": _caddy,
    "HAProxy": _haproxy,
    "Apache": _apache,
    "Varnish": _varnish,
}


def _written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


@contextmanager
def recipe_proxy(name: str, site: int) -> Iterator[str]:
    """Run a proxy by its recipe before a site; yield its URL.

    Raises:
        RuntimeError: It has ended; the message has its output.
    """
    with TemporaryDirectory(prefix="proxy-") as made:
        folder, port = Path(made), free_port()
        folder.chmod(0o755)
        command = COMMANDS[name](folder, recipe(name, site, port), port)
        environment = {
            **os.environ,
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, LIBRARIES)),
            "HOME": made,
        }
        output = folder / "output"
        with output.open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        try:
            until(partial(_listens, process, port, folder), 20)
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()
            process.wait(10)


def _listens(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> bool:
    if process.poll() is not None:
        said = "".join(
            (folder / name).read_text() for name in ("output", "log") if (folder / name).exists()
        )
        raise RuntimeError(f"the proxy has ended: {said[-2000:]}")
    return accepts(port)


def accepts(port: int) -> bool:
    """Return whether somebody accepts connections on a port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
