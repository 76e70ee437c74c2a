"""The Hydra companion of fitscribe: the configuration that a script's main function is called with."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterable
from functools import partial
from types import CodeType, FrameType
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]

# `key=value`, `+key=value`, `~key`, `group@package=choice`
_OVERRIDE = re.compile(r"(?:\+{1,2}|~)?([^=@~+]+)(?:@([^=]+))?")


@observes("hydra.core.utils:run_job", id="job", relies_on=["task_function", "config"])
def job(call: Call) -> Generator[None, Any, None]:
    """Note the configuration of a job, and leave the call: the training is within."""
    from fitscribe.capture import command_line
    from fitscribe.capture.script_code import is_script_function

    config = call.arguments["config"]
    if is_script_function(call.arguments["task_function"]):
        values = _entries(config)
        defaults = dict(values)
        for name in _overridden(values, config.hydra.overrides.task):
            defaults[name] = ...  # what it would have been is not known, and it is no value of this
        command_line.parsed("hydra", values, defaults, partial(_of_running_job, call.function.__code__))
    yield from ()


def _entries(config: Any) -> dict[str, Any]:
    """What is in a configuration, without Hydra's own settings."""
    from fitscribe.capture.configurations import fields_of

    return {
        name: value for name, value in (fields_of(config) or {}).items() if not name.startswith("hydra__")
    }


def _overridden(names: Iterable[str], overrides: Iterable[str]) -> Generator[str, None, None]:
    """Names that the command line speaks of; the choice of a group is about all that the group has."""
    keys = []
    for override in overrides:
        found = _OVERRIDE.match(override)
        if found:
            keys.append(re.sub(r"[./]", "__", found[2] or found[1]))
    for name in names:
        if any(name == key or name.startswith(f"{key}__") for key in keys):
            yield name


def _of_running_job(code: CodeType) -> dict[str, Any] | None:
    """What the script has made of the configuration since; only the call of the job holds its copy."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is code:
            config = frame.f_locals.get("task_cfg")
            return None if config is None else _entries(config)
        frame = frame.f_back
    return None


integration = Integration("hydra", [job])
