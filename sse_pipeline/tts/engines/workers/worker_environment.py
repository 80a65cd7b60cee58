"""The environment of a worker process: what a program needs to run, and no secret of the site."""

from collections.abc import Mapping

_NAMES = frozenset(
    {
        "PATH", "HOME", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV",
    }
)  # fmt: skip
# Of Python, and of the libraries with which a neural voice computes.
_PREFIXES = ("LC_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_", "CUDA_")


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that a worker gets.

    A list of what is passed on: a list of what is secret would miss the next secret.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in _NAMES or name.startswith(_PREFIXES)
    }
