"""Where the Pythons of a machine are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# What an interpreter must have to make an environment, and which version it says it is.
_PROBE = "import ensurepip, sys, venv; print('{}.{}'.format(*sys.version_info))"


@cache
def interpreter(version: str) -> Path | None:
    """A Python of that version that works: on the path, where a shim may be that does not, or among pyenv's.

    Args:
        version: such as ``3.10``.

    Returns:
        None where this machine has none.
    """
    return next((path for path in _candidates(version) if _answers(path) == version), None)


def _candidates(version: str) -> Iterator[Path]:
    on_path = shutil.which(f"python{version}")
    if on_path is not None:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def _answers(path: Path) -> str:
    try:
        done = subprocess.run([path, "-I", "-c", _PROBE], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
