"""What is recorded of a training loop as it begins: of optimizers, models, data and script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.tracking import trained
from fitscribe.tracking.opening import part
from fitscribe.tracking.script import log_script_parameters
from fitscribe_keras import data, signatures, structure
from fitscribe_keras.layers import attributes
from fitscribe_keras.loops.members import OPTIMIZER
from fitscribe_keras.loops.script import name_of_object, variables_around
from fitscribe_keras.names import name_of
from fitscribe_keras.packages import root_of
from fitscribe_keras.rates import unwrapped
from fitscribe_keras.settings import add_settings
from fitscribe_keras.training import KIND

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.training import Opening
    from fitscribe_keras.loops.passes import Pass

_MOST_NAMED = 3


class Seen(NamedTuple):
    """What is seen of an optimizer as it makes its first step; not to be kept.

    Attributes:
        optimizer: the optimizer.
        name: what the script calls it; ``optimizer`` where there is no other one.
        models: the models that it trains, by the names that the script has for them.
    """

    optimizer: Any
    name: str
    models: dict[str, Any]


def look(
    optimizer: Any,
    variables: Iterable[Any],
    *,
    waiting: Sequence[Any],
    frame: FrameType | None,
    function: Any = None,
) -> Seen:
    """Look at an optimizer that makes its first step, and at the code of the script that lets it.

    Args:
        optimizer: the optimizer.
        variables: what it trains.
        waiting: the optimizers that have made no step yet, this one among them; empty where others step
            beside it already.
        frame: of the code that steps it.
        function: the ``tf.function`` that steps it, if there is one.
    """
    around = list(variables_around(frame, getattr(function, "_python_function", None)))
    is_alone = _for_loops(optimizer, waiting, around) == [optimizer]
    name = OPTIMIZER if is_alone else name_of_object(optimizer, around)
    models: dict[str, Any] = part("models", lambda: _models_of(variables, around), {})
    return Seen(optimizer, name or OPTIMIZER, models)


def _for_loops(optimizer: Any, waiting: Sequence[Any], around: Sequence[tuple[str, Any]]) -> Sequence[Any]:
    """The optimizers but those that ``fit`` steps, of compiled models; where this one is none of these."""
    compiled = {id(attributes(value).get("optimizer")) for _, value in around if _is_model(value)}
    if id(optimizer) in compiled:
        return waiting
    return [each for each in waiting if id(each) not in compiled]


def _models_of(variables: Iterable[Any], around: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The largest models of the script of which an optimizer trains all that is trained."""
    wanted = {id(each) for each in variables}
    found: dict[str, tuple[Any, set[int]]] = {}
    seen: set[int] = set()
    for name, value in around:
        if id(value) in seen or not _is_model(value):
            continue
        seen.add(id(value))
        own = {id(each) for each in value.trainable_variables}
        if own & wanted:
            found[name if name != "self" else type(value).__name__] = value, own
    whole = {name: each for name, each in found.items() if each[1] <= wanted} or found
    return {
        name: model
        for name, (model, own) in whole.items()
        if not any(own < other for _, other in whole.values())
    }


def _is_model(value: Any) -> bool:
    return bool(root_of(value)) and any(cls.__name__ == "Model" for cls in type(value).__mro__)


def open_run(opening: Opening, seen: Seen, during: Pass | None) -> ActiveRun:
    """Open the run of a training, with all that is known of it by now but its optimizer.

    Args:
        opening: where and when it began.
        seen: its first optimizer.
        during: the pass over a dataset that it began in.
    """
    run = opening.open(title(seen.models.values()) or type(seen.optimizer).__name__)
    with run.section("coverage"):
        run.log_coverage(root_of(seen.optimizer))
    log_script_parameters(run)
    dataset = during.dataset() if during is not None else None
    if dataset is not None and run.options.datasets:
        with run.section("datasets"):
            data.log_dataset(run, data.TRAIN, dataset)
    return run


def title(models: Iterable[Any]) -> str:
    """The name of what is trained: the names of the models, each once.

    Args:
        models: the models.
    """
    names = list(dict.fromkeys(map(name_of, models)))
    return " + ".join(names[:_MOST_NAMED] + ["..."] * (len(names) > _MOST_NAMED))


def log_optimizer(run: ActiveRun, seen: Seen) -> None:
    """Record what an optimizer was told, and the models that it trains.

    Args:
        run: the run.
        seen: what was seen of it; its name is what its parameters begin with.
    """
    name = seen.name
    with run.section("optimizer"):
        values: dict[str, Any] = {}
        changed = [name]
        add_settings(values, changed, name, unwrapped(seen.optimizer))
        run.log_params(values, changed=changed)
    with run.section("structure"):
        if not seen.models:
            run.note_unseen("the model", f"no variable of the script leads to what {name} trains")
        for number, (called, model) in enumerate(seen.models.items()):
            if name == OPTIMIZER and not number:
                structure.log_structure(run, model)
            else:
                tree = structure.described(model)
                run.log_record(f"{called}/modules", "modules", tree)
                run.log_facts({f"{called}/parameters": tree["parameters"]})
    if name == OPTIMIZER and len(seen.models) == 1:
        with run.section("signature"):
            signatures.log_signature(run, next(iter(seen.models.values())))


def known_as(run: ActiveRun, model: Any) -> trained.Trained:
    """Let what a model is evaluated to, and predicts, find the run.

    Args:
        run: the run.
        model: the model.
    """
    return trained.remember(model, run, kind=KIND)
