"""One training loop of the script's own, and the run that it has."""

from __future__ import annotations

import os
import weakref
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any

from fitscribe.tracking import context
from fitscribe.tracking.continued import Continued, keep_first_at_exit
from fitscribe.tracking.keeping_up import look_after
from fitscribe_keras.loops import members
from fitscribe_keras.loops.members import Made, Member
from fitscribe_keras.loops.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fitscribe.tracking import ActiveRun
    from fitscribe.tracking.trained import Trained
    from fitscribe_keras.loops.opening import Seen
    from fitscribe_keras.loops.passes import Pass

STEP = "optimizer.apply"
# So many steps are recorded at once: each of them alone costs several times as much.
_TOGETHER = 64
_LONGEST_S = 1.0
# What saving a model takes at least, as long as it has not been tried.
_SAVING_S = 0.05


class LoopTraining(Continued):
    """One training: the optimizers that step in it, and its run.

    Args:
        run: its run.
        began: the :func:`fitscribe_keras.loops.members.moment` at which it began.
    """

    unit = "step"

    def __init__(self, run: ActiveRun, began: int) -> None:
        super().__init__(self, run, STEP, self._keep_models)
        self.began = began
        self.outer = run.outer
        self.models: dict[str, weakref.ref[Any]] = {}
        self._model = self._any_model
        self._members: list[Member] = []
        self._steps = Steps(run)
        self._noted: list[tuple[Member, Made]] = []
        self._due = 0.0
        self._during: Pass | None = None
        self._known: list[Trained] = []
        """What lets the models find the run."""
        self._functions: dict[str, bool] = {}
        """By the name of a `tf.function` that steps, whether it returns numbers."""
        self._started = monotonic()

    # -- whom it belongs to

    @property
    def is_gone(self) -> bool:
        """Whether none of its optimizers is there any more."""
        return all(each.is_gone for each in self._members)

    @property
    def goes_on_here(self) -> bool:
        """Whether a step made here belongs to it: within the same run."""
        return context.enclosing_run() is self.outer

    def add(self, seen: Seen, variables: Iterable[Any]) -> Member:
        """Let an optimizer belong to it.

        Args:
            seen: what was seen of it.
            variables: what it trains.

        Returns:
            The member; where one of the same name is gone, that one goes on as this one.
        """
        from fitscribe_keras.loops import opening

        optimizer, name = seen.optimizer, seen.name
        member = next((each for each in self._members if each.is_gone and each.name == name), None)
        if member is not None:
            member.optimizer = weakref.ref(optimizer)
        else:
            taken = {each.name for each in self._members}
            while name in taken:
                name = f"{seen.name}_{len(taken) + 1}"
            member = Member(self, name, optimizer)
            self._members.append(member)
            opening.log_optimizer(self.run, seen._replace(name=name))
        new = {called: model for called, model in seen.models.items() if called not in self.models}
        for called, model in new.items():
            self.models[called] = weakref.ref(model)
            self._known.append(opening.known_as(self.run, model))
        if new and len(self._members) > 1:
            self.run.rename(opening.title(self.living_models().values()))
        members.take(member, optimizer, variables)
        return member

    def leave_open(self) -> None:
        """Let the run be open until the training is over; what is noted of steps is recorded meanwhile."""
        super().leave_open()
        keep_first_at_exit()  # before h5py is torn down, through which Keras saves
        look_after(self)

    # -- steps

    def goes_into(self, during: Pass) -> None:
        """Take that the next step is made in a pass: what was noted in another one is recorded.

        Args:
            during: the pass over a dataset.
        """
        if during is not self._during:
            self._during = during
            self.catch_up()
            if self.made:
                self._keep_if_affordable()

    def stepped(self, member: Member, made: Made) -> None:
        """Note a step; this is all that the training waits for.

        Args:
            member: the optimizer.
            made: what is known of the step.
        """
        self._noted.append((member, made))
        self.touched = monotonic()
        if made.number > self.made:
            self.made = made.number
        for each in self._known:
            each.generation += 1
            each.step = self.made
        if len(self._noted) >= _TOGETHER or made.time >= self._due:
            self.catch_up()

    def catch_up(self) -> None:
        """Record the steps that were noted."""
        started = thread_time()
        with self._lock:
            noted = self._noted[:]
            if not noted:
                return
            del self._noted[: len(noted)]  # another thread may have noted a step meanwhile
            if self.run.ended:
                self.leave_open()
                self.run.resume()
            self._due = noted[-1][1].time + _LONGEST_S
            self._steps.record(noted)
            self.calls = max(self.calls, *(made.number for _, made in noted))
        self.run.training_cpu_s += thread_time() - started

    def catch_up_aside(self) -> None:
        """Do so on a thread that is not the script's: a device is left alone."""
        if all(type(value) is float for _, made in self._noted[:] for _, value in made.values):
            self.catch_up()

    def note_function(self, name: str, *, returns_numbers: bool) -> None:
        """Say, once, what cannot be seen of a `tf.function` that makes steps.

        Args:
            name: of the function.
            returns_numbers: whether it has returned some.
        """
        before = self._functions.get(name)
        if before is returns_numbers or before:
            return
        self._functions[name] = returns_numbers
        why = f"{name}() is a tf.function: in its graph nothing is seen but what it returns"
        no_loss = f"the loss of the steps of {name}()"
        if not returns_numbers:
            why += ", and that is no number: return the loss, or read a metric after the call"
            self.run.note_unseen(no_loss, why)
            return
        if before is not None:
            self.run.note_seen(no_loss)
        why += ": return that, too, or read a metric after the call"
        self.run.note_unseen(f"what else is computed within {name}()", why)

    # -- models

    def _any_model(self) -> Any:
        return next(iter(self.living_models().values()), None)

    def living_models(self) -> dict[str, Any]:
        """Its models by name, of those that still live."""
        return {name: found for name, each in self.models.items() if (found := each()) is not None}

    def keep(self) -> None:
        """Record the state of the models, if the script has told which these are."""
        if self.models:
            super().keep()
        else:
            self._kept = self.calls

    def _keep_if_affordable(self) -> None:
        """Keep the models as they are now, if saving them costs little beside what the training takes."""
        self._trained_s = monotonic() - self._started
        self._keeping_last_s = self._keeping_last_s or _SAVING_S
        if self.models and self.affords_keeping and not self.run.ended:
            self.keep()

    def _keep_models(self, _: Any, run: ActiveRun) -> None:
        from fitscribe_keras import formats

        models = self.living_models()
        for name, model in models.items():
            with run.section("model"):
                formats.log_model(run, model, "model" if len(self.models) == 1 else name)

    # -- the end

    def end(self, status: str = "finished", error: BaseException | None = None) -> None:
        """End the run, with the state that the models have now; a second call does nothing."""
        if not self.run.ended and self.process == os.getpid():
            with self.run.section("end of the loop"):
                self.catch_up()
                self._steps.end()
                if not self._functions:
                    self._steps.say_what_was_missed()
                self.run.log_facts({"steps": self.calls})
        super().end(status, error)
