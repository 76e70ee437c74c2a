"""What a composite estimator is made of: the tree of its steps, as its parameters tell it."""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import Any

from fitscribe_sklearn.kinds import descends_from, is_own, is_search
from fitscribe_sklearn.parameters import Parameters, is_estimator, read_parameters
from fitscribe_sklearn.plain import PLAIN

MOST_STEPS = 200
# Whose fit fits the steps themselves, and no copies of them by the dozen.
_COMPOSITES = (
    "Pipeline",
    "ColumnTransformer",
    "FeatureUnion",
    "_BaseHeterogeneousEnsemble",
    "_MultiOutputEstimator",
    "_BaseChain",
    "TransformedTargetRegressor",
)
# What a step may be set to instead of an estimator.
_PLACEHOLDERS = ("passthrough", "drop")


class Step:
    """One estimator within another, and what was seen of it while that one was fitted.

    Attributes:
        path: where it is, as in scikit-learn's names of parameters; empty for the outermost.
        parent: the step that it is within; None for the outermost.
        name: of its class, or what stands in its place, such as ``passthrough``.
        params: those that differ from their defaults, as plain values.
        children: the steps within it.
        is_template: whether clones of it are fitted, any number of them.
        is_own: whether its very class is scikit-learn's.
        has_workers: whether its children may run in worker processes.
        seconds: how long its fits, and what goes with them, took; None where none was seen.
        fits: how many were seen.
        shape: of what it gave.
        columns: names of the columns of that.
    """

    def __init__(
        self, path: str, parent: Step | None, estimator: Any, params: dict[str, Any], *, is_template: bool
    ) -> None:
        placeholder = isinstance(estimator, str)
        self.path = path
        self.parent = parent
        self.name: str = estimator if placeholder else type(estimator).__name__
        self.params = params
        self.children: list[Step] = []
        self.is_template = is_template
        self.is_own = placeholder or is_own(estimator)
        self.has_workers = params.get("n_jobs") not in (None, 1)
        self.seconds: float | None = None
        self.fits = 0
        self.shape: list[int] | None = None
        self.columns: list[str] | None = None
        self._class: Any = type(estimator)
        self._instance: weakref.ref[Any] | None = None if placeholder else weakref.ref(estimator)
        self._is_claimed = False
        # By the id of the estimator that was last seen to be fitted for it.
        self._child_of: dict[int, Step] = {}
        if parent is not None:
            parent.children.append(self)
            parent._child_of.setdefault(id(estimator), self)

    @cached_property
    def is_search(self) -> bool:
        """Whether its fit fits copies by the dozen, and then the best of them."""
        return is_search(self.instance)

    @property
    def is_observed(self) -> bool:
        """Whether the fits of its children are looked at."""
        return bool(self.children) and self._observes_children

    @cached_property
    def _observes_children(self) -> bool:
        estimator = self.instance
        return (
            self.is_search or not self.is_own or any(descends_from(estimator, each) for each in _COMPOSITES)
        )

    @property
    def is_all_own(self) -> bool:
        """Whether it is scikit-learn's own class, and so are all within it."""
        return self.is_own and all(child.is_all_own for child in self.children)

    @property
    def instance(self) -> Any:
        """The estimator that is fitted for it, while it is alive: itself or a clone."""
        return None if self._instance is None else self._instance()

    def child_for(self, estimator: Any) -> Step | None:
        """Return the child that an estimator is fitted for; None where it is fitted for something else."""
        known = self._child_of.get(id(estimator))
        if known is not None and known.instance is estimator:
            known._is_claimed = True
            return known
        for child in self.children:
            # Clones are made one after the other, in the order of the steps.
            if child._class is type(estimator) and (child.is_template or not child._is_claimed):
                child._is_claimed = True
                child._instance = weakref.ref(estimator)
                self._child_of[id(estimator)] = child
                return child
        return None


def read_steps(estimator: Any, parameters: Parameters) -> list[Step]:
    """Return an estimator and all estimators in its parameters, each before those within it.

    Args:
        estimator: before its fit.
        parameters: what it is set to.
    """
    steps: list[Step] = []
    _read(steps, "", None, estimator, parameters, is_template=False)
    return steps


def _read(
    steps: list[Step],
    path: str,
    parent: Step | None,
    estimator: Any,
    parameters: Parameters,
    *,
    is_template: bool,
) -> None:
    own: dict[str, dict[str, Any]] = {}
    for key, value in parameters.raw.items():
        prefix, _, name = key.rpartition("__")
        own.setdefault(prefix, {})[name] = value
    own_changed: dict[str, set[str]] = {}
    for key in parameters.changed:
        prefix, _, name = key.rpartition("__")
        own_changed.setdefault(prefix, set()).add(name)

    def add(prefix: str, within: Step | None, each: Any, template: bool) -> None:
        values = {} if isinstance(each, str) else own.get(prefix, {})
        children, told = _children(values)
        changed = own_changed.get(prefix, set()) - told
        params = {name: parameters.values.get(_joined(prefix, name)) for name in values if name in changed}
        step = Step(_joined(path, prefix), within, each, params, is_template=template)
        steps.append(step)
        for name, child, is_child_template in children:
            if len(steps) >= MOST_STEPS:
                return
            if isinstance(child, list):
                for number, member in enumerate(child[: MOST_STEPS - len(steps)]):
                    # No parameters of the outer one: they have names of their own.
                    at = _joined(step.path, f"{name}__{number}")
                    _read(steps, at, step, member, read_parameters(member), is_template=False)
            else:
                add(_joined(prefix, name), step, child, is_child_template)

    add("", parent, estimator, is_template)


def _children(values: dict[str, Any]) -> tuple[list[tuple[str, Any, bool]], set[str]]:
    """Return the estimators among the values of parameters, and the names of all that tell of them."""
    children: dict[str, tuple[str, Any, bool]] = {}
    told: set[str] = set()
    for name, value in values.items():
        if type(value) in PLAIN:
            continue
        if is_estimator(value):
            children.setdefault(name, (name, value, True))
            told.add(name)
        elif isinstance(value, (list, tuple)) and value and all(map(_is_named, value)):
            children.update({each[0]: (each[0], each[1], False) for each in value})
            told |= {name, *(each[0] for each in value)}
        elif isinstance(value, (list, tuple)) and value and all(map(is_estimator, value)):
            children[name] = (name, list(value), False)
            told.add(name)
    return list(children.values()), told


def _is_named(value: Any) -> bool:
    """Whether it is like a step of a pipeline: a tuple of a name, an estimator, and perhaps more."""
    return (
        isinstance(value, tuple)
        and len(value) >= 2
        and isinstance(value[0], str)
        and (is_estimator(value[1]) or (type(value[1]) is str and value[1] in _PLACEHOLDERS))
    )


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}__{name}" if prefix and name else prefix or name
