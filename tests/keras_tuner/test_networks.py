"""Searches for networks of Keras': a trial has the series of what it has trained, and its model finds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import keras_tuner as kt
import pytest


@pytest.fixture
def search(
    tuner: Callable[..., Any], build: Callable[[Any], Any], table: tuple[Any, Any]
) -> Callable[..., Any]:
    """Search for the network with the best accuracy on validation data, and return the tuner."""

    def make(cls: Any = kt.RandomSearch, **settings: Any) -> Any:
        x, y = table
        made = tuner(cls, build, objective="val_accuracy", **settings)
        made.search(x[:60], y[:60], epochs=2, batch_size=20, validation_data=(x[60:], y[60:]), verbose=0)
        return made

    return make


def test_a_trial_has_the_series_of_its_fit(
    search: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    made = search(max_trials=2)
    found = only_search()
    assert (found.name, found.problems) == ("RandomSearch", [])
    assert found.params["hypermodel"].endswith("build_model")
    assert (found.params["objective"], found.params["epochs"]) == ("val_accuracy", 2)
    for trial in found.children:
        theirs = made.oracle.get_trial(trial.facts["trial_id"])
        assert theirs.hyperparameters.values.items() <= trial.params.items()
        accuracy = trial.series("valid/accuracy").values
        assert len(accuracy) == 2
        assert trial.metrics["score"] == pytest.approx(max(accuracy))
        assert trial.facts["best_step"] == theirs.best_step == list(accuracy).index(max(accuracy))
        assert trial.problems == []
    assert found.metrics["valid/accuracy"] == found.metrics["score"]
    assert found.facts["directions"] == {"score": "max", "valid/accuracy": "max"}
    assert set(found.facts["varying"]) <= {"units", "lr"}


def test_there_is_no_other_run(search: Callable[..., Any], only_search: Callable[[], Any]) -> None:
    import fitscribe

    search(max_trials=2)
    assert len(fitscribe.search_runs()) == 1 + len(only_search().children) == 3


def test_executions_of_a_trial_have_series_of_their_own(
    search: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    search(max_trials=1, executions_per_trial=2)
    (trial,) = only_search().children
    one, two = (trial.series(f"{prefix}valid/accuracy").values for prefix in ("", "fit_2/"))
    assert len(one) == len(two) == 2
    assert trial.metrics["score"] == pytest.approx((max(one) + max(two)) / 2)


def test_hyperband_says_which_trial_goes_on_with_which(
    search: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    made = search(kt.Hyperband, max_epochs=2, factor=2, seed=5)
    found = only_search()
    assert found.name == "Hyperband"
    assert {"max_epochs": 2, "factor": 2, "hyperband_iterations": 1}.items() <= found.params.items()
    by_id = {trial.facts["trial_id"]: trial for trial in found.children}
    assert len(by_id) == len(made.oracle.trials)
    later = [trial for trial in found.children if "tuner/trial_id" in trial.params]
    assert later
    for trial in later:
        assert trial.facts["continues"] == by_id[trial.params["tuner/trial_id"]].id
        assert trial.params["tuner/initial_epoch"] < trial.params["tuner/epochs"]
        assert trial.params["tuner/round"] == 1
    assert found.problems == []


@pytest.mark.parametrize("name", ["GridSearch", "BayesianOptimization"])
def test_other_tuners(name: str, search: Callable[..., Any], only_search: Callable[[], Any]) -> None:
    if name == "BayesianOptimization":
        pytest.importorskip("scipy")
    search(getattr(kt, name), max_trials=3)
    found = only_search()
    assert found.name == name
    assert len(found.children) == 3
    assert all("score" in trial.metrics for trial in found.children)
    assert found.problems == []


def test_a_hypermodel_with_a_fit_of_its_own(
    tuner: Callable[..., Any],
    build: Callable[[Any], Any],
    table: tuple[Any, Any],
    only_search: Callable[[], Any],
) -> None:
    class Twice(kt.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            return build(hp)

        def fit(self, hp: Any, model: Any, x: Any, y: Any, **kwargs: Any) -> float:
            kwargs.pop("callbacks")
            model.fit(x, y, epochs=1, verbose=0)
            size = hp.Choice("batch_size", [10, 15])
            history = model.fit(x, y, epochs=1, batch_size=size, verbose=0)
            return float(history.history["loss"][-1])

    x, y = table
    tuner(kt.RandomSearch, Twice(), max_trials=1).search(x, y)
    found = only_search()
    assert found.params["hypermodel"] == "Twice"
    (trial,) = found.children
    assert trial.params["batch_size"] in (10, 15)
    assert len(trial.series("train/loss").values) == len(trial.series("fit_2/train/loss").values) == 1
    assert trial.metrics["score"] == pytest.approx(trial.series("fit_2/train/loss").values[-1])


def test_a_network_that_cannot_be_built_fails_its_trial(
    tuner: Callable[..., Any],
    build: Callable[[Any], Any],
    table: tuple[Any, Any],
    only_search: Callable[[], Any],
) -> None:
    x, y = table
    made = tuner(kt.RandomSearch, build, objective="loss", max_trials=2, max_model_size=5)
    made.oracle.max_consecutive_failed_trials = 9
    made.search(x, y, verbose=0)
    for trial in only_search().children:
        assert trial.status == "failed"
        assert "Oversized model" in trial.error["message"]


def test_callers_callbacks_and_checkpoints_are_as_without_fitscribe(
    tuner: Callable[..., Any],
    build: Callable[[Any], Any],
    table: tuple[Any, Any],
    only_search: Callable[[], Any],
) -> None:
    from pathlib import Path

    import fitscribe

    x, y = table

    def searched(project: str) -> tuple[Any, ...]:
        callbacks = [keras.callbacks.EarlyStopping("loss", patience=1)]
        made = tuner(kt.RandomSearch, build, objective="loss", max_trials=2, project_name=project)
        made.search(x, y, epochs=2, callbacks=callbacks, verbose=0)
        root = Path(made.project_dir)
        files = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        scores = [trial.score for trial in made.oracle.trials.values()]
        return [type(each).__name__ for each in callbacks], files, scores

    recorded = searched("recorded")
    with fitscribe.suppress():
        assert searched("bare") == recorded
    only_search()


def test_what_the_best_model_is_evaluated_to_goes_to_its_trial(
    search: Callable[..., Any], only_search: Callable[[], Any], table: tuple[Any, Any]
) -> None:
    made = search(max_trials=2)
    x, y = table
    model = made.get_best_models(1)[0]
    _, accuracy = model.evaluate(x[60:], y[60:], verbose=0)
    found = only_search()
    (best,) = [
        trial for trial in found.children if trial.facts["trial_id"] == found.facts["best_trial"]["trial"]
    ]
    assert accuracy in [pytest.approx(value) for value in best.metrics.values()]
    assert accuracy == pytest.approx(best.metrics["score"])
    assert any(name.startswith(("test/", "valid/")) for name in best.metrics)


def test_the_best_and_the_newest_model_are_kept(
    search: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    search(max_trials=4)
    kept = [trial for trial in only_search().children if any(trial.models)]
    assert 1 <= len(kept) <= 3
