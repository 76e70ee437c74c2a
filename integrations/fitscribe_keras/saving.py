"""Saving and loading by Keras' own functions, so that nothing but the file is left of it."""

from __future__ import annotations

import inspect
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from fitscribe.engine.silencing import no_warnings
from fitscribe.engine.temporary import temporary_folder
from fitscribe.models import ModelNotLoadable
from fitscribe_keras.configs import CONFIG, PASSED_ON, Needed, entries, needed
from fitscribe_keras.layers import attributes, children_of, is_own, leaves
from fitscribe_keras.packages import root_of

_CHUNK = 1 << 20


def configuration(model: Any) -> Any:
    """Return the configuration of a model as Keras writes it into a file.

    Args:
        model: the model.

    Raises:
        Exception: what Keras, or a class of the user's, raises where it cannot be written.
    """
    root = root_of(model)
    with _left_alone(root):
        return sys.modules[f"{root}.src.saving.serialization_lib"].serialize_keras_object(model)


def file_pieces(model: Any) -> Iterator[bytes]:
    """Save a model whole, with what it was compiled with; gives the file in pieces.

    Args:
        model: the model, which this only reads.
    """
    module = sys.modules[f"{root_of(model)}.src.saving.saving_api"]
    yield from _written(model, module.save_model, "model.keras")


def weight_pieces(model: Any) -> Iterator[bytes]:
    """Save the weights of a model alone, and the state of its optimizer; gives the file in pieces.

    Args:
        model: the model, which this only reads.
    """
    module = sys.modules[f"{root_of(model)}.src.saving.saving_lib"]
    yield from _written(model, module.save_weights_only, "model.weights.h5")


def _written(model: Any, save: Any, name: str) -> Iterator[bytes]:
    # Keras 2 writes to paths alone, and this keeps a large model from being in memory twice.
    with temporary_folder() as folder:
        path = os.path.join(folder, name)
        with _left_alone(root_of(model)):
            save(model, path)
        with open(path, "rb") as file:
            while piece := file.read(_CHUNK):
                yield piece


def load(root: str, data: bytes, config: Any, functions: Mapping[str, str]) -> Any:
    """Load a model from a file that names code.

    Args:
        root: the package that wrote it.
        data: the file.
        config: the configuration in it, which this changes.
        functions: the modules of the functions that it names.

    Raises:
        ModelNotLoadable: a class or a function is not here.
    """
    keras = import_module(root)
    found = {}
    for each in [*needed(config), *(Needed(module, name, name) for name, module in functions.items())]:
        if keras.saving.get_registered_object(each.registered) is None:
            found[each.registered] = found[each.name] = _imported(each)
    changed = [entry for entry in entries(config) if _fit(entry, found)]
    if changed:
        data = _with_configuration(data, config)
    return read(root, data, found, safe_mode=False)


def _fit(entry: Any, found: Mapping[str, Any]) -> bool:
    """Leave out of a configuration what Keras 3 has there for every class, and this one does not take."""
    cls, settings = found.get(str(entry["class_name"])), entry.get("config")
    if not isinstance(cls, type) or not isinstance(settings, dict):
        return False
    if not getattr(getattr(cls, "get_config", None), "_is_default", False):
        return False
    parameters = inspect.signature(cls).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return False
    left_out = [name for name in PASSED_ON if name in settings and name not in parameters]
    for name in left_out:
        del settings[name]
    return bool(left_out)


def _with_configuration(data: bytes, config: Any) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, json.dumps(config) if name == CONFIG else old.read(name))
    return changed.getvalue()


def read(root: str, data: bytes, custom_objects: Mapping[str, Any], *, safe_mode: bool) -> Any:
    """Load a model by Keras' own function; the arguments beside the file's are those of that."""
    keras = import_module(root)
    with temporary_folder() as folder:
        path = Path(folder, "model.keras")
        path.write_bytes(data)
        return keras.saving.load_model(path, custom_objects=dict(custom_objects), safe_mode=safe_mode)


def _imported(needed: Needed) -> Any:
    try:
        return getattr(import_module(needed.module), needed.name)
    except (ImportError, AttributeError) as error:
        if needed.module == "__main__":
            why = "which the script that trained it defined (in __main__) and this program does not"
        else:
            why = f"which is not here ({error})"
        raise ModelNotLoadable(f"the model needs {needed.module}.{needed.name}, {why}") from error


def functions_of(model: Any) -> dict[str, str]:
    """Return the functions beside Keras' own that a model was made or compiled with, and their modules.

    Args:
        model: the model. Keras writes the names alone into its files.
    """
    found: dict[str, str] = {}
    compiled = attributes(attributes(model).get("_compile_config"))
    for value in leaves(compiled.get("config")):
        _take(value, found)
    for layer in walk(model):
        for value in list(attributes(layer).values()) if is_own(type(layer)) else ():
            _take(value, found)
    return found


def _take(value: Any, found: dict[str, str]) -> None:
    if type(value) is FunctionType and value.__name__ != "<lambda>":
        module = value.__module__ or ""
        if module.partition(".")[0] not in ("keras", "tf_keras", "tensorflow", "jax", "torch"):
            found[value.__name__] = module


def walk(model: Any) -> Iterator[Any]:
    """A model and all that it consists of, each once."""
    waiting, seen = [model], set()
    while waiting:
        layer = waiting.pop()
        if id(layer) not in seen:
            seen.add(id(layer))
            yield layer
            waiting.extend(children_of(layer))


@contextmanager
def _left_alone(root: str) -> Iterator[None]:
    """Neither warnings nor other names for the layers that the script makes next.

    Keras 3 makes some layers, metrics and optimizers while it saves, and numbers them with everybody's.
    """
    state = sys.modules.get(f"{root}.src.backend.common.global_state")
    names = None if state is None else state.get_global_attribute("object_name_uids")
    before = None if names is None else dict(names)
    try:
        with no_warnings():
            yield
    finally:
        if names is not None and before is not None:
            names.clear()
            names.update(before)
        elif state is not None:
            state.set_global_attribute("object_name_uids", None)
