"""The few options, the same for every framework, and where they come from.

The environment wins over the arguments of ``autolog``, these over ``pyproject.toml``: whoever runs a script
can steer it without editing it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Options(NamedTuple):
    """What is recorded of a training.

    Attributes:
        models: keep the fitted model.
        datasets: describe the data of the training.
        evaluation: compute metrics and matrices on the training data.
        system: record CPU, memory and GPU of runs longer than a few seconds.
        log_every: record every n-th step of a series that a framework reports per step.
        quiet: print no line when a run ends.
    """

    models: bool = True
    datasets: bool = True
    evaluation: bool = True
    system: bool = True
    log_every: int = 1
    quiet: bool = False


_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_given: dict[str, dict[str, Any]] = {}
_EVERY_FRAMEWORK = ""


def configure(frameworks: Iterable[str], options: Mapping[str, Any]) -> None:
    """Take the options of one ``autolog`` call.

    Args:
        frameworks: the frameworks that they apply to; none means all.
        options: option names and values.

    Raises:
        ValueError: an option is unknown, or its value is impossible. Nothing is changed then.
    """
    checked = {name: _checked(name, value, "fitscribe.autolog()") for name, value in options.items()}
    for framework in tuple(frameworks) or (_EVERY_FRAMEWORK,):
        _given.setdefault(framework, {}).update(checked)
    options_for()  # a bad value in the environment or in pyproject.toml is named here, not in the first fit


def options_for(framework: str | None = None) -> Options:
    """The options in force for a framework, or for runs that a script opens itself (``None``)."""
    values: dict[str, Any] = {}
    values.update(_from_pyproject())
    values.update(_given.get(_EVERY_FRAMEWORK, {}))
    if framework:
        values.update(_given.get(framework, {}))
    values.update(_from_environment())
    return Options(**values)


def _checked(name: str, value: Any, where: str) -> Any:
    if name not in Options._fields:
        raise ValueError(
            f"{where}: there is no option {name!r}; the options are {', '.join(Options._fields)}"
        )
    if name == "log_every":
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{where}: log_every is a whole number of steps from 1, not {value!r}")
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    if not isinstance(value, bool):
        raise ValueError(f"{where}: {name} is true or false, not {value!r}")
    return value


_environment_cache: tuple[tuple[str | None, ...], dict[str, Any]] = ((), {})


def _from_environment() -> dict[str, Any]:
    global _environment_cache
    raw = tuple(os.environ.get(f"FITSCRIBE_{name.upper()}") for name in Options._fields)
    if _environment_cache[0] != raw:
        values = {
            name: _checked(name, value, f"FITSCRIBE_{name.upper()}")
            for name, value in zip(Options._fields, raw, strict=True)
            if value is not None and value != ""
        }
        _environment_cache = (raw, values)
    return _environment_cache[1]


_pyproject_cache: tuple[str | None, dict[str, Any]] = (None, {})


def _from_pyproject() -> dict[str, Any]:
    global _pyproject_cache
    try:
        folder = os.getcwd()
    except OSError:
        return _pyproject_cache[1]  # the working directory was deleted
    if _pyproject_cache[0] != folder:
        _pyproject_cache = (folder, _read_pyproject(Path(folder)))
    return _pyproject_cache[1]


def _read_pyproject(folder: Path) -> dict[str, Any]:
    for parent in (folder, *folder.parents):
        path = parent / "pyproject.toml"
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # there is none, or it is not ours to read
        if "tool.fitscribe" not in text:
            return {}
        table = _parse_toml(text, path).get("tool", {}).get("fitscribe", {})
        return {name: _checked(name, value, f"[tool.fitscribe] in {path}") for name, value in table.items()}
    return {}


def _parse_toml(text: str, path: Path) -> dict[str, Any]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(text)
        return document
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from None
