"""Evaluation of what the script predicts: on which data, with which labels, in the run of the training.

Nothing of the user's is held: predictions are looked at before their call returns, or not at all. Labels that
are not known by then may come with a metric call, which has both.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.lineage.rows import OVERLAPS
from fitscribe.tracking import known_labels, predictions, trained, whole
from fitscribe.tracking.trained import Trained
from fitscribe_sklearn import called, roles, splitters, uses
from fitscribe_sklearn.comparing import compare
from fitscribe_sklearn.fitted import attribute
from fitscribe_sklearn.kinds import Kind, is_search
from fitscribe_sklearn.scorers import OwnScore, own_score
from fitscribe_sklearn.scoring import Scoring, scoring

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction

_EVALUATED = (Kind.CLASSIFIER.value, Kind.REGRESSOR.value, Kind.OTHER.value)


def observe_score(call: Call) -> Generator[None, Any, None]:
    """Record the score of a trained model, and evaluate the predictions that it was made of."""
    score = own_score(call.instance)
    inside = Scoring(score.scored)
    token = scoring.set(inside)
    try:
        value = yield
    finally:
        scoring.reset(token)
    found = trained.find(call.instance)
    if found is not None and isinstance(value, (int, float)):
        with found.run.section("evaluation of score"):
            _record_score(call, found, float(value), score, inside)


def _record_score(call: Call, found: Trained, value: float, score: OwnScore, inside: Scoring) -> None:
    labels = call.arguments.get("y")
    used = _Used(call, found, labels)
    weighted = call.arguments.get("sample_weight") is not None
    name = f"{score.name}[weighted]" if weighted else score.name
    if not used.role:
        found.run.log_metric(found.run.beside_curves(f"{used.otherwise}/{name}"), value, found.step)
        return
    use = found.use(used.role, used.node)
    if name not in use.metrics or name in use.sampled:
        use.metrics[name] = value
        full = found.run.beside_curves(f"{used.role}/{name}")
        found.run.log_metric(full, value, use.sampled.pop(name, found.step))
    if found.run.options.evaluation and labels is not None and found.kind in _EVALUATED:
        if score.is_known:
            for method, values in inside.taken.items():
                used.evaluate(method, values, labels)
        used.note_unless_evaluated(
            "no predictions that it is made of were seen"
            if score.is_known
            else "it is no score of scikit-learn's: what it predicts may not be what it scores"
        )
    uses.describe_data(found, used.role, used.data, labels)
    used.count_cost()


def observe_part_of_score(call: Call) -> Generator[None, Any, None]:
    """Keep what is predicted inside of a ``score`` until that returns."""
    inside = scoring.get()
    # What a prediction calls inside is a part of it; a score inside of a score is passed through.
    if inside is None or call.parent is not call.owner or call.name == "score":
        return
    values = yield
    inside.taken.setdefault(call.name, values)


def record_prediction(call: Call, values: Any) -> None:
    """Evaluate what a trained model predicted, if the labels are known.

    Args:
        call: the observed call.
        values: what it returned.
    """
    found = trained.find(call.instance)
    if found is None:
        return
    if type(values) is tuple and values:
        values = values[0]  # the others are how sure it is
    with found.run.section(f"evaluation of {call.name}"):
        if not _is_of_the_model(call):
            return
        used = _Used(call, found)
        prediction = used.remember(values)
        if found.run.options.evaluation and used.role and found.kind in _EVALUATED:
            used.evaluate_if_known(prediction, values)
            used.count_cost()


def _is_of_the_model(call: Call) -> bool:
    """Whether it is what the whole model predicts: that of its last step, where it is a pipeline."""
    model = call.instance
    if is_search(model):
        model = attribute(model, "best_estimator_")
    while isinstance(steps := attribute(model, "steps"), list):
        model = steps[-1][1]
    return whole.is_of_all(model, call.arguments)


class _Used:
    """One call of a trained model on some data.

    Args:
        call: of its method.
        found: the training of the model.
        labels: of the data, where they came with it.
    """

    def __init__(self, call: Call, found: Trained, labels: Any = None) -> None:
        self._call = call
        self._trained = found
        self._has_evaluated = False
        parameter, self.data = next(iter(call.arguments.items()))
        splitters.recognize(self.data, labels)
        called.recognize_taken(call, self.data, labels)
        splitters.recognize_again(self.data, labels)
        self.node = lineage.seen(self.data) if labels is None else lineage.pair(self.data, labels)[0]
        if not self.node.by:
            # Some compute it anew for each call: `X_test / 255`.
            lineage.know_values(self.node, self.data)
        name = called.name_of(call, parameter)
        self._what = f"{call.name} on {name.written or 'data'}"
        self.role = roles.role_before(self.node, found)
        self.otherwise, why = roles.OTHER, "too many data sets have that name"
        if not self.role:
            if not name.role:
                name = called.name_with_role(call, self.data) or name
            is_part = roles.is_part(self.data, self.node, found)
            if (is_part and name.is_of_a_part) or roles.is_batch(self.node, found, name):
                self.otherwise, why = roles.PART, "it is a part of held-out data"
            else:
                self.role = roles.role_of(self.node, found, name, is_part=is_part)
        if roles.relation_to_training(self.node, found) == OVERLAPS:
            why = "the model was trained on some of its rows"
            found.note_once(f"{why} {self.role}", f"{self.role} metrics on held-out rows", why)
        if not self.role:
            found.note_once(f"{why} {name.variable}", f"evaluation of {self._what}", why)

    def remember(self, values: Any) -> Prediction:
        """Remember what was predicted, so that metrics of it find the run."""
        role = self.role or self.otherwise
        prediction = predictions.remember(
            values, self._trained, role=role, method=self._call.name, data=self.node
        )
        if self.role:
            use = self._trained.use(role, self.node)
            prediction.metrics, prediction.records, prediction.sampled = use.metrics, use.records, use.sampled
        return prediction

    def evaluate_if_known(self, prediction: Prediction, values: Any) -> None:
        """Evaluate predictions now, or when a metric call brings the labels."""
        found, method = self._trained, prediction.method
        if method in found.use(self.role, self.node).methods:
            return
        labels, missing = splitters.labels_of(self.node), ""
        if labels is None:
            labels, missing = lineage.look_for_labels(self.node, like=found.target, trained_on=found.data)
        if labels is not None:
            lineage.pair(self.data, labels)
            self.evaluate(method, values, labels)
            return
        classes = self._classes()
        if found.run.options.keep_predictions:
            uses.keep(found, self.role, method, values, None, classes)
        if classes is not None:
            classes = classes.copy()
        uses.describe_for_later(found, self.role, self.node, self.data)
        prediction.evaluate = partial(_evaluate_later, found, self.role, self.node, method, classes)
        if found.target is not None:
            found.note_once(
                _labels_of(self.role), f"evaluation of {self._what}", f"its labels are not known: {missing}"
            )

    def evaluate(self, method: str, values: Any, labels: Any) -> None:
        """Evaluate predictions, and record them with the data."""
        self._has_evaluated = True
        found = self._trained
        _record(found, self.role, self.node, method, self._classes(), labels, values, data=self.data)

    def note_unless_evaluated(self, why: str) -> None:
        """Say why there is no evaluation of this data, if there is none so far."""
        if not self._trained.use(self.role, self.node).methods:
            self._trained.note_once(_predictions_of(self.role), f"evaluation of {self._what}", why)

    def count_cost(self) -> None:
        """Add what an evaluation has cost to what the run has cost before."""
        if self._has_evaluated:
            run = self._trained.run
            run.training_cpu_s += self._call.cpu
            run.log_cost()

    def _classes(self) -> Any:
        classes = attribute(self._call.instance, "classes_")
        return classes if getattr(classes, "ndim", 0) == 1 else None


def _labels_of(role: str) -> str:
    return f"labels of {role}"


def _predictions_of(role: str) -> str:
    return f"predictions of {role}"


def _evaluate_later(
    found: Trained, role: str, node: lineage.Node, method: str, classes: Any, labels: Any, values: Any
) -> None:
    """Evaluate predictions with the labels that a metric call has brought, and list the data with them."""
    found.take_back(_labels_of(role))
    _record(found, role, node, method, classes, labels, values)


def _record(
    found: Trained,
    role: str,
    node: lineage.Node,
    method: str,
    classes: Any,
    labels: Any,
    values: Any,
    *,
    data: Any = None,
) -> None:
    """Record what came of comparing predictions with labels, the data, and the predictions where wanted.

    Args:
        found: the training of the model.
        role: of the data.
        node: what is known of it.
        method: what predicted.
        classes: those that the model knows; None where it has none.
        labels: of the data.
        values: what was predicted.
        data: itself; None where it has been described for later.
    """
    found.take_back(_predictions_of(role))
    compared = compare(found.kind, method, labels, values, classes)
    uses.record(found, role, node, method, compared)
    known_labels.know(found.use(role, node), labels)
    uses.describe_data(found, role, data, labels)
    if found.run.options.keep_predictions and not compared.reason:
        uses.keep(found, role, method, values, labels, classes)
