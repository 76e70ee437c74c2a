"""The epochs of a training: passes over the loader that it is trained on, and what came of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fitscribe.capture import early_stopping_fact
from fitscribe_torch.planned import Planned

if TYPE_CHECKING:
    from fitscribe_torch.passes import Pass
    from fitscribe_torch.training import Training

EPOCH = "epoch"
_OF_EPOCH = "[epoch]"


class Means:
    """The mean of each loss over the steps of an epoch, of which some may be on a device still."""

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {}
        self.expected = 0
        """How many values are still on a device."""
        self._then: Callable[[dict[str, float]], None] | None = None

    def add(self, name: str, value: float) -> None:
        """Take the loss of a step."""
        found = self._sums.get(name)
        if found is None:
            self._sums[name] = [value, 1]
        else:
            found[0] += value
            found[1] += 1

    def arrived(self) -> None:
        """Take that a value which was on a device has been added."""
        self.expected -= 1
        if not self.expected and self._then is not None:
            self._then(self._found())

    def hand_over(self, then: Callable[[dict[str, float]], None]) -> None:
        """Give the means, by series, as soon as no value is missing."""
        if self.expected:
            self._then = then
        else:
            then(self._found())

    def _found(self) -> dict[str, float]:
        return {f"{name}{_OF_EPOCH}": total / count for name, (total, count) in self._sums.items()}


class Epochs:
    """The epochs of one training.

    Args:
        training: the training.
        planned: how many there are to be, as far as the script says so.
    """

    def __init__(self, training: Training, planned: Planned | None = None) -> None:
        self._training = training
        self._planned = planned
        self.innermost: Pass | None = None
        """The innermost pass that a step was made in, as long as it goes on."""
        self._of_epoch: Pass | None = None
        self._in_doubt: Pass | None = None
        """One that has ended while another goes on beside it: it ends the epoch, or begins anew within it."""
        self._trained_on: dict[str, Pass] = {}
        """Those of the epoch, by what the script calls their loaders."""
        self.count = 0
        """How many have begun."""
        self.last_step = 0.0
        """When the last step was made, in seconds since the epoch."""
        self.means = Means()

    def go_on(self, planned: Planned | None) -> None:
        """Take that another stage begins, with an optimizer of its own.

        Args:
            planned: how many epochs it is to have; in the middle of a loop, how many that one has.
        """
        if planned is None or self._planned is None or not planned.loop:
            self._planned = None
        elif planned.loop != self._planned.loop:
            self._planned = Planned(self.count + planned.epochs, planned.loop)

    def enters(self, innermost: Pass) -> bool:
        """Take the first step during a pass.

        Args:
            innermost: the pass.

        Returns:
            Whether it is the first step of an epoch.
        """
        self.innermost = innermost
        outermost = next(
            (each for each in innermost.around if not each.is_over and not each.is_endless), innermost
        )
        is_new = outermost is not self._of_epoch
        if is_new:
            self.end_here()
            self._of_epoch = outermost
            self.count += 1
        for each in innermost.around:
            each.trains, each.evaluation = True, None
            self._trained_on.setdefault(each.name, each)
        self._training.log_loader(outermost)
        return is_new

    def passed(self, each: Pass) -> None:
        """Take that a pass is over."""
        beside = next((one for one in self._beside(each)), None)
        if beside is not None:
            self._training.catch_up()
            self._in_doubt = each
            if each is self._of_epoch:
                self._of_epoch = beside
        elif each is self._of_epoch:
            # One that is left when the other has ended: the epoch was of that.
            self._over(each if each.has_run_out or self._in_doubt is None else self._in_doubt)

    def begins(self, loader: Any) -> None:
        """Take that a pass over a loader begins: what ended in step with another pass was no cycle then."""
        self.innermost = None  # it may be one that the next step is made in as well
        if self._in_doubt is not None and self._in_doubt.loader() is loader:
            for each in self._beside(self._in_doubt):
                each.is_endless = True
            self._over(self._in_doubt)

    def _beside(self, ended: Pass) -> list[Pass]:
        """The passes that go on beside one that has ended."""
        if not ended.in_step or self._of_epoch is None:
            return []
        around = [each for each in ended.around if each is not ended and each.in_step]
        return [each for each in around if not each.is_over and not each.is_abandoned]

    def _over(self, ended: Pass) -> None:
        self._training.catch_up()
        self._of_epoch = ended
        self.end_here()
        self.innermost = self._in_doubt = None
        if self._planned is not None and self.count == self._planned.epochs:
            self._training.keep_at_last()
        else:
            self._training.keep_after_epoch()

    def end_here(self) -> None:
        """Record the means of the epoch that is over, how fast it was, and how long it waited for data."""
        ended, means = self._of_epoch, self.means
        self._of_epoch, self.means = None, Means()
        if ended is None:
            return
        training, step = self._training, self._training.calls
        # Only now it is known which one the epoch was of, and which ones went on beside it.
        training.log_loader(ended)
        for each in self._trained_on.values():
            if each.name != ended.name:
                training.log_loader(each, beside=True)
        self._trained_on = {}
        means.hand_over(lambda points: training.log_points(points, step))
        ended.stepped(self.last_step)
        if ended.seconds > 0 and ended.batches:
            points = {"train/data_wait_share": ended.waited_s / ended.seconds}
            if ended.samples:
                points["train/samples_per_s"] = ended.samples / ended.seconds
            training.log_points(points, step)

    def end(self, *, ran_out: bool) -> None:
        """Record the epoch that was going on as the training ended, and how many there were.

        Args:
            ran_out: whether the training came to an end of its own.
        """
        self.end_here()
        facts: dict[str, object] = {"steps": self._training.calls}
        if self.count:
            facts["epochs"] = self.count
            if self._planned is not None:
                facts["planned_epochs"] = self._planned.epochs
                if ran_out and self._planned.loop and self.count < self._planned.epochs:
                    facts["early_stopping"] = early_stopping_fact(
                        watched=None,
                        patience=None,
                        tolerance=None,
                        best=None,
                        last=self.count,
                        stopped=True,
                        reason=f"the loop was left before its {self._planned.epochs} epochs were over",
                    )
        self._training.run.log_facts(facts)
