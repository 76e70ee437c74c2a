"""Trained modules as a model of their run: one safetensors file, with what is needed to rebuild them in it.

Its tensors are read by anything that reads safetensors, and by ``safetensors.torch.load_model`` into a module
of the same class. The modules without their tensors are a pickle in its header, so the file is loaded by
``run.load_model()`` only where this user has signed it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.models import ModelNotLoadable, Models, NativeFormat, why_not_savable
from fitscribe_torch import structure, tensor_file
from fitscribe_torch.parts import unwrapped

if TYPE_CHECKING:
    from torch import nn

    from fitscribe.tracking import ActiveRun

_STRUCTURE = "fitscribe.structure"
# The header of a file may have 100 MB at most.
_STRUCTURE_BYTES = 32 << 20


def log_weights(
    run: ActiveRun,
    modules: Mapping[str, nn.Module],
    name: str = "model",
    *,
    signature: Mapping[str, Any] | None = None,
    description: Mapping[str, Any] | None = None,
    of_training: bool = True,
) -> None:
    """Keep modules as they are now, as the options of their run say.

    Nothing of them is changed: not where their tensors are, nor whether they are in training mode.

    Args:
        run: the run.
        modules: by what the script calls them; ``run.load_model()`` gives the one, or a dict where there are
            several. What only runs a module, such as ``torch.compile`` around it, is left out.
        name: the name of the model in the run.
        signature: what the model takes and gives.
        description: plain facts to keep with it.
        of_training: whether it is what the training has made, of which a sweep keeps the best and the newest.
    """
    wanted = run.options.models
    if not wanted or not modules:
        return
    inside = {each: unwrapped(module)[0] for each, module in modules.items()}
    model = next(iter(inside.values())) if len(inside) == 1 else inside
    if wanted in ("skops", "onnx"):
        run.note_unseen(f"the model as {wanted}", f"it is kept as {WEIGHTS.name}")
    saving = _Saving(model)
    run.log_model(
        model,
        name,
        native=None if wanted == "pickle" else saving.as_format(),
        signature=signature,
        description=description,
        of_training=of_training,
    )
    if saving.no_structure:
        run.note_unseen(f"structure of {name}", f"{saving.no_structure}; its tensors are kept")


class _Plan(NamedTuple):
    tensors: structure.Tensors
    structure: bytes | None
    why_none: str


class _Saving:
    """One model on its way to a file; what is found out of it is found out once."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.no_structure = ""

    @cached_property
    def _plan(self) -> _Plan:
        modules = self._model if isinstance(self._model, dict) else {"": self._model}
        tensors = structure.Tensors(modules)
        try:
            pickled = structure.dumps(self._model, tensors, _STRUCTURE_BYTES)
        except Exception as error:
            # A class within a function, a hook that is a lambda, a data set in it: its tensors are kept.
            self.no_structure = why_not_savable(self._model, error)
            return _Plan(structure.Tensors(modules), None, self.no_structure)
        return _Plan(tensors, pickled, "")

    def facts(self, model: Any) -> dict[str, Any]:
        kinds = map(type, model.values() if isinstance(model, dict) else [model])
        classes = [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds]
        return {"classes": classes, "why_no_structure": self._plan.why_none}

    def size(self, model: Any) -> int:
        return tensor_file.size_of(self._plan.tensors.written)

    def pieces(self, model: Any) -> Iterator[bytes | memoryview]:
        tensors, pickled, _ = self._plan
        metadata = {"format": "pt", **tensors.shared}
        if pickled is not None:
            metadata[_STRUCTURE] = base64.b64encode(pickled).decode()
        return tensor_file.pieces(tensors.written, metadata)

    def as_format(self) -> NativeFormat:
        return WEIGHTS._replace(save=self.pieces, describe=self.facts, size=self.size)


def _is_module(model: Any) -> bool:
    import torch

    return issubclass(type(model), torch.nn.Module)


def _load(data: bytes, facts: Mapping[str, Any]) -> Any:
    import safetensors.torch

    pickled = tensor_file.metadata_of(data).get(_STRUCTURE)
    if pickled is None:
        classes = ", ".join(map(str, facts.get("classes", ())))
        raise ModelNotLoadable(
            f"only the tensors of {classes} were kept, not how to make it of them: "
            f"{facts.get('why_no_structure')}"
        )
    return structure.loads(base64.b64decode(pickled), safetensors.torch.load(data))


WEIGHTS = NativeFormat(
    name="torch/safetensors",
    ending=".safetensors",
    takes=_is_module,
    save=lambda model: _Saving(model).pieces(model),
    describe=lambda model: _Saving(model).facts(model),
    load=_load,
    size=lambda model: _Saving(model).size(model),
    runs_code=True,
    otherwise="safetensors.torch.load_file({path!r}) gives its tensors alone",
)
MODELS = Models(formats=(WEIGHTS,))
