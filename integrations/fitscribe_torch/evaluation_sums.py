"""Running sums of an evaluation pass: small tensors on the device where the values are, read at the end.

Nothing here waits for a device, keeps a tensor of the user's or draws a random number. All of it runs in
inference mode, in which nothing takes part in a gradient.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from fitscribe_torch.evaluation_calls import CLASS_INDICES, LossCall, Number, wide

MOST_CLASSES = 1_000
"""With more classes than this there is no confusion matrix, but the rate of hits."""
TOP = 5
MOST_COLUMNS = 64
"""With more outputs than this the errors of a regression are not looked at one by one."""

CLASSES, HITS, BINARY, ERRORS = "classes", "hits", "binary", "errors"
REGRESSIONS = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
_LOGITS, _PROBABILITIES = "binary_cross_entropy_with_logits", "binary_cross_entropy"

# To look for the best five of very many classes takes longer than the loss does: in a batch it is done for so
# many scores, or for every so many-th row if that is more: no power of two, as lengths of sequences are.
_SCORES = 1 << 17
_EVERY = 31


class Kind(NamedTuple):
    """What is added up beside the loss itself.

    Attributes:
        what: ``classes``, ``hits``, ``binary`` or ``errors``.
        columns: the number of classes, or of outputs.
    """

    what: str
    columns: int


def kind_of(call: LossCall) -> Kind | str:
    """What can be added up of a call, or why that is nothing; an empty text for other losses.

    Args:
        call: of a loss, with input and target that are plain tensors.
    """
    input_, target = call.input, call.target
    if call.function in ("cross_entropy", "nll_loss"):
        if not call.of_classes:
            return "the targets are probabilities of classes"
        columns = classes_of(call)
        return Kind(CLASSES if columns <= MOST_CLASSES else HITS, columns)
    if call.function == "linear_cross_entropy":
        return "linear_cross_entropy does not give the scores of the classes"
    if call.function in (_LOGITS, _PROBABILITIES):
        is_binary = input_.ndim < 2 or input_.shape[1] == 1
        return Kind(BINARY, 2) if is_binary else "every sample has several labels"
    if call.function in REGRESSIONS:
        if input_.shape != target.shape:
            return f"the shapes {tuple(input_.shape)} and {tuple(target.shape)} differ"
        columns = int(input_.shape[1]) if input_.ndim == 2 else 1
        if input_.ndim > 2 or columns > MOST_COLUMNS:
            return f"every sample has {int(input_[:1].numel())} values"
        return Kind(ERRORS, columns)
    return ""


def classes_of(call: LossCall) -> int:
    """How many classes the model tells apart; 0 of a loss that is not of classes."""
    if call.function not in CLASS_INDICES:
        return 0
    if call.function == "linear_cross_entropy":
        return int(call.argument("linear_weight").shape[0])
    return int(call.input.shape[int(call.input.ndim > 1)])


def sums_of(kind: Kind, device: Any) -> ClassCounts | Hits | BinaryCounts | Errors:
    """Sums of a kind, on a device."""
    sums: ClassCounts | Hits | BinaryCounts | Errors = _SUMS[kind.what](device, kind.columns)
    return sums


def _zeros(length: int, dtype: Any, device: Any) -> Any:
    """Zeros that may be written to in any mode."""
    torch = sys.modules["torch"]
    with torch.inference_mode(False):
        return torch.zeros(length, dtype=dtype, device=device)


def _counts(length: int, device: Any) -> Any:
    return _zeros(length, sys.modules["torch"].int64, device)


class LossSum:
    """The sum of a loss over the batches of a pass, and of what each batch counts."""

    def __init__(self, device: Any) -> None:
        self.totals = _zeros(2, wide(device), device)
        with sys.modules["torch"].inference_mode(False):
            self._total, self._weight = self.totals[0], self.totals[1]
        self.weight = 0.0
        """The part of the weight that was known without asking the device."""
        self.batches = self.samples = 0

    def add(self, call: LossCall, value: Any) -> None:
        """Add the result of a call.

        Args:
            call: the call.
            value: what it returned.
        """
        samples = call.samples
        self.batches += 1
        self.samples += samples
        total = self._total
        if value.ndim:
            total.add_(value.sum(dtype=self.totals.dtype))
            self._weigh(call.averaged() if call.of_classes else value.numel())
        elif call.reduction == "sum":
            total.add_(value)
            is_by_row = call.of_classes and call.target.ndim < 2
            self._weigh(call.counted() if is_by_row else samples)
        else:
            weight = call.averaged()
            self._weigh(weight)
            if isinstance(weight, (int, float)):
                # The mean of nothing is NaN, and nothing to the mean of all.
                if weight:
                    total.add_(value, alpha=weight)
            else:
                torch = sys.modules["torch"]
                total.add_(torch.where(weight > 0, value.to(self.totals.dtype) * weight, 0.0))

    def _weigh(self, weight: Number) -> None:
        if isinstance(weight, (int, float)):
            self.weight += weight
        else:
            self._weight.add_(weight)


class ClassCounts:
    """How often each class was taken for each: a row per true class, and a last one for what is ignored."""

    def __init__(self, device: Any, classes: int) -> None:
        self._classes = classes
        self.totals = _counts((classes + 1) * classes, device)
        self._one = _counts(1, device) + 1

    def add(self, call: LossCall) -> None:
        """Count the predictions of a call."""
        predicted = call.input.max(int(call.input.ndim > 1))[1]
        cells = predicted.add(call.classes(ignored=self._classes), alpha=self._classes)
        self.totals.index_add_(0, cells.flatten(), self._one.expand(cells.numel()))


class Hits:
    """How many of how many targets were the best class, and among the best five."""

    def __init__(self, device: Any, classes: int) -> None:
        self._classes = classes
        self.totals = _counts(3, device)
        self.part = 1
        """Every how many-th row was looked at."""
        self._calls = 0

    def add(self, call: LossCall) -> None:
        """Count the hits of a call."""
        scores, target = call.input, call.classes(ignored=-1)
        if scores.ndim == 1:
            scores, target = scores[None], target[None]
        part = min(_EVERY, -(-scores.numel() // _SCORES))
        if part > 1:
            self.part = max(self.part, part)
            where = _every(part, self._calls % part, target)
            self._calls += 1
            index = where[0], slice(None), *where[1:]
            scores, target = scores[index], target[where]
        best = scores.topk(TOP, 1)[1]
        self.totals[0].add_((target >= 0).sum())
        self.totals[1].add_((scores.max(1)[1] == target).sum())
        self.totals[2].add_((best == target.unsqueeze(1)).sum())


class BinaryCounts:
    """As :class:`ClassCounts`, for two classes that one number tells apart; the last cell is for the rest."""

    def __init__(self, device: Any, _: int) -> None:
        self.totals = _counts(5, device)
        self._one = _counts(1, device) + 1

    def add(self, call: LossCall) -> None:
        """Count the predictions of a call."""
        target = call.target
        true = target.long()
        cells = (call.input > (0 if call.function == _LOGITS else 0.5)).add(true, alpha=2)
        cells = cells.masked_fill_(true.clamp(0, 1) != target, 4).flatten()
        self.totals.index_add_(0, cells, self._one.expand(cells.numel()))


class Errors:
    """What the errors of a regression add up to: |error|, error², target and target², for each output.

    Targets are counted from those of the first sample, so that their squares do not drown their spread.
    """

    def __init__(self, device: Any, outputs: int) -> None:
        self._outputs = outputs
        self.totals = _zeros(4 * outputs, wide(device), device)
        self.rows = 0
        self._origin: Any = None

    def add(self, call: LossCall) -> None:
        """Add the errors of a call."""
        torch, dtype = sys.modules["torch"], self.totals.dtype
        shape = (-1, self._outputs)
        target = call.target.to(dtype).reshape(shape)
        rows = len(target)
        if not rows:
            return
        if self._origin is None:
            self._origin = target[0].clone()
        self.rows += rows
        error = call.input.to(dtype).reshape(shape) - target
        spread = target - self._origin
        parts = torch.cat([error.abs(), error * error, spread, spread * spread], 1)
        self.totals.add_(parts.sum(0))


def _every(part: int, first: int, target: Any) -> tuple[Any, ...]:
    """The places of every so many-th element, in each dimension."""
    places = sys.modules["torch"].arange(first, target.numel(), part, device=target.device)
    found: tuple[Any, ...] = ()
    for size in reversed(target.shape):
        found = places % size, *found
        places = places // size
    return found


_SUMS: dict[str, Any] = {CLASSES: ClassCounts, HITS: Hits, BINARY: BinaryCounts, ERRORS: Errors}
