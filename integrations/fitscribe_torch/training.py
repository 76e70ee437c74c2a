"""One training loop of the script's own, and the run that it has."""

from __future__ import annotations

import os
import weakref
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any

from fitscribe.tracking import context, saved_files
from fitscribe.tracking.keeping_up import look_after
from fitscribe_torch import members, opening, optimizers
from fitscribe_torch.epochs import Epochs
from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.keeping import Keeping
from fitscribe_torch.losses import before_next
from fitscribe_torch.members import Member
from fitscribe_torch.parts import unwrapped
from fitscribe_torch.rings import Slot, receive_all
from fitscribe_torch.roles import VALID
from fitscribe_torch.steps import Steps

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun
    from fitscribe_torch.members import Made
    from fitscribe_torch.opening import Seen
    from fitscribe_torch.passes import Pass
    from fitscribe_torch.planned import Planned

# So many steps are recorded at once: each of them alone costs several times as much beside what a model does
# to the processor's caches.
_TOGETHER = 128
_LONGEST_S = 1.0
# A script that makes an optimizer for each of many tasks: the last ones are taken for one.
_MOST_MEMBERS = 16


class Training(Keeping):
    """One training: the optimizers that step in it, and its run.

    Args:
        run: its run.
        began: the number of the moment at which it began, as in `fitscribe_torch.loops`.
        planned: how many epochs it is to have, as far as the script says so.
    """

    def __init__(self, run: ActiveRun, began: int, planned: Planned | None = None) -> None:
        super().__init__(run)
        self.began = began
        self.outer = run.outer
        self.norm_every = run.options.gradient_norm
        self.epochs = Epochs(self, planned)
        self._last_planned = 0 if planned is None else planned.epochs
        self._members: list[Member] = []
        self._steps = Steps(self)
        self._known_loaders: set[tuple[str, bool]] = set()
        self._unseen_passes: set[str] = set()
        self._has_told_of_buffers = False
        self._joined: dict[str, PassEvaluation] = {}
        """By role, evaluations that go on until the next step."""
        self._due = 0.0
        self._noted: list[tuple[Member, Made]] = []
        self.made = 0

    @property
    def has_epochs(self) -> bool:
        """Whether it is divided by epochs."""
        return bool(self.epochs.count)

    # -- whom it belongs to

    def leave_open(self) -> None:
        """Let the run be open until the training is over; what is noted of steps is recorded meanwhile."""
        super().leave_open()
        look_after(self)

    @property
    def is_gone(self) -> bool:
        """Whether none of its optimizers is there any more, nor one that may step in it yet."""
        return all(each.is_gone for each in self._members) and not any(
            members.was_built_before(each, self.began) for each in members.without_a_step()
        )

    @property
    def is_forgotten(self) -> bool:
        """Whether its modules are gone, too: nothing that is evaluated can be of it."""
        return bool(self.modules) and self._any_module() is None and self.is_gone

    @property
    def goes_on_here(self) -> bool:
        """Whether a step made here belongs to it: within the same run."""
        # The process is not asked for, which takes longer than all the rest: a fork forgets the members.
        return context.enclosing_run() is self.outer

    def member_of(self, optimizer: Any) -> Member | None:
        """What an optimizer is in it, if it has stepped in it before."""
        return next((each for each in self._members if each.optimizer() is optimizer), None)

    def vacancy_for(self, optimizer: Any) -> Member | None:
        """What an optimizer is that is like one that is gone, as those of each task of meta-learning are."""
        gone = [each for each in self._members if each.is_gone]
        alike = optimizers.likeness(optimizer) if gone else ()
        found = next((each for each in gone if each.likeness == alike), None)
        if found is not None:
            found.optimizer = weakref.ref(optimizer)
        return found

    def add(self, seen: Seen, after: Member | None = None) -> Member:
        """Let an optimizer belong to it.

        Args:
            seen: what was seen of it.
            after: the optimizer that it goes on with, as it shares a parameter with that one.
        """
        if len(self._members) >= _MOST_MEMBERS:
            last = self._members[-1]
            last.optimizer = seen.optimizer
            return last
        if after is not None:
            self.catch_up()
        name = members.name_of(seen, {each.name for each in self._members})
        member = Member(self, name, seen, after)
        self._members.append(member)
        modules = members.told_apart(seen.modules, self.modules)
        new = modules.keys() - self.modules.keys()
        for each in modules.values():
            if (module := each()) is not None:
                members.of_module.set(unwrapped(module)[0], self)
        self.modules.update(modules)
        if new and len(self._members) > 1:
            self.run.rename(opening.name_of(self.living_modules().values()))
        opening.log_optimizer(self.run, name, seen)
        return member

    # -- steps

    def stepped(self, member: Member, made: Made) -> None:
        """Note a step; this is all that the training waits for.

        Args:
            member: the optimizer.
            made: what is known of the step.
        """
        noted = self._noted
        noted.append((member, made))
        count = member.count
        count.made = number = count.made + 1
        if number > self.made:
            self.made = number
        if (
            made.during is not self.epochs.innermost
            or len(noted) >= _TOGETHER
            or made.time >= self._due
            or number == self._last_planned
        ):
            self._is_due(number, made)

    def _is_due(self, number: int, made: Made) -> None:
        """Record what was noted, be it that it is time to or that the step is a special one."""
        is_within = made.during is self.epochs.innermost
        self.catch_up()
        if number == self._last_planned and made.during is None:
            # Of a loop without a loader a step is an epoch, and its model may be gone when the run ends.
            self.keep_at_last()
        elif is_within:
            self.keep_meanwhile()

    def catch_up(self) -> None:
        """Record the steps that were noted: of each a point of every loss, and of what has changed."""
        started = thread_time()
        with self._lock:
            noted = self._noted[:]
            if not noted:
                return
            del self._noted[: len(noted)]  # another thread may have noted a step meanwhile
            self.touched = monotonic()
            if self.run.ended:
                self.leave_open()
                self.run.resume()
            self._log_joined()  # a step has been made since
            self._due = noted[-1][1].time + _LONGEST_S
            self._record(noted)
        self.run.training_cpu_s += thread_time() - started

    def catch_up_aside(self) -> None:
        """Do so on a thread that is not the script's: a device is left alone, it may be capturing a graph."""
        noted = self._noted[:]
        if noted and not any(isinstance(value, Slot) for _, made in noted for _, value in made.values):
            self.catch_up()

    def _record(self, noted: list[tuple[Member, Made]]) -> None:
        self._steps.record(noted)

    def end(self, status: str = "finished", error: BaseException | None = None) -> None:
        """End the run, with the state that the models have now; a second call does nothing."""
        if not self.run.ended and self.process == os.getpid():
            with self.run.section("end of the loop"):
                self.catch_up()
                self._log_joined()
                receive_all()
                self._say_what_was_missed()
                self.epochs.end(ran_out=status == "finished")
                saved_files.settle(self.run)
            if self._log_joined_in_time in before_next:
                before_next.remove(self._log_joined_in_time)
        super().end(status, error)

    def _say_what_was_missed(self) -> None:
        if self.run.options.best_model and not self.has_best:
            self.run.note_unseen("the best model", "nothing was evaluated on validation data")
        self._steps.say_what_was_missed(skipped=sum(each.skipped for each in self._members))

    def log_points(self, points: dict[str, float], step: int) -> None:
        """Record points that are none of a step's own."""
        self.run.log_points(points, step)
        self.run.final.update(points)

    def evaluated(self, evaluation: PassEvaluation, role: str, step: int | None = None) -> None:
        """Record an evaluation.

        Args:
            evaluation: what the criterion gave.
            role: of the data.
            step: how far the training had come; by default as far as it has by now.
        """
        started = thread_time()
        self.catch_up()
        self._log_evaluation(evaluation, role, self.calls if step is None else step)
        self.run.training_cpu_s += thread_time() - started
        with self.run.section("model"):
            self.keep_evaluated()

    def joined(self, role: str) -> PassEvaluation:
        """What the criterion gives until the next step, without a pass over a loader, is one evaluation.

        Args:
            role: of the data.

        Returns:
            The evaluation, to be added to.
        """
        self.catch_up()
        found = self._joined.get(role)
        if found is None:
            found = self._joined[role] = PassEvaluation()
            with self.run.section("model"):
                self.keep_evaluated()
            if self.run.options.best_model and self._log_joined_in_time not in before_next:
                before_next.append(self._log_joined_in_time)
        return found

    def _log_joined_in_time(self) -> None:
        """Record them while the models have the weights that were evaluated."""
        has_buffers = any(True for each in self.living_modules().values() for _ in each.buffers())
        if has_buffers and not self._has_told_of_buffers:
            self._has_told_of_buffers = True
            self.run.note_unseen(
                "buffers of the best model as they were evaluated",
                "without a loader they are as the next batch has left them, such as running means",
            )
        self._log_joined()

    def _log_joined(self) -> None:
        joined, self._joined = self._joined, {}
        for role, evaluation in joined.items():
            self._log_evaluation(evaluation, role, self.calls)

    def _log_evaluation(self, evaluation: PassEvaluation, role: str, step: int) -> None:
        if self.run.options.evaluation:
            with self.run.section("evaluation"):
                found = evaluation.log(self.run, role, step)
            if self.run.options.best_model and role == VALID:
                with self.run.section("model"):
                    self.keep_if_best(*found, step)

    def note_unseen_pass(self, role: str) -> None:
        """Say, once of a role, that a pass over a loader was no evaluation that could be seen.

        Args:
            role: of the data.
        """
        if role not in self._unseen_passes:
            self._unseen_passes.add(role)
            why = (
                "no criterion of torch's was called in the pass: what the script computes by hand is not "
                "seen, and neither is a criterion within a compiled model"
            )
            self.run.note_unseen(f"evaluation ({role})", why)

    def log_loader(self, each: Pass, *, beside: bool = False) -> None:
        """Record what a loader was told, once; by its own name where it goes on beside that of the epochs."""
        known = each.name or str(each.settings), beside
        if known not in self._known_loaders:
            self._known_loaders.add(known)
            if each.trains and each.first is not None and "batch" not in self.signature:
                self.log_signature({"batch": each.first})
            opening.log_loader(self.run, each, beside=beside)

    def log_signature(self, found: dict[str, Any]) -> None:
        """Record more of what the models take and give."""
        self.signature |= found
        self.run.log_signature(self.signature)
