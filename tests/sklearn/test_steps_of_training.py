"""`partial_fit` and `warm_start`: trainings in several calls, each of which is one run."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import learning_curve
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe
from fitscribe.tracking import continued, trained

X, y = load_iris(return_X_y=True)
Runs = Callable[[], list[Any]]


def trained_in_steps(model: Any, calls: int) -> Any:
    for _ in range(calls):
        model.partial_fit(X, y, classes=[0, 1, 2])
    return model


# -- partial_fit


def test_one_run_with_a_point_per_call(only_run: Any) -> None:
    model = SGDClassifier(random_state=0)
    for start in (0, 60, 100):
        model.partial_fit(X[start : start + 50], y[start : start + 50], classes=[0, 1, 2])
    run = only_run()
    assert run.status == "running" and run.name == "SGDClassifier" and run.params["random_state"] == 0
    assert run.params["fit__classes"] == [0, 1, 2]
    assert list(run.series("rows").steps) == [1, 2, 3] and list(run.series("rows").values) == [50.0] * 3
    assert run.series("t").values[-1] == model.t_
    (data,) = run.datasets
    assert data["description"]["shape"] == [50, 4]
    continued.finish(model)
    ended = only_run()
    assert ended.status == "finished"
    np.testing.assert_array_equal(ended.load_model().coef_, model.coef_)


def test_the_numbers_that_an_estimator_has_after_each_call(runs: Runs) -> None:
    network = trained_in_steps(MLPClassifier(random_state=0), 3)
    clusters = MiniBatchKMeans(2, n_init=1, random_state=0)
    clusters.partial_fit(X)
    first, second = runs()
    assert list(first.series("train/loss").values) == network.loss_curve_
    assert second.metrics["train/inertia"] == clusters.inertia_


def test_results_and_pickles_are_those_of_bare_training(runs: Runs) -> None:
    recorded = trained_in_steps(SGDClassifier(random_state=0), 5)
    with fitscribe.suppress():
        bare = trained_in_steps(SGDClassifier(random_state=0), 5)
    assert pickle.dumps(recorded) == pickle.dumps(bare)


@pytest.fixture
def only_at_powers_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the state after no other call, and after these whatever it costs."""
    monkeypatch.setattr(continued, "_ANY_CALL", 0.0)
    monkeypatch.setattr(continued, "_KEEPING_S", 60.0)


@pytest.mark.usefixtures("only_at_powers_of_two")
def test_nothing_is_kept_alive_and_the_run_ends_with_the_next_training(runs: Runs) -> None:
    data = X.copy()
    model = GaussianNB().partial_fit(data, y, classes=[0, 1, 2])
    for _ in range(2):
        model.partial_fit(data, y)
    gone, data_gone = weakref.ref(model), weakref.ref(data)
    del model, data
    gc.collect()
    assert gone() is None and data_gone() is None
    LogisticRegression(max_iter=1000).fit(X, y)
    first, _ = runs()
    assert first.status == "finished"
    (note,) = [each for each in first.unseen if each["what"] == "the model after call 3"]
    assert note["why"] == "the model was gone when the run ended: it is as after call 2"
    assert first.load_model().class_count_.sum() == 300


@pytest.mark.usefixtures("only_at_powers_of_two")
def test_the_state_is_kept_at_powers_of_two(only_run: Any) -> None:
    model = trained_in_steps(GaussianNB(), 5)
    assert only_run().load_model().class_count_.sum() == 4 * 150
    continued.finish(model)
    assert only_run().load_model().class_count_.sum() == 5 * 150


def test_a_fit_is_a_run_of_its_own(runs: Runs) -> None:
    model = trained_in_steps(SGDClassifier(random_state=0), 2)
    model.fit(X, y)
    trained_in_steps(model, 1)
    first, second, third = runs()
    assert [first.status, second.status, third.status] == ["finished", "finished", "running"]
    assert list(third.series("rows").steps) == [1]
    assert third.facts["continues"] == second.id and "continues" not in second.facts


def test_clones_and_copies_are_trained_apart(runs: Runs) -> None:
    model = trained_in_steps(GaussianNB(), 2)
    trained_in_steps(clone(model), 1)
    trained_in_steps(pickle.loads(pickle.dumps(model)), 1)
    assert [len(run.series("rows")) for run in runs()] == [2, 1, 1]


def test_transformers_open_no_run(runs: Runs) -> None:
    StandardScaler().partial_fit(X).partial_fit(X)
    assert runs() == []


