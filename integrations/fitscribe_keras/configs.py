"""The configuration in a file of Keras': what a model needs that is not Keras' own, and what would run code.

Keras' safe mode refuses functions that are written into the file. But before 3.9, and in all of Keras 2, it
imports whatever module the file names; before 3.11 functions of its own can be called that fetch files. So
the file is looked through here, by rules that hold with every version.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

CONFIG = "config.json"
"""The file within the file that holds the configuration."""
PASSED_ON = ("name", "trainable", "dtype")
"""Arguments that the class of all layers takes, and has in its own configuration."""
_ROOTS = ("keras", "tf_keras")
# Keras' own, and yet they run code that the file holds or names, or what lies in another file.
_RUN_CODE = frozenset(
    {
        "Lambda",
        "TFOpLambda",
        "SlicingOpLambda",
        "TensorFlowOpLayer",
        "ClassMethod",
        "InstanceMethod",
        "InstanceProperty",
        "TFSMLayer",
        "TorchModuleWrapper",
        "JaxLayer",
        "FlaxLayer",
        "DenseFeatures",
        "SequenceFeatures",
    }
)
# Values, as opposed to classes and functions.
_VALUES = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"})


class Needed(NamedTuple):
    """A class that a configuration names, and that is not Keras' own.

    Attributes:
        module: that defines it; ``__main__`` for the script.
        name: of the class.
        registered: its name in Keras' registry, which is the same for one that is not registered.
    """

    module: str
    name: str
    registered: str


def why_code(config: Any) -> str:
    """Return what makes a configuration more than data, in words; empty where nothing does.

    Args:
        config: as Keras serialises a model, or as it was read from a file.
    """
    return next(filter(None, map(_why_code, entries(config))), "")


def needed(config: Any) -> list[Needed]:
    """Return the classes that a configuration names beside Keras' own.

    Args:
        config: as for :func:`why_code`.
    """
    found = {}
    for entry in entries(config):
        name, module = str(entry["class_name"]), entry.get("module", "keras")
        if name.startswith("__") or name == "function" or _is_own(module):
            continue
        registered = str(entry.get("registered_name") or name)
        found[registered] = Needed(str(module or "__main__"), name, registered)
    return list(found.values())


def entries(config: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever in a configuration stands for an object.

    Args:
        config: as for :func:`why_code`.
    """
    waiting = [config]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if "class_name" in each:
                yield each
            waiting.extend(each.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend(each)


def _why_code(entry: Mapping[str, Any]) -> str:
    name, module = entry["class_name"], entry.get("module", "keras")
    if name in _VALUES:
        return ""
    if not isinstance(name, str) or name.startswith("__"):
        return "it holds a function" if name == "__lambda__" else f"it holds a {name}"
    if name == "function":
        # Keras finds these among its own activations, losses and metrics and what is registered, and Keras 2
        # then among Python's.
        is_known = module == "builtins" and not hasattr(builtins, str(entry.get("config")))
        return "" if is_known else f"it names the function {module}.{entry.get('config')}"
    if not _is_own(module) and module != "builtins":
        return f"it needs {module or '__main__'}.{name}"
    if name in _RUN_CODE:
        return f"it has a layer of class {name}"
    if not name[:1].isupper():
        return f"it names {module}.{name}, which is no class"
    settings = entry.get("config")
    if isinstance(settings, Mapping) and isinstance(settings.get("vocabulary"), str):
        return f"it reads the file {settings['vocabulary']}"
    return ""


def _is_own(module: Any) -> bool:
    return isinstance(module, str) and module.partition(".")[0] in _ROOTS
