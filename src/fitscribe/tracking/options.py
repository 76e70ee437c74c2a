"""The few options, the same for every framework, and where they come from.

The environment wins over the arguments of ``autolog``, these over ``pyproject.toml``: whoever runs a script
can steer it without editing it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fitscribe.engine import notice


class Options(NamedTuple):
    """What is recorded of a training.

    Attributes:
        models: keep the fitted model: true, or the format: ``pickle``, ``skops`` or ``onnx``.
        input_example: keep the first rows of the training data beside the signature.
        datasets: describe the data of the training.
        keep_data: keep the training data itself: ``no``, ``sample`` or ``whole``.
        evaluation: compute metrics and matrices, on the training data and on what the script predicts.
        keep_predictions: keep what the script predicts on held-out data.
        system: record CPU, memory and GPU of runs longer than a few seconds.
        checkpoints: keep the model every so many rounds of boosting, too; 0 keeps none.
        log_every: record every n-th step of a series that a framework reports per step.
        best_model: keep the model of the best evaluation of a training loop, too, beside the last one.
        gradient_norm: record the norm of the gradients every so many steps of a training loop; 0 does not.
        quiet: print no line when a run ends.
    """

    models: bool | str = True
    input_example: bool = False
    datasets: bool = True
    keep_data: str = "no"
    evaluation: bool = True
    keep_predictions: bool = False
    system: bool = True
    checkpoints: int = 0
    log_every: int = 1
    best_model: bool = False
    gradient_norm: int = 0
    quiet: bool = False


_CHOICES = {"models": ("pickle", "skops", "onnx"), "keep_data": ("no", "sample", "whole")}
# Those that count something, and the least they may be.
_LEAST = {"checkpoints": 0, "log_every": 1, "gradient_norm": 0}
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
    where = "fitscribe.autolog()"
    checked = {name: _checked(name, value, where, as_text=False) for name, value in options.items()}
    for framework in tuple(frameworks) or (_EVERY_FRAMEWORK,):
        _given.setdefault(framework, {}).update(checked)
    options_for()  # a bad value in the environment or in pyproject.toml is named here, not in the first fit
    tell_unread()


def options_for(framework: str | None = None) -> Options:
    """The options in force for a framework, or for runs that a script opens itself (``None``)."""
    values: dict[str, Any] = {}
    values.update(_from_pyproject())
    values.update(_given.get(_EVERY_FRAMEWORK, {}))
    if framework:
        values.update(_given.get(framework, {}))
    values.update(_from_environment())
    return Options(**values)


def _checked(name: str, value: Any, where: str, *, as_text: bool) -> Any:
    """The value of an option, checked.

    Args:
        name: of the option.
        value: what it was set to.
        where: where that was, for the error.
        as_text: texts stand for numbers and truth values: ``"yes"``.
    """
    if name not in Options._fields:
        raise ValueError(
            f"{where}: there is no option {name!r}; the options are {', '.join(Options._fields)}"
        )
    if as_text and isinstance(value, str):
        value = _read(name, value.strip())
    default = Options._field_defaults[name]
    choices = _CHOICES.get(name, ())
    if value in choices and isinstance(value, str):
        return value
    if name in _LEAST:
        if type(value) is int and value >= _LEAST[name]:
            return value
        raise ValueError(f"{where}: {name} is a whole number from {_LEAST[name]}, not {value!r}")
    if isinstance(default, bool) and isinstance(value, bool):
        return value
    allowed = ["true", "false"] * isinstance(default, bool) + list(map(repr, choices))
    raise ValueError(f"{where}: {name} is {' or '.join(allowed)}, not {value!r}")


def _read(name: str, text: str) -> Any:
    if name in _LEAST:
        return int(text) if text.isdecimal() else text
    if text.lower() in _TRUE | _FALSE and text.lower() not in _CHOICES.get(name, ()):
        return text.lower() in _TRUE
    return text


_environment_cache: tuple[tuple[str | None, ...], dict[str, Any]] = ((), {})


def _from_environment() -> dict[str, Any]:
    global _environment_cache
    raw = tuple(os.environ.get(f"FITSCRIBE_{name.upper()}") for name in Options._fields)
    if _environment_cache[0] != raw:
        values = {
            name: _checked(name, value, f"FITSCRIBE_{name.upper()}", as_text=True)
            for name, value in zip(Options._fields, raw, strict=True)
            if value is not None and value != ""
        }
        _environment_cache = (raw, values)
    return _environment_cache[1]


_pyproject_cache: tuple[str | None, dict[str, Any]] = (None, {})
_unread = ""


def unread() -> str:
    """What keeps the options of ``pyproject.toml`` from being read; empty where nothing does."""
    _from_pyproject()
    return _unread


def tell_unread() -> None:
    """Say once that the options of ``pyproject.toml`` are not used: no reason to stop a training."""
    if not _unread:
        return
    from fitscribe.tracking.launch import is_child_process

    if not is_child_process():
        notice(f"{_unread}: until it is mended, no options of fitscribe are taken from it")


def _from_pyproject() -> dict[str, Any]:
    global _pyproject_cache, _unread
    try:
        folder = os.getcwd()
    except OSError:
        return _pyproject_cache[1]  # the working directory was deleted
    if _pyproject_cache[0] != folder:
        _unread = ""
        _pyproject_cache = (folder, _read_pyproject(Path(folder)))
    return _pyproject_cache[1]


def _read_pyproject(folder: Path) -> dict[str, Any]:
    for parent in (folder, *folder.parents):
        path = parent / "pyproject.toml"
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # there is none, or it is not ours to read
        if "fitscribe" not in text:
            return {}  # most are none of ours, and parsing takes a while
        tools = _parse_toml(text, path).get("tool", {})
        table = tools.get("fitscribe", {}) if isinstance(tools, dict) else {}
        where = f"[tool.fitscribe] in {path}"
        if not isinstance(table, dict):
            raise ValueError(f"{where} is a table of options, such as quiet = true, not {table!r}")
        return {name: _checked(name, value, where, as_text=True) for name, value in table.items()}
    return {}


def _parse_toml(text: str, path: Path) -> dict[str, Any]:
    """The document; an empty one where it cannot be read."""
    global _unread
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(text)
        return document
    except (ValueError, RecursionError) as error:  # among the former those of Python, as of a huge number
        _unread = f"{path} is not valid TOML: {error}"
        return {}
