"""What is recorded of one call of ``fit``."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call
from fitscribe.tracking import saved_files, trained, training_run
from fitscribe.tracking.script import log_script_parameters
from fitscribe_keras import checkpoints, compiled, data, formats, ranks, signatures, stopping, structure
from fitscribe_keras.callback import First, Last, add_callbacks, callback_of, given_callbacks
from fitscribe_keras.fit_arguments import fit_arguments
from fitscribe_keras.names import name_of
from fitscribe_keras.recorder import TrainingRecorder

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.hosting import Guest

KIND = "network"


def observe(call: Call, guest: Guest | None) -> Generator[None, Any, None]:
    """Record a training.

    Args:
        call: of ``fit``.
        guest: its place in the run of what is around it; None for one that is a run of its own.
    """
    if not ranks.is_recorded_here():
        yield  # owned all the same: what trains within it belongs to the run of the first process
    elif guest is not None:
        model, recording = call.instance, _Recording(call, guest.run, guest.prefix, guest)
        yield from recording.record()
        if guest.is_all:
            recording.after(model)
    else:
        model = call.instance
        earlier = trained.run_before(model)
        with training_run(call, name=name_of(model)) as run:
            if earlier is not None:
                run.log_facts({"continues": earlier})
            recording = _Recording(call, run, "", None)
            yield from recording.record()
            recording.after(model)


class _Recording:
    """The recording of one call.

    Args:
        call: of ``fit``.
        run: the run that it adds to.
        prefix: what the names begin with.
        guest: its place in the run of what is around it.
    """

    def __init__(self, call: Call, run: ActiveRun, prefix: str, guest: Guest | None) -> None:
        self._call = call
        self._run = run
        self._prefix = prefix
        self._guest = guest
        # Whether what was trained, and on what, is told here: further fits within a host have the same.
        self._tells_all = guest is None or (guest.is_all and guest.number == 1)
        self._described: Mapping[str, Any] | None = None
        self._has_begun = self._knows_structure = False
        self._recorder = TrainingRecorder(run, prefix, self._began)

    def record(self) -> Generator[None, Any, None]:
        """Record the call, but for what only a run of its own has."""
        call, run, recorder = self._call, self._run, self._recorder
        model, callbacks = call.instance, given_callbacks(call.arguments.get("callbacks"))
        with run.section("series"):
            ours = (callback_of(call.framework, kind, recorder) for kind in (First, Last))
            if not add_callbacks(call, *ours):
                run.note_unseen(f"{self._prefix}series of epochs", call.state)
        if run.options.datasets and self._tells_all:
            with run.section("datasets"):
                self._described = data.log_datasets(run, call.arguments)
        raised = True
        try:
            with checkpoints.noticing(model, run, recorder):
                yield
            raised = False
        finally:
            if not self._has_begun:
                self._began(model, {})
            with run.section("series"):
                recorder.ended()
            with run.section("early stopping"):
                epochs = call.arguments.get("epochs", 1)
                found = stopping.facts(model, callbacks, recorder, epochs, raised=raised)
                run.log_facts({f"{self._prefix}{name}": fact for name, fact in found.items()})
            with run.section("checkpoints"):
                saved_files.settle(run)

    def _began(self, model: Any, params: Mapping[str, Any]) -> None:
        """Record what is known when the loop begins: most models are built by then."""
        self._has_begun = True
        self._log_parameters(model, params)
        self._log_structure(model)

    def _log_parameters(self, model: Any, params: Mapping[str, Any]) -> None:
        run = self._run
        arguments = {name: each for name, each in self._call.arguments.items() if name != "callbacks"}
        callbacks = self._call.arguments.get("callbacks")
        arguments["callbacks"] = [each for each in given_callbacks(callbacks) if not _is_ours(each)]
        if self._guest is not None:
            with run.section("parameters"):
                decided = {**compiled.compiled_params(model)[0], **fit_arguments(arguments, model, params)[0]}
                self._guest.log_decided({f"{self._prefix}{name}": each for name, each in decided.items()})
            return
        log_script_parameters(run)
        for what, read in (
            ("parameters of compile", partial(compiled.compiled_params, model)),
            ("parameters of fit", partial(fit_arguments, arguments, model, params)),
        ):
            with run.section(what):
                values, changed = read()
                run.log_params(values, changed=changed)

    def _log_structure(self, model: Any) -> None:
        if self._knows_structure or not self._tells_all:
            return
        with self._run.section("structure"):
            self._knows_structure = structure.log_structure(self._run, model)

    def after(self, model: Any) -> None:
        """Record what there is once the call has returned."""
        run, arguments = self._run, self._call.arguments
        self._log_structure(model)  # Keras 2 builds some models at their first batch only
        with run.section("link to the model"):
            remember(run, model, arguments, self._recorder.step)
        if self._tells_all:
            with run.section("signature"):
                signatures.log_signature(run, model, self._described)
        with run.section("model"):
            formats.log_model(run, model)


def _is_ours(callback: Any) -> bool:
    return isinstance(callback, (First, Last))


def remember(run: ActiveRun, model: Any, arguments: Mapping[str, Any], step: int) -> None:
    """Remember the run of a model, so that what it is evaluated to and predicts finds it.

    Args:
        run: the run.
        model: what was trained.
        arguments: of the call that trained it.
        step: how many batches that was.
    """
    node, target = data.nodes_of(arguments.get("x"), arguments.get("y"))
    found = trained.remember(model, run, data=node, target=target, kind=KIND)
    found.step = step or None
    held_out = arguments.get("validation_data")
    if held_out is not None:
        found.use("valid", data.nodes_of(*data.unpacked(held_out)[:2])[0])
