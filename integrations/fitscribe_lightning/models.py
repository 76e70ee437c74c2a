"""The module that is trained: how large it is, and its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitscribe.models import NativeFormat
    from fitscribe.tracking import ActiveRun

# Children of which the sizes are listed.
_CHILDREN = 200


def described(module: Any) -> dict[str, Any]:
    """Return the facts that say what a module consists of.

    Args:
        module: a `LightningModule`; its parameters are counted once each, those not made yet as none.
    """
    seen: set[int] = set()
    total, trainable = _count(module, seen)
    children = {
        name: {"type": type(child).__name__, "parameters": _count(child, set())[0]}
        for name, child in list(module.named_children())[:_CHILDREN]
    }
    return {"parameters": total, "trainable_parameters": trainable, "modules": children}


def _count(module: Any, seen: set[int]) -> tuple[int, int]:
    total = trainable = 0
    for parameter in module.parameters():
        if id(parameter) not in seen:
            seen.add(id(parameter))
            size = 0 if _is_unmade(parameter) else parameter.numel()
            total += size
            trainable += size if parameter.requires_grad else 0
    return total, trainable


def _is_unmade(parameter: Any) -> bool:
    """Whether it belongs to a lazy module, which makes it of the first batch that it sees."""
    return any(cls.__name__ == "UninitializedTensorMixin" for cls in type(parameter).__mro__)


def log_weights(run: ActiveRun, module: Any) -> None:
    """Keep the weights that a training ended with, in a format of PyTorch's that an integration declares.

    Args:
        run: the run.
        module: what was trained.
    """
    if not run.options.models:
        return
    native = _format_of(module)
    if native is None:
        run.note_unseen("model", "no format for the weights of PyTorch modules is installed")
    else:
        run.log_model(module, native=native, of_training=True)


def _format_of(module: Any) -> NativeFormat | None:
    from fitscribe.models.native import models_of

    return next((each for each in models_of("torch").formats if each.takes(module)), None)
