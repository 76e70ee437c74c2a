"""Models as files of Keras' own: whole as ``.keras``, or their weights where Keras cannot do that."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.models import ModelNotLoadable, Models, NativeFormat
from fitscribe_keras import configs, saving
from fitscribe_keras.layers import attributes, is_built, is_kind, is_own, variable, variables_of
from fitscribe_keras.packages import root_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_WEIGHTS, _PICKLED_WEIGHTS = "model.weights.h5", "model.weights.npz"
_REASON = 300
_MISSING = object()


def log_model(run: ActiveRun, model: Any, name: str = "model", *, of_training: bool = True) -> None:
    """Keep a model as it is now, as the options of its run say.

    Args:
        run: the run.
        model: a Keras model, of a class of Keras' own or of the user's; it is only read.
        name: its name in the run.
        of_training: whether it is what the training has made, of which a sweep keeps the best and the newest.
    """
    wanted = run.options.models
    what = f"model {name}" if name != "model" else "model"
    if not wanted:
        return
    if not is_built(model):
        run.note_unseen(what, "it has no weights yet")
        return
    if wanted == "pickle":
        run.log_model(model, name, of_training=of_training)
        return
    form = _form_of(model)
    native = form.native(root_of(model))
    if wanted in ("skops", "onnx"):
        run.note_unseen(f"the model as {wanted}", f"it is kept as {native.name}")
    if form.why_not_whole:
        run.note_unseen(f"structure of {name}", f"{form.why_not_whole}; its weights are kept")
        native = native._replace(describe=lambda model: _facts_of_weights(model, form.why_not_whole))
    run.log_model(model, name, native=native, of_training=of_training)


def _class_name(obj: Any) -> str:
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


class _Form(NamedTuple):
    """How a model is to be kept.

    Attributes:
        why_not_whole: why Keras cannot write it whole; empty where it can.
        why_code: what makes its file more than data; empty where nothing does.
    """

    why_not_whole: str
    why_code: str

    def native(self, root: str) -> NativeFormat:
        """Return the format, of the Keras of this root."""
        kind = "weights" if self.why_not_whole else "keras-code" if self.why_code else "keras"
        return next(each for each in MODELS.formats if each.name == f"{root}/{kind}")


def _form_of(model: Any) -> _Form:
    reason = _why_unwritable(model)
    if reason:
        return _Form(reason, "")
    try:
        config = saving.configuration(model)
        json.dumps(config)
    except Exception as error:  # of a class of the user's, or of what it was compiled with
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return _Form(f"Keras cannot write {_class_name(model)}: {lines[0][:_REASON]}", "")
    functions = ", ".join(f"{module}.{name}" for name, module in saving.functions_of(model).items())
    return _Form("", configs.why_code(config) or (functions and f"it needs {functions}"))


def _why_unwritable(model: Any) -> str:
    """Say which part was made with arguments that Keras does not write, with a word in its log or without."""
    for layer in saving.walk(model):
        get_config = getattr(type(layer), "get_config", None)
        if is_own(type(layer)) or not getattr(get_config, "_is_default", False):
            continue
        held = attributes(layer)
        known = attributes(held.get("_auto_config")).get("config")
        advice = "a get_config of its own would say what it is made of"
        if not held.get("_auto_get_config", known is not None):
            return f"Keras cannot write the arguments that {_class_name(layer)} was made with; {advice}"
        if "_auto_get_config" not in held and is_kind(layer, "Model"):
            # Keras 3 takes the defaults for what a model was made with.
            taken = {name: each for name, each in (known or {}).items() if name not in configs.PASSED_ON}
            doubtful = [name for name, each in taken.items() if held.get(name, _MISSING) != each]
            if doubtful:
                names = ", ".join(doubtful)
                return f"Keras does not write the {names} that {_class_name(layer)} was made with; {advice}"
    return ""


def _is_model(root: str, model: Any) -> bool:
    return root_of(model) == root and is_kind(model, "Model") and is_built(model)


def _is_data(root: str, model: Any) -> bool:
    return _is_model(root, model) and not any(_form_of(model))


def _is_whole(root: str, model: Any) -> bool:
    return _is_model(root, model) and not _form_of(model).why_not_whole


def _size(model: Any) -> int:
    held = attributes(getattr(model, "optimizer", None))
    states = held.get("_variables") or held.get("_weights") or ()
    every = [each for layer in saving.walk(model) for each in variables_of(layer)]
    every += [variable(each, False) for each in states]
    return sum(each.size * _item(each.dtype) for each in {each.key: each for each in every}.values())


def _item(dtype: str) -> int:
    """How many bytes a number of a type takes at least."""
    bits = re.search(r"\d+", dtype)
    return int(bits.group()) // 8 if bits else 1


def _facts(model: Any) -> dict[str, Any]:
    return {"class": _class_name(model), "functions": saving.functions_of(model)}


def _facts_of_weights(model: Any, why: str) -> dict[str, Any]:
    return {"class": _class_name(model), "why_not_whole": why}


def _configuration_in(data: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = file.namelist()
        if _WEIGHTS not in names or _PICKLED_WEIGHTS in names:
            # Keras reads those as well, older versions as pickles.
            raise ModelNotLoadable(f"its weights are not in {_WEIGHTS}, as they are in what Keras writes")
        return json.loads(file.read(configs.CONFIG))


def _load_data(root: str, data: bytes, facts: Mapping[str, Any]) -> Any:
    reason = configs.why_code(_configuration_in(data))
    if reason:
        raise ModelNotLoadable(f"the file was kept as data alone, and is not: {reason}")
    return saving.read(root, data, {}, safe_mode=True)


def _load_code(root: str, data: bytes, facts: Mapping[str, Any]) -> Any:
    return saving.load(root, data, _configuration_in(data), facts.get("functions") or {})


def _load_weights(data: bytes, facts: Mapping[str, Any]) -> Any:
    raise ModelNotLoadable(
        f"only the weights of {facts.get('class')} were kept, not how to make it: "
        f"{facts.get('why_not_whole')}"
    )


def _formats(root: str) -> tuple[NativeFormat, ...]:
    whole = NativeFormat(
        name=f"{root}/keras",
        ending=".keras",
        takes=partial(_is_data, root),
        save=saving.file_pieces,
        describe=_facts,
        load=partial(_load_data, root),
        size=_size,
    )
    with_code = whole._replace(
        name=f"{root}/keras-code",
        takes=partial(_is_whole, root),
        load=partial(_load_code, root),
        runs_code=True,
        otherwise="load_weights({path!r}) of a model of the same layers reads its weights",
    )
    weights = NativeFormat(
        name=f"{root}/weights",
        ending=".weights.h5",
        takes=partial(_is_model, root),
        save=saving.weight_pieces,
        describe=lambda model: _facts_of_weights(model, _form_of(model).why_not_whole),
        load=_load_weights,
        size=_size,
        otherwise="load_weights({path!r}) of a model of the same layers reads them",
    )
    return whole, with_code, weights


MODELS = Models(formats=(*_formats("keras"), *_formats("tf_keras")))
