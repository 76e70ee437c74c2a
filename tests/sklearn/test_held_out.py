"""Evaluation of what the script predicts and scores: in which run, under which name, with which numbers."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.calibration import calibration_curve
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tests.sklearn.held_out import (
    DIABETES,
    IRIS,
    LABELS,
    held_out,
    points,
    reasons,
    records,
    split,
    unseen,
)

import fitscribe
from fitscribe.tracking import kept_data


def test_predict_on_held_out_data_gives_the_metrics_of_the_labels(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
    predicted = model.predict(X_test)
    run = only_run()
    expected = {f"test/{name}": getattr(unseen, f"{name}_score")(y_test, predicted) for name in LABELS}
    assert held_out(run) == pytest.approx(expected, abs=1e-12)
    matrix = unseen.confusion_matrix(y_test, predicted).tolist()
    assert records(run)["test/confusion_matrix"] == {"labels": [0, 1], "counts": matrix}
    assert [each["role"] for each in run.datasets] == ["train", "test"]
    assert run.unseen == []


def test_predict_proba_adds_what_scores_tell_and_nothing_twice(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(20, random_state=0).fit(X_train, y_train)
    model.predict(X_test)
    scores = model.predict_proba(X_test)
    model.predict_proba(X_test)
    model.score(X_test, y_test)
    run = only_run()
    assert run.metrics["test/log_loss"] == pytest.approx(unseen.log_loss(y_test, scores), abs=1e-12)
    area = unseen.roc_auc_score(y_test, scores[:, 1])
    assert run.metrics["test/roc_auc"] == pytest.approx(area, abs=1e-12)
    assert all(len(points(run, name)) == 1 for name in run.metrics)
    observed, predicted = calibration_curve(y_test, scores[:, 1], n_bins=10)
    calibration = records(run)["test/calibration"]
    np.testing.assert_allclose(calibration["observed"], observed, atol=1e-12)
    np.testing.assert_allclose(calibration["predicted"], predicted, atol=1e-12)
    assert {"test/confusion_matrix", "test/roc", "test/pr"} <= set(records(run))


def test_decision_values_and_log_probabilities(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    scaler = StandardScaler().fit(X_train)
    A, B = scaler.transform(X_train), scaler.transform(X_test)
    decisions = LinearSVC(dual=False).fit(A, y_train).decision_function(B)
    logarithms = LogisticRegression().fit(A, y_train).predict_log_proba(B)
    of_svc, of_regression = runs()
    area = unseen.roc_auc_score(y_test, decisions)
    assert held_out(of_svc) == pytest.approx({"test/roc_auc": area}, abs=1e-12)
    loss = unseen.log_loss(y_test, np.exp(logarithms))
    assert of_regression.metrics["test/log_loss"] == pytest.approx(loss, abs=1e-12)
    assert not any(what.startswith("test/") for what in reasons(of_svc) | reasons(of_regression))


@pytest.mark.parametrize("proba", [False, True])
def test_more_than_two_classes_with_names(only_run: Any, proba: bool) -> None:
    names = np.array(["setosa", "versicolor", "virginica"])[IRIS[1]]
    X_train, X_test, y_train, y_test = split((IRIS[0], names))
    model = RandomForestClassifier(5, random_state=0).fit(X_train, y_train)
    run = only_run
    if proba:
        scores = model.predict_proba(X_test)
        area = unseen.roc_auc_score(y_test, scores, multi_class="ovr")
        assert run().metrics["test/roc_auc"] == pytest.approx(area, abs=1e-12)
        assert records(run())["test/calibration"]["of"] == "most probable class"
    else:
        predicted = model.predict(X_test)
        f1 = unseen.f1_score(y_test, predicted, average="macro")
        assert run().metrics["test/f1_macro"] == pytest.approx(f1, abs=1e-12)
        assert records(run())["test/confusion_matrix"]["labels"] == sorted(set(names.tolist()))


def test_a_regression(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split(DIABETES)
    model = BayesianRidge().fit(X_train, y_train)
    predicted, _ = model.predict(X_test, return_std=True)
    run = only_run()
    expected = {
        "test/r2": unseen.r2_score(y_test, predicted),
        "test/mae": unseen.mean_absolute_error(y_test, predicted),
        "test/rmse": unseen.mean_squared_error(y_test, predicted) ** 0.5,
    }
    assert held_out(run) == pytest.approx(expected, abs=1e-12)
    assert records(run)["test/residuals"]["true"] == y_test.tolist()


# -- what is not evaluated


def test_several_columns_of_classes_are_named(only_run: Any) -> None:
    X_train, X_test, Y_train, _Y_test = split((IRIS[0], np.stack([IRIS[1], IRIS[1]], axis=1)))
    model = RandomForestClassifier(3).fit(X_train, Y_train)
    model.predict(X_test)
    model.predict_proba(X_test)
    run = only_run()
    assert held_out(run) == {}
    assert reasons(run)["evaluation of predict on test data"] == "the target has several columns of classes"


def test_several_outputs_of_a_regression_are_averaged(only_run: Any) -> None:
    X, y = DIABETES
    X_train, X_test, Y_train, Y_test = split((X, np.stack([y, y**2], axis=1)))
    model = LinearRegression().fit(X_train, Y_train)
    r2 = unseen.r2_score(Y_test, model.predict(X_test))
    assert only_run().metrics["test/r2"] == pytest.approx(r2, abs=1e-12)


def test_one_row_says_nothing(only_run: Any) -> None:
    X_train, X_test, y_train, _y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    model.predict(X_test[:1])
    model.predict(X_test[:1].tolist())
    assert held_out(only_run()) == {} and only_run().unseen == []


def test_calls_from_inside_scikit_learn_do_not_count(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    permutation_importance(model, X_test, y_test, n_repeats=2)
    cross_val_score(model, X_test, y_test, cv=3)
    assert held_out(runs()[0]) == {}


def test_models_that_no_run_trained_are_left_alone(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    with fitscribe.suppress():
        model = RandomForestClassifier(3).fit(X_train, y_train)
    model.predict(X_test)
    pickle.loads(pickle.dumps(model)).score(X_test, y_test)
    assert runs() == []


def test_options_switch_it_off(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_EVALUATION", "0")
    X_train, X_test, y_train, _y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    model.predict(X_test)
    assert only_run().metrics == {}


def test_what_the_users_predict_raises_reaches_the_user(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    with pytest.raises(ValueError, match="feature"):
        model.predict(X_test[:, :3])
    with pytest.raises(ValueError, match="feature"):
        model.score(X_test[:, :3], y_test)
    assert held_out(only_run()) == {}


# -- generations, samples, memory


def test_a_refit_is_evaluated_in_its_own_run(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    first = model.score(X_test, y_test)
    model.set_params(max_depth=1).fit(X_train, y_train)
    second = model.score(X_test, y_test)
    found = [run.metrics["test/accuracy"] for run in runs() if run.name == "RandomForestClassifier"]
    assert found == [first, second]


def test_scores_between_calls_of_partial_fit_are_a_series(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = SGDClassifier(random_state=0)
    values = []
    for _ in range(3):
        model.partial_fit(X_train, y_train, classes=[0, 1])
        values.append(model.score(X_test, y_test))
        model.predict(X_test)
    (run,) = runs()
    assert points(run, "test/accuracy") == values


def test_many_rows_are_thinned_and_that_is_said(only_run: Any) -> None:
    X = np.random.default_rng(0).normal(size=(250_000, 2))
    y = (X[:, 0] + X[:, 1] ** 2 > 0).astype(int)
    model = RandomForestClassifier(2, max_depth=2).fit(X[:1_000], y[:1_000])
    predicted = model.predict(X[1_000:])
    run = only_run()
    accuracy = unseen.accuracy_score(y[1_000::3], predicted[::3])
    assert run.metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert reasons(run)["test metrics on all rows"] == "taken from 83,000 evenly spaced rows of 249,000"
    value = model.score(X[1_000:], y[1_000:])
    assert "test/accuracy" in only_run().metrics and value != accuracy


def use_everything() -> dict[str, weakref.ref[Any]]:
    X_train, X_test, y_train, y_test = split()
    scaler = StandardScaler().fit(X_train)
    scaled = scaler.transform(X_test)
    model = RandomForestClassifier(3).fit(scaler.transform(X_train), y_train)
    predicted, scores = model.predict(scaled), model.predict_proba(scaled)
    model.score(scaled, y_test)
    unknown = X_test * 2
    without_labels = model.predict(unknown)
    return {name: weakref.ref(value) for name, value in locals().items()}


def test_what_an_evaluation_costs_is_added_to_the_cost_of_the_run(only_run: Any) -> None:
    X_train, X_test, y_train, _y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    before = only_run().cost["cpu_s"]
    model.predict(X_test)
    assert only_run().cost["cpu_s"] > before > 0


def test_nothing_is_kept_alive(runs: Any) -> None:
    references = use_everything()
    gc.collect()
    assert [name for name, reference in references.items() if reference() is not None] == []


def test_a_model_pickles_to_the_same_bytes_after_it_was_used(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    before = pickle.dumps(model)
    model.predict(X_test)
    model.score(X_test, y_test)
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("parquet", [True, False])
def test_predictions_are_kept_on_request(
    only_run: Any, monkeypatch: pytest.MonkeyPatch, parquet: bool
) -> None:
    pandas = pytest.importorskip("pandas")
    if parquet:
        pytest.importorskip("pyarrow")
    else:
        monkeypatch.setattr(kept_data, "_WRITERS", ())
    monkeypatch.setenv("FITSCRIBE_KEEP_PREDICTIONS", "1")
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    predicted = model.predict(X_test)
    scores = model.predict_proba(X_test)
    model.predict(X_train)
    run = only_run()
    ending, read = (".parquet", pandas.read_parquet) if parquet else (".csv", pandas.read_csv)
    paths = {each["name"]: each["path"] for each in run.artifacts if "predictions/" in each["name"]}
    assert sorted(paths) == [f"predictions/test{ending}", f"predictions/test_predict_proba{ending}"]
    labels = read(run.path / paths[f"predictions/test{ending}"])
    assert labels["true"].tolist() == y_test.tolist() and labels["predict"].tolist() == predicted.tolist()
    table = read(run.path / paths[f"predictions/test_predict_proba{ending}"])
    np.testing.assert_allclose(table[["predict_proba 0", "predict_proba 1"]].to_numpy(), scores)


@pytest.mark.usefixtures("metric_calls")
def test_kept_predictions_get_the_labels_that_a_metric_brings(
    only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pandas = pytest.importorskip("pandas")
    monkeypatch.setattr(kept_data, "_WRITERS", ())
    monkeypatch.setenv("FITSCRIBE_KEEP_PREDICTIONS", "1")
    X_train, X_test, y_train, y_test = split()
    predicted = RandomForestClassifier(3, random_state=0).fit(X_train, y_train == 0).predict(X_test)
    run = only_run()

    def kept() -> dict[str, list[Any]]:
        (path,) = [each["path"] for each in run.artifacts if each["name"] == "predictions/test.csv"]
        return {name: values.tolist() for name, values in pandas.read_csv(run.path / path).items()}

    assert kept() == {"predict": predicted.tolist()}
    sklearn.metrics.accuracy_score(y_test == 0, predicted)
    assert kept() == {"true": (y_test == 0).tolist(), "predict": predicted.tolist()}
