"""Metric functions of the user's own: `fitscribe.metric`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from fitscribe.engine import current_owner, guarded, is_suppressed
from fitscribe.engine._importlib_bootstrap import followed
from fitscribe.engine.wrappers import PatchedFunction
from fitscribe.tracking.metric_functions import MetricFunction, describe

Function = TypeVar("Function", bound=Callable[..., Any])

takers: list[Callable[[str, Mapping[str, Any], Any], bool]] = []
"""Asked of each result, by the name of the metric, its arguments and its value, whether they take it."""


@overload
def metric(function: Function, /) -> Function: ...


@overload
def metric(*, name: str) -> Callable[[Function], Function]: ...


@overload
def metric(function: Function, /, *, name: str | None) -> Function: ...


def metric(function: Any = None, /, *, name: str | None = None) -> Any:
    """Record what a metric function of your own returns, as scikit-learn's are recorded.

    The value goes to the run of the model whose predictions the function is called with, under the name of
    the data: ``test/profit``. Where no such model is known it goes to the active run, else to that of the
    training that goes on, else to the run of the script, as ``profit``. Called inside of a training, as a
    scorer is, or under ``suppress()``, the function records nothing.

    In a pass over the batches of a PyTorch loader, without gradients, the numbers that it returns are
    averaged by the size of the batches, as losses are: ``valid/profit`` is a point of each pass.

    Args:
        function: takes the true labels and the predictions, and anything else. A number that it returns is a
            point of a series, a dict of numbers is one of each, an array or a table is kept as a table.
        name: what the values are called; by default the name of the function, without ``_score``.

    Returns:
        A function that does the same; without a function a decorator.

    Raises:
        TypeError: the function is none.
        ValueError: the function has no name, and none was given.
    """
    if function is None:
        return lambda function: metric(function, name=name)
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"fitscribe.metric takes a function, not {function!r}")
    if name is None and getattr(function, "__name__", "<lambda>") == "<lambda>":
        raise ValueError(f"{function!r} has no name of its own: fitscribe.metric(function, name=...)")
    if issubclass(type(function), PatchedFunction):
        function = function.__wrapped__  # a function of a framework: observed by this wrapper alone
    return PatchedFunction(function, followed(_Recorder(name)), None, getattr(function, "__name__", ""))


class _Recorder:
    """Records each result of one function."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        # One as a function; if it is a method, one as that, too: it has a parameter less.
        self._known: dict[bool, MetricFunction] = {}

    def __call__(self, wrapped: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if is_suppressed() or current_owner() is not None:
            return
        with guarded(f"metric {self._name or wrapped.__name__}"):
            from fitscribe.tracking import metric_calls

            bound = hasattr(wrapped, "__self__")
            function = self._known.get(bound)
            if function is None:
                function = self._known[bound] = describe(wrapped, self._name)
            arguments = function.arguments(args, kwargs)
            if not any(take(function.name, arguments, result) for take in takers):
                metric_calls.record(function, arguments, result)
