"""What a pass of evaluation came to, in plain numbers, and how a run has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch.roles import without_role

if TYPE_CHECKING:
    from fitscribe.evaluation import Evaluation
    from fitscribe.tracking import ActiveRun

# What was said on a run, once for all of its passes.
_said: WeakTable[set[str]] = WeakTable()


class Logged(NamedTuple):
    """What was recorded of a pass.

    Attributes:
        metrics: the values, by the names of their series; losses first.
        losses: which of them are losses, and no metrics of the script's.
    """

    metrics: dict[str, float]
    losses: list[str]


@dataclass
class EvaluatedLoss:
    """One loss of a pass.

    Attributes:
        mean: over the pass; NaN where there was nothing to take it of.
        weight: how many values it is the mean of, or the weights of these.
        samples: how many the batches had.
        batches: how many results there were.
        evaluation: metrics and matrices of the predictions, and what was left out.
        is_loss: whether it is one, and no metric of the script's.
    """

    mean: float
    weight: float
    samples: int
    batches: int
    evaluation: Evaluation
    is_loss: bool = True

    def join(self, other: EvaluatedLoss) -> None:
        """Take in the same loss on another device; predictions there are left out."""
        weight = self.weight + other.weight
        if other.weight:
            own = self.mean * self.weight if self.weight else 0.0
            self.mean = (own + other.mean * other.weight) / weight
        self.weight = weight
        self.samples += other.samples
        self.batches += other.batches
        self.evaluation.metrics.clear()
        self.evaluation.records.clear()
        self.evaluation.omitted["accuracy"] = "the predictions are on several devices"


@dataclass
class EvaluationResult:
    """What a pass came to.

    Attributes:
        losses: by the name that the script gives the loss.
        omitted: names of losses that could not be read, with the reason.
    """

    losses: dict[str, EvaluatedLoss] = field(default_factory=dict)
    omitted: dict[str, str] = field(default_factory=dict)

    def log(self, run: ActiveRun, role: str, step: int | None) -> Logged:
        """Record it as ``<role>/loss``, ``<role>/accuracy``, ``<role>/confusion_matrix`` and so on.

        Metrics of all but the first loss with predictions have its name beside their own, as in
        ``valid/accuracy[loss_b]``.

        Args:
            run: the run of the training.
            role: what the data is, such as ``valid``.
            step: how far the training is.

        Returns:
            What was recorded.
        """
        names = _names(self.losses, role)
        values = {f"{role}/{names[name]}": each.mean for name, each in self.losses.items()}
        unseen = {f"{role}/{name}": why for name, why in self.omitted.items()}
        is_first = True
        for name, each in self.losses.items():
            found = each.evaluation
            mark = "" if is_first else f"[{names[name]}]"
            is_first &= not found.metrics
            values |= {f"{role}/{metric}{mark}": value for metric, value in found.metrics.items()}
            unseen |= {f"{role}/{what}{mark}": why for what, why in found.omitted.items()}
            for record, data in found.records.items():
                run.log_record(f"{role}/{record}{mark}", record, data)
        if values:
            run.log_metrics(values, step)
        _say_once(run, unseen)
        return Logged(values, [f"{role}/{names[name]}" for name, each in self.losses.items() if each.is_loss])


def _names(losses: dict[str, EvaluatedLoss], role: str) -> dict[str, str]:
    """The names of losses in series of a role: ``val_loss`` is the ``loss`` of ``valid``."""
    short = {name: without_role(name, role) for name in losses}
    taken = list(short.values())
    return {name: new if taken.count(new) == 1 else name for name, new in short.items()}


def _say_once(run: ActiveRun, unseen: dict[str, str]) -> None:
    said = _said.get(run)
    if said is None:
        said = set()
        _said.set(run, said)
    for what, why in unseen.items():
        if what not in said:
            said.add(what)
            run.note_unseen(what, why)
