"""Configuration among the variables of the script, for where no parse was seen."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from fitscribe.capture.configurations import fields_of
from fitscribe.capture.script_code import is_script_frame
from fitscribe.engine.variables import locals_of

_FRAMES = 64
_VARIABLES = 2000

# Of these every instance is a configuration.
_SETTINGS = (("argparse", "Namespace"), ("omegaconf", "DictConfig"))
# Dataclasses and models hold all kinds of things: the name of the variable or of the class must say it.
_NAMED = re.compile(
    r"(?i)(?:^|_|(?<=[a-z]))(?:args|arguments|cfg|conf|config|configuration|flags|hparams|hps"
    r"|hyperparameters|options|opts?|parameters|params|settings)$"
)


def configuration() -> dict[str, Any]:
    """Return the fields of the configuration objects in the nearest frame of the script that has any.

    They are looked for among the local and global variables of the functions of the script that are running
    in this thread: namespaces of `argparse` and configurations of OmegaConf, else dataclass instances and
    models of pydantic that are called `config`, `args` or the like. None of their code runs.
    """
    frame: FrameType | None = sys._getframe(1)
    globals_seen: list[Any] = []
    for _ in range(_FRAMES):
        if frame is None:
            break
        if not _is_fitscribe(frame) and is_script_frame(frame):
            found = _in_variables(locals_of(frame))
            if not found and not any(frame.f_globals is each for each in globals_seen):
                globals_seen.append(frame.f_globals)
                found = _in_variables(frame.f_globals)
            if found:
                return found
        frame = frame.f_back
    return {}


def _is_fitscribe(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("fitscribe")


def _in_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for name, value in _some(variables):
        kind = type(value)
        if any(
            each.__name__ == cls and each.__module__.partition(".")[0] == package
            for each in kind.__mro__
            for package, cls in _SETTINGS
        ):
            settings.update(fields_of(value) or {})
        elif (_NAMED.search(name) or _NAMED.search(kind.__name__)) and not isinstance(value, type):
            named.update(fields_of(value) or {})
    return settings or named


def _some(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    try:
        items = list(variables.items())
    except RuntimeError:
        return  # another thread defines a global just now
    yield from items[:_VARIABLES]
