"""What is recorded of a call of one of scikit-learn's functions of cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.engine import Call, guarded
from fitscribe_sklearn import linking, validation_curves
from fitscribe_sklearn.fold_log import FoldLog
from fitscribe_sklearn.kinds import is_search
from fitscribe_sklearn.out_of_fold import record_predictions
from fitscribe_sklearn.parameters import Parameters, read_parameters, shown
from fitscribe_sklearn.scorers import scorer_name
from fitscribe_sklearn.training_data import record_data

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_FOLDS = ("cross_validate", "cross_val_score")


class Validation:
    """The recording of one observed call.

    Args:
        call: the call of ``cross_validate`` or one of its kind.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._estimator = call.arguments["estimator"]
        self.name = f"{call.name}({type(self._estimator).__name__})"
        self._scorer = scorer_name(self._estimator, call.arguments.get("scoring"))
        self.parameters = _parameters(call, read_parameters(self._estimator))

    def before(self, run: ActiveRun) -> FoldLog:
        """Record what goes into the call; returns what is to follow its folds."""
        arguments = self._call.arguments
        if self.parameters.missing:
            run.note_unseen("parameters", self.parameters.missing)
        data, target = arguments["X"], arguments.get("y")
        with run.section("origin of the data"):
            linking.origin(self._call, run, data, target)
        record_data(run, data, target)
        if is_search(self._estimator):
            run.note_unseen(
                "candidates of the search", "there is one search per fold, which is a part of that fold"
            )
        self._folds = FoldLog(run, self._scorer, as_series=self._call.name in _FOLDS)
        return self._folds

    def after(self, run: ActiveRun, result: Any) -> None:
        """Record what came out of the call."""
        name, arguments = self._call.name, self._call.arguments
        with run.section("folds"):
            self._folds.finish()
        with run.section(name):
            if name == "cross_val_predict":
                record_predictions(run, self._call, result)
            elif name == "learning_curve":
                validation_curves.record_learning_curve(run, self._scorer, result)
            elif name == "validation_curve":
                validation_curves.record_validation_curve(run, self._scorer, arguments, result)
            elif name == "permutation_test_score":
                validation_curves.record_permutations(run, self._scorer, result)
            elif name not in _FOLDS:
                run.note_unseen("result", f"fitscribe does not know what {name} returns")

    def broken_off(self, run: ActiveRun) -> None:
        """Record the folds of a call that raised, or was interrupted, as far as it came."""
        with run.section("folds"):
            self._folds.log_table()


def _parameters(call: Call, own: Parameters) -> Parameters:
    """Add the arguments of the call, under its name where the estimator has a parameter of that name."""
    values, changed, missing = dict(own.values), list(own.changed), own.missing
    for argument, value in call.arguments.items():
        if argument not in ("estimator", "X", "y"):
            name = argument if argument not in own.raw else f"{call.name}__{argument}"
            changed.append(name)
            with guarded("sklearn parameters"):
                values[name] = shown(value)
            if name not in values:
                missing = "; ".join(filter(None, [missing, f"fitscribe failed to describe {name}"]))
    return own._replace(values=values, changed=changed, missing=missing)
