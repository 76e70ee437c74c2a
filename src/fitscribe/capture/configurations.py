"""Objects that hold a script's configuration, read as plain names and values without running their code."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MemberDescriptorType
from typing import Any

from fitscribe.capture.values import DEPTH, ITEMS

BETWEEN = "__"


def fields_of(obj: Any) -> dict[str, Any] | None:
    """Return what a configuration object holds, by name; None where it is no such object.

    Namespaces of `argparse`, dataclass instances and models of pydantic are looked into by their own
    dictionaries and slots, so that no property, validator or `__getattr__` runs. Configurations of OmegaConf
    are nested: the names of their entries are joined by `__`, and interpolations stay as they are written.

    Args:
        obj: any object.
    """
    cls = type(obj)
    if cls.__module__ == "builtins":
        return None
    if _descends(cls, "argparse", "Namespace") or _descends(cls, "pydantic", "BaseModel"):
        return _public(attributes_of(obj))
    if _descends(cls, "omegaconf", "DictConfig"):
        return _entries_of_omegaconf(obj)
    declared = _in_class(cls, "__dataclass_fields__")
    if isinstance(declared, dict):
        held = attributes_of(obj)
        slots = {name: _in_class(cls, name) for name in declared if name not in held}
        for name, slot in slots.items():
            if isinstance(slot, MemberDescriptorType):
                try:
                    held[name] = slot.__get__(obj)
                except AttributeError:
                    continue  # declared, and never set
        return _public({name: held[name] for name in declared if name in held})
    return None


def flat(values: Mapping[str, Any], depth: int = DEPTH) -> dict[str, Any]:
    """Return names and values with the configuration objects among the values taken apart.

    Args:
        values: by name. Those of a parser may have dots, which become `__`.
        depth: how many levels of objects are looked into.

    Returns:
        The fields of an object as `name__field`; at most 1,000 names.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        within = fields_of(value) if depth else None
        prefix = str(name).replace(".", BETWEEN)
        if within is None:
            found[prefix] = value
        else:
            found.update(
                {f"{prefix}{BETWEEN}{inner}": each for inner, each in flat(within, depth - 1).items()}
            )
        if len(found) >= ITEMS:
            break
    return found


def _descends(cls: type, package: str, name: str) -> bool:
    """Whether it is a class of a package that is loaded, or descends from one."""
    return package in sys.modules and any(
        each.__name__ == name and each.__module__.partition(".")[0] == package for each in cls.__mro__
    )


def _in_class(cls: type, name: str) -> Any:
    return next((vars(each)[name] for each in cls.__mro__ if name in vars(each)), None)


def attributes_of(obj: Any) -> dict[str, Any]:
    """Return the object's own attributes, past what its class makes of looking for them."""
    try:
        held = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return {}
    return dict(held) if isinstance(held, dict) else {}


def _public(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith("_")}


def _entries_of_omegaconf(config: Any) -> dict[str, Any]:
    container = sys.modules["omegaconf"].OmegaConf.to_container(config, resolve=False)
    # Missing as a whole, or an interpolation: a text then.
    return _joined(container) if isinstance(container, dict) else {}


def _joined(container: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in container.items():
        if isinstance(value, dict) and value:
            found.update({f"{name}{BETWEEN}{inner}": each for inner, each in _joined(value).items()})
        else:
            found[str(name)] = value
    return found
