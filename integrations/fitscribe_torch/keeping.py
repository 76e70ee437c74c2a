"""The state of the models of a training: when it is kept, within what keeping may cost."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Mapping
from math import isnan, nan
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any

from fitscribe.reading.directions import direction_of
from fitscribe.tracking.continued import Continued
from fitscribe_torch import opening
from fitscribe_torch.parts import state_of
from fitscribe_torch.weights import log_weights

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

STEP = "optimizer.step"
BEST = "best_model"
"""The name of the model of the best evaluation, and of the fact that tells which one that was."""
# Of what keeping the models may cost, what may be spent before an epoch is over.
_PART_MEANWHILE = 0.25
_PART_AFTER_EPOCHS = 0.5


class Keeping(Continued):
    """A training as far as it keeps its models.

    Args:
        run: its run.
    """

    unit = "step"

    def __init__(self, run: ActiveRun) -> None:
        super().__init__(self, run, STEP, self._keep_modules)
        self.modules: dict[str, weakref.ref[Any]] = {}
        self.signature: dict[str, Any] = {}
        """What a batch is made of, and what the models give."""
        self._model = self._any_module
        self._state_kept: int | None = None
        self._left_by_epoch: tuple[int, int | None] = 0, None
        """After how many steps, and in which state of the models."""
        self._started = monotonic()
        self._best: tuple[str, float] | None = None
        """The metric by which the best model is found, and its best value."""

    @property
    def has_epochs(self) -> bool:
        """Whether it is divided by epochs."""
        return False

    def keep(self) -> None:
        """Record the state of the models, if the script has told which these are."""
        if not self.modules:
            self._kept = self.calls
            return
        if self._state_now() not in (None, self._state_kept):
            # Where nothing has stepped since, the script has loaded other weights.
            self._kept = min(self._kept, self.calls - 1)
        super().keep()

    def _any_module(self) -> Any:
        return next((found for each in self.modules.values() if (found := each()) is not None), None)

    def keep_if_affordable(self, part: float = 1.0) -> None:
        """Keep the models as they are now, if saving them costs little beside what the training takes.

        Args:
            part: of what may be spent.
        """
        self._trained_s = monotonic() - self._started
        if not self._keeping_last_s:
            self._keeping_last_s = opening.time_to_save(self.living_modules().values())
        if self._affords(part) and not self.run.ended:
            self.keep()

    def keep_after_epoch(self) -> None:
        """Keep the models as an epoch has left them, if that is cheap."""
        self._left_by_epoch = self.calls, self._state_now()
        self.keep_if_affordable(_PART_AFTER_EPOCHS)

    def keep_evaluated(self) -> None:
        """Keep the models if they have other weights than the epoch has left: the best ones, to be tested.

        Without epochs, evaluations are what divides a training.
        """
        steps, state = self._left_by_epoch
        if not self.has_epochs and steps < self.calls:
            self.keep_after_epoch()
        elif steps == self.calls and state is not None and self._state_now() not in (None, state):
            self.keep_if_affordable()

    def keep_if_best(self, evaluated: Mapping[str, float], losses: Collection[str], step: int) -> None:
        """Keep the models beside the last ones, if no evaluation before has been as good as that of them.

        Args:
            evaluated: its metrics, by the names of their series. The first one counts, which is a loss.
            losses: which of them are losses: these are better the lower they are, whatever they are called.
            step: after which one the models were evaluated.
        """
        directions = dict.fromkeys(losses, "min")
        name = next((each for each in evaluated if direction_of(each, directions)), None)
        if self._best:
            name = self._best[0]
        value = evaluated.get(name, nan) if name is not None else nan
        if name is None or isnan(value):
            return
        if self._best and not (
            value < self._best[1] if direction_of(name, directions) == "min" else value > self._best[1]
        ):
            return
        if step != self.made or not self.living_modules():
            why = "steps were made" if step != self.made else "the model was gone"
            self.run.note_unseen("the best model", f"{why} before {name} of step {step} was known")
            return
        self._best = name, value
        told = {"metric": name, "value": value, "step": step}
        log_weights(
            self.run,
            self.living_modules(),
            BEST,
            signature=self.signature,
            description=told,
            of_training=False,
        )
        self.run.log_facts({BEST: told})

    @property
    def has_best(self) -> bool:
        """Whether any evaluation was on data that tells which model is the best."""
        return self._best is not None

    def _state_now(self) -> int | None:
        """Which state the models are in; None where not all of them live any more."""
        living = self.living_modules().values()
        return state_of(living) if len(living) == len(self.modules) else None

    def keep_at_last(self) -> None:
        """Keep the models after the last of the planned epochs: they may be gone when the run ends."""
        self._left_by_epoch = self.calls, self._state_now()
        started = thread_time()
        # Every run may do this once, as at its end: it takes nothing from what keeping may cost besides.
        spent = self._keeping_s, self._keeping_last_s
        with self.run.section("state of the model"):
            self.keep()
        self._keeping_s, self._keeping_last_s = spent
        self.run.training_cpu_s += thread_time() - started

    def keep_meanwhile(self) -> None:
        """Keep the models in the middle of an epoch, where nothing has to wait for a device."""
        if opening.are_on_cpu(self.living_modules().values()):
            self.keep_if_affordable(_PART_MEANWHILE)

    def living_modules(self) -> dict[str, Any]:
        """Its modules by name, of those that still live."""
        return {name: found for name, each in self.modules.items() if (found := each()) is not None}

    def _keep_modules(self, _: Any, run: ActiveRun) -> None:
        with run.section("model"):
            log_weights(run, self.living_modules(), signature=self.signature)
            self._state_kept = self._state_now()
