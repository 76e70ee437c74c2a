"""What a functional loss was called with, and how many values its result is the mean or the sum of.

The parameters and their order are those of `torch.nn.functional` in torch 2.0 to 2.13.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from math import prod
from typing import Any

from fitscribe_torch.evaluation_tensors import plain

Number = Any
"""A number, or a tensor that holds one."""

IGNORED = -100
"""The class that torch leaves out if it is not told which."""

CLASS_INDICES = frozenset({"cross_entropy", "nll_loss", "linear_cross_entropy"})
_ORDER = "input target size_average reduce reduction"
_WEIGHTED = "input target weight size_average reduce reduction"
_PARAMETERS = {
    name: {parameter: position for position, parameter in enumerate(order.split())}
    for name, order in {
        "cross_entropy": "input target weight size_average ignore_index reduce reduction label_smoothing",
        "nll_loss": "input target weight size_average ignore_index reduce reduction",
        "linear_cross_entropy": "input linear_weight target",
        "binary_cross_entropy": _WEIGHTED,
        "binary_cross_entropy_with_logits": f"{_WEIGHTED} pos_weight",
        "mse_loss": f"{_ORDER} weight",
        "l1_loss": f"{_ORDER} weight",
        "smooth_l1_loss": f"{_ORDER} beta",
        "huber_loss": "input target reduction delta weight",
        "kl_div": _ORDER,
        "soft_margin_loss": _ORDER,
        "multilabel_margin_loss": _ORDER,
        "multilabel_soft_margin_loss": _WEIGHTED,
        "multi_margin_loss": "input target p margin weight size_average reduce reduction",
        "hinge_embedding_loss": "input target margin size_average reduce reduction",
        "poisson_nll_loss": "input target log_input full size_average eps reduce reduction",
        "gaussian_nll_loss": "input target var full eps reduction",
        "margin_ranking_loss": "input1 input2 target margin size_average reduce reduction",
        "cosine_embedding_loss": "input1 input2 target margin size_average reduce reduction",
        "triplet_margin_loss": "anchor positive negative margin p eps swap size_average reduce reduction",
        "triplet_margin_with_distance_loss": "anchor positive negative",
        "ctc_loss": "log_probs targets input_lengths target_lengths blank reduction",
    }.items()
}
_UNKNOWN: dict[str, int] = {}
# Their mean is that of all elements, not of all samples.
_ELEMENTWISE = frozenset(
    "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div "
    "soft_margin_loss hinge_embedding_loss poisson_nll_loss gaussian_nll_loss margin_ranking_loss".split()
)
# Their weighted mean is divided by the weights, and not by the number of elements.
_BY_WEIGHTS = frozenset({"mse_loss", "l1_loss"})


class LossCall:
    """One call of a functional loss.

    Args:
        torch: the module.
        function: its name in `torch.nn.functional`, or that of a function of the user's.
        args: what it was given.
        kwargs: what it was given by name.

    Attributes:
        input: what the model gave; None where that is no plain tensor.
        target: what it was compared with, likewise.
        of_classes: whether the targets are the numbers of classes.
        reduction: ``mean``, ``sum``, ``none``, or ``batchmean`` of `kl_div`.
    """

    __slots__ = (
        "_args",
        "_first",
        "_ignored",
        "_kwargs",
        "_left_out",
        "_positions",
        "function",
        "input",
        "of_classes",
        "reduction",
        "target",
    )

    def __init__(self, torch: Any, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.function = function
        self._args = args
        self._kwargs = kwargs
        self._positions = _PARAMETERS.get(function, _UNKNOWN)
        self._first = self.argument("input", args[0] if args else next(iter(kwargs.values()), None))
        self.input = plain(torch, self._first)
        self.target = plain(torch, self.argument("target"))
        self.reduction = self._reduction()
        self.of_classes = (
            function in CLASS_INDICES and self.target is not None and not self.target.is_floating_point()
        )
        if self.of_classes:
            index = self.argument("ignore_index")
            self._ignored = self.target == (IGNORED if index is None else index)
            self._left_out = _number(torch.count_nonzero(self._ignored))

    def argument(self, name: str, default: Any = None) -> Any:
        """The argument of that name; the default where it was not given, or is not known by position."""
        if name in self._kwargs:
            return self._kwargs[name]
        position = self._positions.get(name)
        return default if position is None or position >= len(self._args) else self._args[position]

    def _reduction(self) -> str:
        average, reduce = self.argument("size_average"), self.argument("reduce")
        if average is None and reduce is None:
            return str(self.argument("reduction", "mean"))
        if reduce is False:
            return "none"
        return "sum" if average is False else "mean"

    @property
    def is_known(self) -> bool:
        """Whether it is known what the mean is taken of."""
        return self._positions is not _UNKNOWN and (
            self.function not in CLASS_INDICES or self.target is not None
        )

    @property
    def samples(self) -> int:
        """How many samples the batch has."""
        if self.function == "ctc_loss":
            return _rows(self.argument("target_lengths"))
        if self.of_classes:
            return _rows(self.target)  # which has no dimension of the classes
        return _rows(self._first)

    def counted(self) -> Number:
        """How many targets are not ignored, where these are numbers of classes."""
        return self.target.numel() - self._left_out

    def classes(self, ignored: int) -> Any:
        """The targets, with another number for those that are ignored: not to be written to."""
        target = self.target.long()
        is_whole = isinstance(self._left_out, int) and not self._left_out
        return target if is_whole else target.masked_fill(self._ignored, ignored)

    def averaged(self) -> Number:
        """How many values the mean of the batch is taken of: its weight in the mean of all batches."""
        weight = self.argument("weight")
        if self.of_classes:
            if weight is None:
                return self.counted()
            weights = weight.to(wide(weight.device))[self.classes(0)]
            return _number(weights.masked_fill(self._ignored, 0.0).sum())
        if self.function in CLASS_INDICES and self.target is not None:
            # Probabilities of the classes, of which there is a column each.
            return self.target.numel() // max(1, self.target.shape[int(self.target.ndim > 1)])
        if weight is not None and self.function in _BY_WEIGHTS:
            return _number(weight.sum(dtype=wide(weight.device)))
        if self.function in _ELEMENTWISE and self.reduction != "batchmean":
            return self._elements()
        return self.samples

    def _elements(self) -> int:
        first = self._first
        second = self.argument("input2" if self.function == "margin_ranking_loss" else "target")
        if first.shape == second.shape:
            return int(first.numel())
        return prod(sys.modules["torch"].broadcast_shapes(first.shape, second.shape))


def wide(device: Any) -> Any:
    """The type of numbers that sums are kept in on a device."""
    torch = sys.modules["torch"]
    return torch.float32 if device.type == "mps" else torch.float64  # which the former has not


def _number(tensor: Any) -> Number:
    """The number in a tensor at once, unless a device had to be waited for."""
    return tensor.item() if tensor.is_cpu else tensor


def _rows(tensor: Any) -> int:
    shape = getattr(tensor, "shape", None)
    if shape is None:
        return len(tensor) if hasattr(tensor, "__len__") else 1
    return int(shape[0]) if len(shape) else 1
