"""The structure of a composite estimator: its steps, how long each took, and what the data was after each.

While the outermost fit goes on, the fits and transformations of its steps are looked at as well; those of the
trees of a forest, and of the folds of a search, are not.
"""

from __future__ import annotations

import threading
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call, guarded
from fitscribe_sklearn.columns import column_names, name_outputs
from fitscribe_sklearn.kinds import is_pipeline
from fitscribe_sklearn.parameters import Parameters, is_estimator
from fitscribe_sklearn.steps import Step, read_steps
from fitscribe_sklearn.watching import watched

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# Calls of steps that are looked at in one fit: an estimator of the user's may fit thousands.
_CALLS = 500


class Structure:
    """The structure of the estimator that is fitted inside of the block.

    Args:
        call: the outermost observed fit.
        parameters: what its estimator is set to.
    """

    def __init__(self, call: Call, parameters: Parameters) -> None:
        self._call = call
        self._parameters = parameters
        self._steps: list[Step] = []
        # By the id of the observed call that fits a step, while that goes on.
        self._at: dict[int, Step] = {}
        self._lock = threading.Lock()
        self._calls_left = _CALLS
        self._started = 0.0

    def __enter__(self) -> Structure:
        call = self._call
        if any(map(_holds_estimators, self._parameters.raw.values())):
            with guarded(f"{call.point_id}, structure"):
                self._steps = read_steps(call.instance, self._parameters)
                self._at[id(call)] = self._steps[0]
                self._started = perf_counter()
                watched[id(call)] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if watched.pop(id(self._call), None) is not None:
            root = self._steps[0]
            root.seconds, root.fits = perf_counter() - self._started, 1

    def takes(self, around: Call, estimator: Any) -> bool:
        """Whether a call on an estimator is that of a step, and of none that is being looked at already.

        Args:
            around: the innermost observed call around it.
            estimator: what it is called on.
        """
        parent = self._at.get(id(around))
        if parent is None or not parent.is_observed or around.instance is estimator:
            return False
        if parent.is_search and vars(around.instance).get("best_estimator_") is not estimator:
            return False
        with self._lock:
            return self._calls_left > 0 and parent.child_for(estimator) is not None

    def begin(self, call: Call) -> Step | None:
        """Look at a call on a step from here on."""
        around = call.parent
        parent = None if around is None else self._at.get(id(around))
        with self._lock:
            step = None if parent is None else parent.child_for(call.instance)
            self._calls_left -= 1
        if step is not None:
            self._at[id(call)] = step
        return step

    def end(self, call: Call, step: Step, seconds: float, result: Any) -> None:
        """Take note of a call on a step that is over.

        Args:
            call: the call.
            step: the step.
            seconds: how long it took.
            result: what it returned; None where it raised.
        """
        self._at.pop(id(call), None)
        with self._lock:
            step.seconds = (step.seconds or 0.0) + seconds
            step.fits += call.name != "transform"
            if result is not None and call.name in ("transform", "fit_transform"):
                step.shape, step.columns = _shape(result), column_names(result)

    def log(self, run: ActiveRun) -> None:
        """Record what was seen, if there was more than one estimator."""
        if not self._steps:
            return
        with run.section("structure"):
            name_outputs(self._steps[0])
            for step in self._steps:
                missed = _missed(step)
                if missed:
                    run.note_unseen(f"the time of {', '.join(child.path for child in missed)}", _why(step))
            run.log_record("structure", "structure", {"steps": [_told(step) for step in self._steps]})


def _holds_estimators(value: Any) -> bool:
    return is_estimator(value) or (isinstance(value, (list, tuple)) and any(map(is_estimator, value)))


def _missed(step: Step) -> list[Step]:
    """Return the steps within one that must have been fitted, and were not seen."""
    if step.seconds is None or not step.is_observed or step.is_search:
        return []
    missed = [child for child in step.children if child.seconds is None and child.instance is not None]
    # Others leave out what has no columns or is not needed.
    return missed if is_pipeline(step.instance) or len(missed) == len(step.children) else []


def _why(step: Step) -> str:
    if "memory" in step.params:
        return "what it gives came from the cache"
    return "it ran in worker processes" if step.has_workers else "its calls were not seen"


def _shape(data: Any) -> list[int] | None:
    root = type(data).__module__.partition(".")[0]
    if root in ("numpy", "scipy", "pandas", "polars") and hasattr(data, "shape"):
        return [int(size) for size in data.shape]
    return [len(data)] if type(data) is list else None


def _told(step: Step) -> dict[str, Any]:
    return {
        "path": step.path,
        "name": step.name,
        "parent": None if step.parent is None else step.parent.path,
        "params": step.params,
        "seconds": step.seconds,
        "fits": step.fits,
        "shape": step.shape,
        "columns": step.columns,
    }
