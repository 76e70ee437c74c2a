"""What is recorded of one call of `xgboost.cv`."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

from fitscribe.engine import Call
from fitscribe.tracking import training_run
from fitscribe_xgboost import matrices
from fitscribe_xgboost.parameters import default_arguments, log_defaults, parameters_of, scheduled
from fitscribe_xgboost.recording import TRAIN, add_callback, log_overheard
from fitscribe_xgboost.rounds import RoundCallback, note_shared_metrics, round_callback
from fitscribe_xgboost.stopping import early_stopping

# What `cv` calls the rows that a fold holds out.
_HELD_OUT = "test"


class MeanCallback(RoundCallback):
    """Records the mean over the folds, and its deviation."""

    folds: int | None = None
    known: Collection[str] = ()
    """The parameters that the run has, and those that are no defaults."""

    def before_training(self, model: Any) -> Any:
        """Take note of how many folds there are."""
        self.folds = len(model.cvfolds)
        return model

    def after_training(self, model: Any) -> Any:
        """Record the defaults too, while there are boosters: those of the first fold."""
        with self._run.section("parameters"):
            log_defaults(self._run, model.cvfolds[0].bst, self.known, ())
        return super().after_training(model)

    def name_of(self, data: str, metric: str) -> str:
        """The name of a series: what is held out is a cross-validation's result."""
        return f"{'cv' if data == _HELD_OUT else data}/{metric}"

    def keep(self, model: Any, number: int) -> None:
        """Keep nothing: there is a booster for each fold, and none in the end."""

    def take(self, value: Any, name: str, values: dict[str, float]) -> None:
        """Add the mean and the deviation."""
        mean, deviation = value
        values[name], values[f"{name}_std"] = float(mean), float(deviation)


def recorded_validation(call: Call) -> Generator[None, Any, None]:
    """Record a cross-validation as a run."""
    params = parameters_of(call)
    known = default_arguments(call) | params
    with training_run(call, name="xgboost.cv", params=known, changed=list(params)) as run:
        callback: MeanCallback = round_callback(run, kind=MeanCallback)
        with run.section("parameters"):
            changing = scheduled(call.arguments.get("callbacks"))
            # Metrics that are an argument of `cv` stand under its name.
            callback.known = {*params, *changing, *(("eval_metric",) if "metrics" in params else ())}
            if changing:
                run.log_facts({"scheduled": changing})
        add_callback(call, run, callback)
        if run.options.datasets:
            with run.section("datasets"):
                dtrain = call.arguments["dtrain"]
                run.log_description(matrices.describe(dtrain), role=TRAIN)
                matrices.log_lineage(run, {TRAIN: dtrain})
        try:
            yield
        except BaseException:
            with run.section("rounds"):
                callback.end()
            raise
        with run.section("rounds"):
            callback.end()
            note_shared_metrics(run, callback, {})
        with run.section("parameters"):
            log_overheard(call, run)
        with run.section("early stopping"):
            stopped = early_stopping(call.arguments, callback)
            facts: dict[str, Any] = {"folds": callback.folds}
            run.log_facts(facts if stopped is None else facts | {"early_stopping": stopped})