def test_calls_from_inside_of_scikit_learn_are_no_runs(runs: Runs) -> None:
    MiniBatchKMeans(2, n_init=1, random_state=0).fit(X)
    targets = np.stack([y, y], axis=1)
    multiple = MultiOutputClassifier(GaussianNB())
    for _ in range(2):
        multiple.partial_fit(X, targets, classes=[np.unique(y)] * 2)
    learning_curve(
        GaussianNB(), X, y, cv=2, train_sizes=[20, 40], exploit_incremental_learning=True, shuffle=True
    )
    names = [run.name for run in runs()]
    assert names.count("MiniBatchKMeans") == 1 and names.count("MultiOutputClassifier") == 1
    assert len(runs()[1].series("rows")) == 2
    assert not any(len(run.series("rows")) for run in runs() if run.name == "GaussianNB")


def test_call_that_raises_ends_the_run_and_a_further_one_opens_it_again(only_run: Any) -> None:
    model = trained_in_steps(GaussianNB(), 2)
    with pytest.raises(ValueError, match="features") as caught:
        model.partial_fit(X[:, :2], y)
    failed = only_run()
    assert failed.status == "failed" and str(caught.value) in failed.error["message"]
    model.partial_fit(X, y)
    again = only_run()
    assert again.status == "running" and list(again.series("rows").steps) == [1, 2, 3]


def test_first_call_that_raises(only_run: Any) -> None:
    with pytest.raises(ValueError, match="classes"):
        SGDClassifier().partial_fit(X, y)
    assert only_run().status == "failed"


def test_a_block_of_the_users_ends_it(runs: Runs) -> None:
    model = GaussianNB()
    with fitscribe.start_run("first") as group:
        trained_in_steps(model, 2)
    trained_in_steps(model, 1)
    with fitscribe.start_run("second") as other:
        trained_in_steps(model, 1)
    (first,), (third,) = group.children, other.children
    (second,) = [run for run in runs() if run.name == "GaussianNB" and run.parent is None]
    assert [first.parent.id, third.parent.id] == [group.id, other.id]
    assert first.status == third.status == "finished"
    # The calls are counted on.
    assert list(second.series("rows").steps) == [3] and second.facts["continues"] == first.id
    assert list(third.series("rows").steps) == [4] and third.facts["continues"] == second.id


