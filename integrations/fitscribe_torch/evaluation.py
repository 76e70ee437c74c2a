"""What the criterion says in one pass of evaluation: the mean loss, and how predictions compare with targets.

Losses are averaged over the pass as torch would average them over all of its data at once, as far as it is
known what each result is the mean of; see :mod:`fitscribe_torch.evaluation_calls`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe_torch.evaluation_calls import LossCall
from fitscribe_torch.evaluation_criterion import Criterion
from fitscribe_torch.evaluation_result import EvaluationResult, Logged
from fitscribe_torch.evaluation_tensors import is_captured, is_followed, plain

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class _Key(NamedTuple):
    name: str
    function: str
    device: Any


class PassEvaluation:
    """Adds up what the criteria say in one pass; on a device, without waiting for it."""

    def __init__(self) -> None:
        self._criteria: dict[_Key, Criterion] = {}
        self._unread: dict[str, str] = {}

    def add(
        self,
        function: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        result: Any,
        name: str = "loss",
        *,
        compare: bool = True,
    ) -> None:
        """Take one call of a criterion; nothing of what it is given is kept, or changed.

        Args:
            function: its name in `torch.nn.functional`. Of any other function the results are averaged by the
                size of the batches.
            args: what it was called with.
            kwargs: what it was called with by name.
            result: the tensor, or the number, that it returned.
            name: what the script calls that value.
            compare: whether predictions are compared with targets, too.
        """
        torch = sys.modules["torch"]
        if is_followed(torch):
            return
        with torch.inference_mode():
            if isinstance(result, (int, float)):
                result = torch.tensor(float(result), dtype=torch.float64, device="cpu")
            value = plain(torch, result)
            if value is None:
                self._unread[name] = f"{function} gave a {type(result).__name__} without numbers to be read"
                return
            if is_captured(torch, value):
                self._unread[name] = f"{function} is captured in a CUDA graph"
                return
            key = _Key(name, function, value.device)
            criterion = self._criteria.get(key)
            if criterion is None:
                criterion = self._criteria[key] = Criterion(function, value.device, compare=compare)
            criterion.add(LossCall(torch, function, args, kwargs), value)

    def finish(self) -> EvaluationResult:
        """Read the sums: the one time that a device is waited for."""
        criteria = list(self._criteria.items())
        numbers = _read([sums for _, each in criteria for sums in each.totals])
        result = EvaluationResult(omitted=dict(self._unread))
        functions: dict[str, set[str]] = {}
        for key, _ in criteria:
            functions.setdefault(key.name, set()).add(key.function)
        for key, criterion in criteria:
            own = [numbers.pop(0) for _ in criterion.totals]
            # Two losses that the script gives one name have those of their functions.
            name = key.name if len(functions[key.name]) == 1 else key.function
            if name in result.losses:
                result.losses[name].join(criterion.result(own))
            else:
                result.losses[name] = criterion.result(own)
        return result

    def log(self, run: ActiveRun, role: str, step: int | None = None) -> Logged:
        """Finish, and record what the pass came to; see :meth:`EvaluationResult.log`."""
        return self.finish().log(run, role, step)


def _read(tensors: list[Any]) -> list[Any]:
    """The same tensors on the host: those of one device and type in one transfer."""
    torch = sys.modules["torch"]
    alike: dict[Any, list[int]] = {}
    for index, tensor in enumerate(tensors):
        alike.setdefault((tensor.device, tensor.dtype), []).append(index)
    found: dict[int, Any] = {}
    with torch.inference_mode():
        for indices in alike.values():
            together = torch.cat([tensors[index] for index in indices]).cpu()
            parts = together.split([len(tensors[index]) for index in indices])
            found.update(zip(indices, parts, strict=True))
    return [found[index] for index in range(len(tensors))]
