"""Metrics of predictions that the script has put together, taken in part or transformed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tests.sklearn.held_out import end_script_run, points

import fitscribe

pytestmark = pytest.mark.usefixtures("metric_calls")

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)


@pytest.fixture
def split(runs: Any) -> Any:
    return train_test_split(X, y, random_state=0)


@pytest.fixture
def regression(runs: Any) -> Any:
    return train_test_split(*load_diabetes(return_X_y=True), random_state=0)


# -- batches


@pytest.mark.parametrize(
    "together", [np.concatenate, lambda parts: [each for part in parts for each in part]]
)
def test_batches_put_together_are_the_test_data(
    no_evaluation: None, split: Any, only_run: Any, together: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    labels, scores = [], []
    for start in range(0, len(X_test), 32):
        labels.append(model.predict(X_test[start : start + 32]))
        scores.append(model.predict_proba(X_test[start : start + 32])[:, 1])
    f1, auc = f1_score(y_test, together(labels)), roc_auc_score(y_test, together(scores))
    assert only_run().metrics == {"test/f1": f1, "test/roc_auc": auc}


def test_batches_and_the_whole_are_the_same_data(split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    whole = model.predict(X_test)
    y_pred = np.concatenate(
        [model.predict(X_test[start : start + 50]) for start in range(0, len(X_test), 50)]
    )
    assert (whole == y_pred).all()
    f1_score(y_test, y_pred)
    assert len(points(only_run(), "test/f1")) == 1


def test_the_folds_of_several_models_are_nobodys(no_evaluation: None, runs: Any) -> None:
    parts = []
    for rows in np.array_split(np.arange(len(X)), 3):
        rest = np.setdiff1d(np.arange(len(X)), rows)
        parts.append(LogisticRegression().fit(X[rest], y[rest]).predict(X[rows]))
    value = accuracy_score(y, np.concatenate(parts))
    end_script_run()
    assert [run.metrics for run in runs() if run.metrics] == [{"accuracy": value}]


# -- groups


@pytest.mark.parametrize("inside_of_a_function", [False, True])
def test_groups_are_parts_and_not_the_whole(tmp_path: Path, inside_of_a_function: bool) -> None:
    measure = "f1_score(y_test[group == g], y_pred[group == g])"
    script = f"""
        import numpy as np, fitscribe
        fitscribe.autolog("sklearn")
        from sklearn.datasets import load_breast_cancer
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import f1_score
        from sklearn.model_selection import train_test_split

        data = load_breast_cancer(return_X_y=True)
        X_train, X_test, y_train, y_test = train_test_split(*data, random_state=0)
        y_pred = LogisticRegression(max_iter=9000).fit(X_train, y_train).predict(X_test)
        group = np.arange(len(y_test)) % 3
        def measured(y_test, y_pred, group):
            return [{measure} for g in range(3)]
        if {inside_of_a_function}:
            values = measured(y_test, y_pred, group)
        else:
            values = [{measure} for g in range(3)]
        print(f1_score(y_test, y_pred), *values)
        """
    (tmp_path / "train.py").write_text(textwrap.dedent(script))
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    whole, *values = map(float, done.stdout.split())
    (model,) = fitscribe.search_runs("name = 'LogisticRegression'")
    assert points(model, "test/f1") == [pytest.approx(whole)]
    if not inside_of_a_function:
        assert points(model, "part/f1") == [pytest.approx(value) for value in values]
        assert len(fitscribe.search_runs()) == 1
    else:  # whose variables are left alone
        (script_run,) = fitscribe.search_runs("name = 'train'")
        assert points(script_run, "f1") == [pytest.approx(value) for value in values]


def test_numbers_of_groups_are_found_by_their_values(
    no_evaluation: None, regression: Any, only_run: Any
) -> None:
    X_train, X_test, y_train, y_test = regression
    predicted = Ridge().fit(X_train, y_train).predict(X_test)
    high = y_test > 150
    values = [mean_absolute_error(y_test[mask], predicted[mask]) for mask in (high, ~high)]
    whole = mean_absolute_error(y_test, predicted)
    run = only_run()
    assert points(run, "part/mean_absolute_error") == values
    assert run.metrics["test/mean_absolute_error"] == whole


def test_parts_of_the_training_data_are_no_held_out_rows(
    no_evaluation: None, regression: Any, only_run: Any
) -> None:
    X_train, _, y_train, _ = regression
    predicted = Ridge().fit(X_train, y_train).predict(X_train)
    high = y_train > 150
    values = [
        mean_absolute_error(y_train[high], predicted[high]),
        mean_absolute_error(y_train[:90], predicted[:90]),
    ]
    run = only_run()
    assert (
        points(run, "train_part/mean_absolute_error") == values
        and "part/mean_absolute_error" not in run.metrics
    )


def test_bootstrap_samples_are_parts(no_evaluation: None, regression: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = regression
    predicted = Ridge().fit(X_train, y_train).predict(X_test)
    draw = np.random.default_rng(0)
    rows = [draw.integers(0, len(y_test), 90) for _ in range(3)]
    values = [mean_absolute_error(y_test[each], predicted[each]) for each in rows]
    run = only_run()
    assert points(run, "part/mean_absolute_error") == values and len(run.metrics) == 1


# -- transformed


def test_exponents_of_predicted_logarithms(no_evaluation: None, regression: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = regression
    predicted = Ridge().fit(X_train, np.log(y_train)).predict(X_test)
    log = mean_squared_error(np.log(y_test), predicted)
    original = [
        mean_squared_error(y_test, np.exp(predicted)),
        mean_squared_error(np.exp(np.log(y_test)), np.exp(predicted)),
    ]
    run = only_run()
    assert run.metrics["test/mean_squared_error"] == log
    assert points(run, "test/mean_squared_error[computed]") == original


def test_exponents_of_another_models_predictions_are_not_taken_for_them(
    no_evaluation: None, regression: Any, runs: Any
) -> None:
    X_train, X_test, y_train, y_test = regression
    one = Ridge().fit(X_train, np.log(y_train)).predict(X_test)
    Ridge(alpha=1e-3).fit(X_train, y_train).predict(X_test)
    value = mean_squared_error(np.exp(np.log(y_test)), np.exp(one))
    first, second = [run for run in runs() if run.name == "Ridge"]
    assert first.metrics == {"test/mean_squared_error[computed]": value} and second.metrics == {}


# -- the data


def datasets(run: Any) -> list[tuple[str, bool]]:
    return [(each["role"], "target" in each["description"]) for each in run.datasets]


def test_data_is_listed_when_a_metric_brings_its_labels(runs: Any) -> None:
    model = LogisticRegression().fit(X[:300], y[:300])
    y_pred = model.predict(X[300:] + 0.001)
    assert datasets(runs()[0]) == [("train", True)]
    for _ in range(2):
        accuracy_score(y[300:].copy(), y_pred)
    run = runs()[0]
    assert datasets(run) == [("train", True), ("test", True)]
    assert run.datasets[1]["description"]["shape"] == [269, 30]


def test_data_is_listed_once_for_all_fits_of_a_warm_start(split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    model = GradientBoostingClassifier(n_estimators=2, max_depth=1, warm_start=True)
    for trees in (2, 4, 6):
        model.set_params(n_estimators=trees).fit(X_train, y_train)
        accuracy_score(y_test, model.predict(X_test))
    run = only_run()
    assert datasets(run) == [("train", True), ("test", True)]
    assert len(points(run, "test/accuracy")) == 3 and "test2/accuracy" not in run.metrics
