"""One loss of a pass, on one device: its sums, and what they come to."""

from __future__ import annotations

from typing import Any

from fitscribe.evaluation import Evaluation
from fitscribe_torch.evaluation_calls import LossCall
from fitscribe_torch.evaluation_metrics import compared, of_loss
from fitscribe_torch.evaluation_result import EvaluatedLoss
from fitscribe_torch.evaluation_sums import (
    MOST_CLASSES,
    REGRESSIONS,
    Kind,
    LossSum,
    classes_of,
    kind_of,
    sums_of,
)

_MIXED = "the calls of this loss are of different kinds"
_SUBCLASS = "inputs or targets are no plain tensors"


class Criterion:
    """What the calls of one loss on one device add up to.

    Args:
        function: its name in `torch.nn.functional`, or another function's.
        device: where its results are.
        compare: whether predictions are compared with targets.
    """

    def __init__(self, function: str, device: Any, *, compare: bool) -> None:
        self._function = function
        self._device = device
        self._compare = compare
        self._loss = LossSum(device)
        self._kind: Kind | str | None = None
        self._compared: Any = None
        self._is_known = True
        # Whether the mean of the loss is that of its values, which is what other metrics are computed from.
        self._is_mean = True
        self._classes = 0

    def add(self, call: LossCall, value: Any) -> None:
        """Add a call.

        Args:
            call: the call.
            value: what it returned: a plain tensor.
        """
        self._loss.add(call, value)
        self._is_known &= call.is_known
        if not self._compare:
            return
        kind = _SUBCLASS if call.input is None or call.target is None else kind_of(call)
        if self._kind is None:
            self._begin(call, kind)
        elif kind != self._kind and not (isinstance(kind, str) and isinstance(self._kind, str)):
            self._kind, self._compared = _MIXED, None
        if self._compared is not None:
            self._compared.add(call)
        self._is_mean &= _is_mean(call)

    def _begin(self, call: LossCall, kind: Kind | str) -> None:
        self._kind = kind
        if isinstance(kind, Kind):
            self._compared = sums_of(kind, self._device)
        if call.of_classes:
            self._classes = classes_of(call)

    @property
    def totals(self) -> list[Any]:
        """The tensors to be read at the end."""
        return [self._loss.totals] if self._compared is None else [self._loss.totals, self._compared.totals]

    def result(self, totals: list[Any]) -> EvaluatedLoss:
        """What it comes to.

        Args:
            totals: the numbers of :attr:`totals`, on the host.
        """
        total, weight = totals[0].tolist()
        weight += self._loss.weight
        mean = total / weight if weight else float("nan")
        evaluation = Evaluation()
        if isinstance(self._kind, Kind) and self._compared is not None:
            evaluation = compared(self._kind, self._compared, totals[1])
        elif self._kind:
            what = "rmse, mae and r2" if self._function in REGRESSIONS else "accuracy"
            evaluation.omitted[what] = str(self._kind)
        if self._is_mean and self._kind is not None:
            classes = self._classes if self._classes > MOST_CLASSES else 0
            for name, value in of_loss(self._function, mean, classes).items():
                evaluation.metrics.setdefault(name, value)
        if self._compare and not self._is_known:
            evaluation.omitted["mean loss of all samples"] = (
                f"what {self._function} averages is not known: batches count by their sizes"
            )
        return EvaluatedLoss(
            mean, weight, self._loss.samples, self._loss.batches, evaluation, is_loss=self._compare
        )


def _is_mean(call: LossCall) -> bool:
    if call.argument("weight") is not None or call.argument("label_smoothing", 0.0):
        return False
    if call.function in REGRESSIONS:
        return (
            call.reduction != "sum"
            and call.input is not None
            and call.target is not None
            and (call.input.shape == call.target.shape)
        )
    return call.reduction != "sum" or (call.of_classes and call.target.ndim < 2)
