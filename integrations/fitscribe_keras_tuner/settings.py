"""What a search was set to: the settings of its tuner and of its oracle, by the names they were given by."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from fitscribe.capture import plain_value

# Of a constructor: what is no setting, or is recorded by another name.
_LEFT_OUT = frozenset(
    "self oracle objective hypermodel hyperparameters directory project_name overwrite logger tuner_id "
    "distribution_strategy".split()
)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_ABSENT: Any = object()


class Objective(NamedTuple):
    """What a search goes by.

    Attributes:
        name: of the metric; of several that are added up, KerasTuner's name of the sum.
        direction: ``min`` or ``max``.
        shown: what the user gave: a name, a list of names, or None.
    """

    name: str
    direction: str
    shown: Any


def oracle_of(tuner: Any) -> Any:
    """Return the oracle of a tuner; of a worker of a distributed search its copy, which makes no trial."""
    oracle = vars(tuner)["oracle"]
    return vars(oracle).get("_oracle", oracle)


def objective_of(oracle: Any) -> Objective:
    """Return what a search goes by.

    Args:
        oracle: as :func:`oracle_of` returned it.
    """
    found = oracle.objective
    several = vars(found).get("objectives")
    if several is not None:
        shown: Any = [f"{each.direction} {each.name}" for each in several]
    else:
        shown = None if found.name == "default_objective" else found.name
    return Objective(found.name, found.direction, shown)


def settings_of(tuner: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a search.

    Args:
        tuner: the tuner.

    Returns:
        Names and plain values; and the names of those that are not at their default.
    """
    oracle = oracle_of(tuner)
    values: dict[str, Any] = {"objective": objective_of(oracle).shown, "oracle": type(oracle).__name__}
    changed = ["objective"]
    hypermodel = vars(tuner).get("hypermodel")
    if hypermodel is not None:
        values["hypermodel"] = _named(hypermodel)
        changed.append("hypermodel")
    for holder in (oracle, tuner):
        held = vars(holder)
        for name, default in _parameters(type(holder)).items():
            value = held.get(name, _ABSENT)
            if value is _ABSENT or name in values:
                continue
            values[name] = plain_value(value)
            if not _is_same(value, default):
                changed.append(name)
    return values, changed


def arguments_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a search passes on to each fit, where it is a plain value: the data is none.

    Args:
        arguments: of the call of ``search``.
    """
    return {name: value for name, value in arguments.items() if type(value) in (int, float, bool, str)}


def part_in_distribution() -> str:
    """Return what this process is in a distributed search: ``chief`` or ``worker``; nothing in any other.

    KerasTuner itself goes by the environment.
    """
    if "KERASTUNER_ORACLE_IP" not in os.environ:
        return ""
    return "chief" if "chief" in os.environ.get("KERASTUNER_TUNER_ID", "") else "worker"


def _named(hypermodel: Any) -> str:
    """The class of a hypermodel, or the function that the user gave in its place."""
    kind = type(hypermodel).__name__
    if kind != "DefaultHyperModel":
        return kind
    found = plain_value(vars(hypermodel).get("build"))
    return found if isinstance(found, str) else kind


def _parameters(cls: type) -> dict[str, Any]:
    """The named parameters of a class's constructor and of those that it hands on to, with their defaults."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is None or base is object:
            continue
        for name, parameter in inspect.signature(init).parameters.items():
            if name not in _LEFT_OUT and parameter.kind in _NAMED:
                found.setdefault(name, parameter.default)
    return found


def _is_same(value: Any, default: Any) -> bool:
    if type(value) is not type(default) or not isinstance(value, (str, int, float)):
        return value is default
    return bool(value == default)
