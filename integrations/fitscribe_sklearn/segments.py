"""Fits that go on where an earlier one ended: `warm_start=True` makes several fits one training."""

from __future__ import annotations

import weakref
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe.tracking import continued
from fitscribe_sklearn import states
from fitscribe_sklearn.fitted import final_estimator
from fitscribe_sklearn.iterations import Curve, Curves
from fitscribe_sklearn.kinds import is_search
from fitscribe_sklearn.parameters import Parameters

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# So many fits of one training are recorded like any other, whatever it costs.
WHOLE = 16


class Segment:
    """One fit of an estimator, by itself or as the next part of a training.

    Attributes:
        run: the run that it goes on with; None where it has one of its own.
        params: the parameters to record: of a further part only those that changed.
        changed: those of them that differ from their defaults.

    Args:
        estimator: what is fitted.
        parameters: what it is set to.
        is_fit: whether it is a fit, and no call of ``partial_fit``.
    """

    def __init__(self, estimator: Any, parameters: Parameters, *, is_fit: bool) -> None:
        # A search fits clones.
        final = None if is_search(estimator) else final_estimator(estimator)
        self._is_warm = is_fit and bool(getattr(final, "__dict__", {}).get("warm_start"))
        self._training = continued.find(estimator, by="fit") if self._is_warm else None
        if is_fit and self._training is None:
            continued.finish(estimator)
        self._estimator = estimator
        self._values = parameters.values
        self.run: ActiveRun | None = None
        self.params = parameters.values
        self.changed = parameters.changed
        if self._training is not None:
            self.run = self._training.run
            self.params = self._training.segments.new_params(parameters.values)
            self.changed = [name for name in parameters.changed if name in self.params]
        self._started = perf_counter()

    @property
    def is_cut_short(self) -> bool:
        """Whether what the fit leaves behind waits for the end of the training: recording it costs more."""
        training = self._training
        if training is None or training.affords_keeping:
            return False
        return training.calls >= WHOLE and bool(training.calls & (training.calls + 1))

    @property
    def number(self) -> int:
        """How many fits of the training came before."""
        return 0 if self._training is None else self._training.calls

    @property
    def step(self) -> int | None:
        """The step of metrics of the model as this fit makes it; None where there are no further fits."""
        return self.number if self._is_warm else None

    def has_seen(self, data: Any) -> bool:
        """Whether the fit before took the very same object as its data."""
        reference = None if self._training is None else self._training.notes.get("data")
        return reference is not None and reference() is data

    @property
    def signature(self) -> dict[str, Any] | None:
        """That of the fit before, which took the same data."""
        return None if self._training is None else self._training.notes.get("signature")

    def added(self, found: Curves) -> Curves:
        """Return what this fit added to the curves."""
        if self._training is None:
            return found
        fresh = self._training.segments.fresh(found)
        return {name: Curve(first, list(points)) for name, (first, points) in fresh.items()}

    def failed(self) -> None:
        """The next fit is a training of its own."""
        if self._is_warm:
            continued.forget(self._estimator)

    def ended(
        self, run: ActiveRun, data: Any, added: Curves, signature: dict[str, Any] | None, cpu_s: float
    ) -> None:
        """Let the training go on with the next fit.

        Args:
            run: the run of the fit.
            data: what it was fitted to.
            added: what it added to the curves.
            signature: that of the estimator.
            cpu_s: CPU seconds that recording what the fit left behind took.
        """
        if not self._is_warm:
            return
        training = self._training
        seconds = perf_counter() - self._started
        is_kept = not self.is_cut_short
        if training is None:
            keep = partial(states.keep, signature=signature)
            training = continued.begin(self._estimator, run, by="fit", keep=keep)
            training.segments.new_params(self._values)
            training.segments.fresh(added)
        with suppress(TypeError):  # a list, which takes no weak reference
            training.notes["data"] = weakref.ref(data)
        training.notes["signature"] = signature
        training.segment(added, seconds)
        if is_kept:
            training.kept(cpu_s)
            return
        if training.calls == WHOLE + 1:
            why = f"it costs more than these fits allow after the first {WHOLE}; the model is kept at the end"
            run.note_unseen("what every single fit left behind", why)
        training.leave_open()
