"""Which run a model was trained in: what lets its predictions, and their metrics, find that run."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.lineage.nodes import Node
    from fitscribe.tracking.known_labels import KnownLabels
    from fitscribe.tracking.run import ActiveRun

_trained: WeakTable[Trained] = WeakTable()
_latest_at = 0.0


@dataclass(eq=False, slots=True)
class Tried:
    """What labels a script has tried that it computed from scores, by thresholds for example.

    Attributes:
        own: name and value of metrics of those that the scores stand for, until other labels begin a series.
        series: names of the metrics that have such a series.
    """

    own: dict[str, float] = field(default_factory=dict)
    series: set[str] = field(default_factory=set)


@dataclass(eq=False, slots=True)
class Use:
    """What the run has of one data set that a model was used on, as the model is now.

    Attributes:
        data: what is known of the data.
        generation: of the model; what is known of an earlier one says nothing of a later one.
        methods: such as ``predict``, those that have been evaluated.
        metrics: name, without the role, and value.
        sampled: which of these were taken from some of the rows only, and the step of each: the value of all
            rows, which a call of the user's may give, has the same step.
        records: names, without the role, of matrices and curves over all rows.
        described: the data, for when its labels are known and the run lists it.
        tried: labels that were computed from its scores.
        labels: those of the data that its predictions were evaluated with, where they are known.
    """

    data: Node | None
    generation: int
    methods: set[str] = field(default_factory=set)
    metrics: dict[str, float] = field(default_factory=dict)
    sampled: dict[str, int] = field(default_factory=dict)
    records: set[str] = field(default_factory=set)
    described: dict[str, Any] | None = None
    tried: Tried = field(default_factory=Tried)
    labels: KnownLabels | None = None


@dataclass(eq=False, slots=True)
class Trained:
    """One training of a model; it does not hold the model.

    Attributes:
        run: the run of the training.
        data: what it was trained on, where that is known.
        target: the labels it was trained on, where they are known.
        kind: what kind of model it is, in the integration's own words.
        generation: how many times the model had been trained before.
        uses: the data that it was used on, by its role, and what the run has of that.
        said: by any keys what has been said, or done, on the run once and for all.
        step: how far the training was when the model became what it is: the step of its metrics; None where
            the training knows no steps.
    """

    run: ActiveRun
    data: Node | None
    target: Node | None
    kind: str
    generation: int
    uses: dict[str, Use] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    step: int | None = None

    def use(self, role: str, data: Node | None) -> Use:
        """What the run has of the data of a role, as the model is now.

        Args:
            role: such as ``test``.
            data: what is known of the data, where the role is new.
        """
        found = self.uses.get(role)
        if found is None:
            found = self.uses[role] = Use(data, self.generation)
        elif found.generation != self.generation:
            found = self.uses[role] = Use(found.data, self.generation, described=found.described)
        return found

    def note_once(self, key: str, what: str, why: str) -> None:
        """Say on the run what was not recorded, once for each key."""
        if key not in self.said:
            self.said[key] = what
            self.run.note_unseen(what, why)

    def take_back(self, key: str) -> None:
        """Take back what was said under a key, if it was: it has been recorded since."""
        what = self.said.pop(key, None)
        if what is not None:
            self.run.note_seen(what)


def remember(
    model: object, run: ActiveRun, *, data: Node | None = None, target: Node | None = None, kind: str = ""
) -> Trained:
    """Remember the run of a model that was trained just now; one trained again belongs to the later run.

    Where that is the run of the training before, as with `warm_start`, it has what was said and listed then.

    Args:
        model: known by a weak reference; one that takes none is not found again.
        run: the run of the training.
        data: what it was trained on.
        target: the labels.
        kind: what kind of model it is.
    """
    global _latest_at
    _latest_at = monotonic()
    before = _trained.get(model)
    generation = 0 if before is None else before.generation + 1
    found = Trained(run, data, target, kind, generation)
    if before is not None and before.run is run:
        found.uses, found.said = before.uses, before.said
    _trained.set(model, found)
    return found


def remember_as(model: object, known: Trained) -> None:
    """Remember a model that came out of the training of another one: what it predicts is of that training.

    Args:
        model: known by a weak reference, as there.
        known: the training.
    """
    _trained.set(model, known)


def was_any_after(moment: float) -> bool:
    """Whether any model was trained since.

    Args:
        moment: of ``time.monotonic()``.
    """
    return _latest_at > moment


# Asked at each prediction of any model: one call less.
find = _trained.get
"""The last training of a model, or None."""


def run_before(model: object) -> str | None:
    """Return the id of the run that a model was trained in, or loaded from; None where none is known.

    Args:
        model: any object. Copies of a model, and what it was written to, are not known.
    """
    found = find(model)
    if found is not None:
        return found.run.id
    from fitscribe.models import loaded

    return loaded.run_of(model)
