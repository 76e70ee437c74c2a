"""Which program is running: a script, a module, a notebook, or somebody at a prompt."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

_LOKY = ("joblib.externals.loky.", "loky.")
_seen: dict[str, Any] = {}


def main_program() -> dict[str, Any]:
    """Return `kind`, and `path` and `module` where there is one, of the program that is running.

    A script that is over, whose exit handlers run, has no name any more in Python: it is what it was when it
    was asked for before. One that comes from standard input has no path, and is of the kind `stdin`.
    """
    global _seen
    notebook = _notebook()
    if notebook is not None:
        return notebook
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if not isinstance(path, str):
        return dict(_seen) if _seen else {"kind": "interactive"}
    _seen = {"kind": "stdin"} if path == "<stdin>" else _program(main, os.path.abspath(path))
    return dict(_seen)


def _program(main: ModuleType | None, path: str) -> dict[str, Any]:
    name = getattr(getattr(main, "__spec__", None), "name", None)
    if isinstance(name, str) and name.startswith(_LOKY):
        # Its workers are modules of its own, and know the script by its arguments.
        return {"kind": "script", "path": os.path.abspath(sys.argv[0])}
    if isinstance(name, str):
        return {"kind": "module", "module": name.removesuffix(".__main__"), "path": path}
    return {"kind": "script", "path": path}


def program_name() -> str:
    """Return a short name of the program: that of its file or module, else its kind."""
    program = main_program()
    if program["kind"] == "module":
        return str(program["module"]).rpartition(".")[2]
    path = program.get("path")
    return os.path.splitext(os.path.basename(path))[0] if path else str(program["kind"])


def _notebook() -> dict[str, Any] | None:
    """The notebook, if this is the kernel of one; None in a script or in a terminal's IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    # VS Code names the notebook in its namespace, Jupyter's server in the environment.
    path = getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    facts: dict[str, Any] = {"kind": "notebook"}
    if isinstance(path, str) and path.endswith(".ipynb"):
        facts["path"] = os.path.abspath(path)
    return facts