def test_two_threads_train_their_own(runs: Runs) -> None:
    barrier = threading.Barrier(2)

    def train(model: Any, calls: int) -> None:
        barrier.wait()
        trained_in_steps(model, calls)

    models = [GaussianNB(), SGDClassifier(random_state=0)]
    threads = [
        threading.Thread(target=train, args=(model, calls))
        for model, calls in zip(models, (20, 30), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {run.name: list(run.series("rows").steps) for run in runs() if len(run.series("rows"))} == {
        "GaussianNB": list(range(1, 21)),
        "SGDClassifier": list(range(1, 31)),
    }


def test_two_threads_train_one(only_run: Any) -> None:
    model = trained_in_steps(GaussianNB(), 1)
    threads = [threading.Thread(target=trained_in_steps, args=(model, 20)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(only_run().series("rows").steps) == list(range(1, 42))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_goes_on_in_a_run_of_its_own(runs: Runs) -> None:
    model = trained_in_steps(GaussianNB(), 2)
    child = os.fork()
    if not child:
        status = 1
        try:
            trained_in_steps(model, 3)
            continued.finish(model)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    trained_in_steps(model, 1)
    ours, theirs = runs()
    assert list(ours.series("rows").steps) == [1, 2, 3] and ours.status == "running"
    assert list(theirs.series("rows").steps) == [3, 4, 5] and theirs.status == "finished"
    assert theirs.facts["continues"] == ours.id


def test_a_further_call_makes_it_another_model(runs: Runs) -> None:
    model = trained_in_steps(GaussianNB(), 1)
    known = trained.find(model)
    assert known is not None
    before = known.generation
    trained_in_steps(model, 2)
    now = trained.find(model)
    assert now is not None and now.generation == before + 2


def test_held_out_metrics_have_the_step_of_the_training(only_run: Any) -> None:
    model, classes = SGDClassifier(random_state=0), np.unique(y)
    for _ in range(3):
        model.partial_fit(X[::2], y[::2], classes=classes)
        model.score(X[1::2], y[1::2])
    run = only_run()
    assert list(run.series("rows").steps) == list(run.series("test/accuracy").steps) == [1, 2, 3]


def test_a_model_that_cannot_be_kept_as_onnx_is_said_to_be_a_pickle(
    only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "onnx")
    trained_in_steps(GaussianNB(), 4)
    run = only_run()
    assert [model["format"] for model in run.models] == ["pickle"]
    assert [each["what"] for each in run.unseen] == ["the model as ONNX"]


def test_partial_fit_of_the_users(only_run: Any) -> None:
    class Counter(ClassifierMixin, BaseEstimator):
        def partial_fit(self, X: Any, y: Any = None) -> Any:
            self.loss_ = "none"
            self.t_ = True
            return self

    model = Counter()
    assert model.partial_fit([[1], [2]]) is model
    model.partial_fit(X=[[1]])
    run = only_run()
    assert list(run.series("rows").values) == [2.0, 1.0] and set(run.metrics) == {"rows"}


# -- warm_start


def test_stages_go_on_over_fits(only_run: Any) -> None:
    model = GradientBoostingClassifier(n_estimators=10, warm_start=True, random_state=0)
    for stages in (10, 20, 30):
        model.set_params(n_estimators=stages).fit(X, y)
    run = only_run()
    assert run.status == "finished" and run.params["n_estimators"] == 30 and run.facts["segments"] == 3
    assert list(run.series("train/loss").steps) == list(range(1, 31))
    assert list(run.series("train/loss").values) == model.train_score_.tolist()
    assert list(run.series("train/accuracy").steps) == [0, 1, 2]
    assert len(run.datasets) == 1
    (table,) = [each["data"] for each in run.artifacts if each["name"] == "segments"]
    assert table["columns"] == ["segment", "seconds", "last_step", "n_estimators"]
    assert [row[0] for row in table["rows"]] == [1, 2, 3]
    assert [row[2:] for row in table["rows"]] == [[10, 10], [20, 20], [30, 30]]
    np.testing.assert_array_equal(run.load_model().predict(X), model.predict(X))


def test_curves_that_are_lists_go_on_too(only_run: Any) -> None:
    model = HistGradientBoostingClassifier(
        max_iter=3, early_stopping=True, warm_start=True, random_state=0
    ).fit(X, y)
    model.set_params(max_iter=5).fit(X, y)
    run = only_run()
    assert list(run.series("valid/loss").steps) == [0, 1, 2, 3, 4, 5]
    assert list(run.series("valid/loss").values) == (-model.validation_score_).tolist()


def test_step_of_a_pipeline_with_a_warm_start(only_run: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=2, warm_start=True))
    pipeline.fit(X, y)
    pipeline.set_params(gradientboostingclassifier__n_estimators=4).fit(X, y)
    run = only_run()
    assert list(run.series("train/loss").steps) == [1, 2, 3, 4]
    assert run.params["gradientboostingclassifier__n_estimators"] == 4


def test_curves_that_begin_anew_are_put_one_after_the_other(only_run: Any) -> None:
    model = GaussianMixture(2, warm_start=True, random_state=0).fit(X)
    # Before scikit-learn 1.5 there is no curve, and the last value of each fit is a point.
    bounds = list(getattr(model, "lower_bounds_", [model.lower_bound_]))
    model.fit(X)
    bounds += list(getattr(model, "lower_bounds_", [model.lower_bound_]))
    assert list(only_run().series("train/lower_bound").values) == bounds


def test_other_data_is_described_again(only_run: Any) -> None:
    model = LogisticRegression(max_iter=1000, warm_start=True).fit(X, y)
    model.fit(X[::2], y[::2])
    assert [each["description"]["shape"] for each in only_run().datasets] == [[150, 4], [75, 4]]


def test_without_warm_start_each_fit_is_a_run(runs: Runs) -> None:
    model = GradientBoostingClassifier(n_estimators=2)
    model.fit(X, y)
    model.fit(X, y)
    assert [len(run.series("train/loss")) for run in runs() if run.name == type(model).__name__] == [2, 2]


def test_a_fit_that_failed_is_not_gone_on_with(runs: Runs) -> None:
    model = GradientBoostingClassifier(n_estimators=3, warm_start=True, random_state=0).fit(X, y)
    model.n_estimators = 2
    with pytest.raises(ValueError, match="larger or equal"):
        model.fit(X, y)
    model.n_estimators = 5
    model.fit(X, y)
    first, second = runs()
    assert first.status == "failed" and list(first.series("train/loss").steps) == [1, 2, 3]
    assert second.status == "finished"


def test_very_many_short_fits_are_recorded_whole_now_and_then(only_run: Any) -> None:
    model = SGDClassifier(max_iter=1, tol=None, warm_start=True, random_state=0)
    for _ in range(20):
        model.fit(X, y)
    run = only_run()
    assert run.status == "running" and run.facts["segments"] == 20
    assert list(run.series("train/accuracy").steps) == list(range(16))
    continued.finish(model)
    run = only_run()
    assert run.status == "finished"
    np.testing.assert_array_equal(run.load_model().coef_, model.coef_)


# -- the end of the process


SCRIPT = """
import fitscribe
fitscribe.autolog("sklearn")
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
X, y = load_iris(return_X_y=True)
model = GaussianNB()
for _ in range(7):
    model.partial_fit(X, y, classes=[0, 1, 2])
"""


def test_the_last_state_is_kept_at_exit(own_store: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    (run,) = fitscribe.search_runs()
    assert run.status == "finished"
    assert run.load_model().class_count_.sum() == 7 * 150
