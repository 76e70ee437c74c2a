"""Which data a model is used on, where only the variables of the calling code tell.

Functions with an `assert` are passed over when variables are looked for: pytest lets them look at their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.sklearn.cancer import X, y
from tests.sklearn.held_out import held_out, unseen


def three_parts() -> Any:
    """Rows to train on, to validate and to test, with their labels."""
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, random_state=0)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, random_state=0)
    return (X_train, y_train), (X_val, y_val), (X_test, y_test)


def accuracy(model: Any, X: Any, y: Any) -> float:
    """Called for every data set, and names none of them."""
    return float(unseen.accuracy_score(y, model.predict(X)))


def by_a_function() -> dict[str, float]:
    (X_train, y_train), (X_val, y_val), (X_test, y_test) = three_parts()
    model = LogisticRegression().fit(X_train, y_train)
    return {
        "valid/accuracy": accuracy(model, X_val, y_val),
        "test/accuracy": accuracy(model, X_test, y_test),
    }


def in_a_loop() -> dict[str, float]:
    (X_train, y_train), (X_val, y_val), (X_test, y_test) = three_parts()
    model = LogisticRegression().fit(X_train, y_train)
    found = []
    for features, labels in ((X_val, y_val), (X_test, y_test)):
        found.append(float(unseen.accuracy_score(labels, model.predict(features))))
    return dict(zip(("valid/accuracy", "test/accuracy"), found, strict=True))


@pytest.mark.parametrize("evaluated", [by_a_function, in_a_loop])
def test_data_has_the_role_that_its_names_in_the_calling_code_tell(only_run: Any, evaluated: Any) -> None:
    expected = evaluated()
    found = {name: value for name, value in held_out(only_run()).items() if "/accuracy" in name}
    assert found == expected


def by_one_name_for_two_roles() -> None:
    (X_train, y_train), (X_val, y_val), _ = three_parts()
    X_test = X_val
    model = LogisticRegression().fit(X_train, y_train)
    accuracy(model, X_test, y_val)


def test_names_that_speak_of_two_roles_tell_none(only_run: Any) -> None:
    by_one_name_for_two_roles()
    assert held_out(only_run()).keys() == {f"test/{name}" for name in held_out_names()}


def held_out_names() -> set[str]:
    return {"accuracy", "balanced_accuracy", "f1", "precision", "recall"}


def folds_kept(data: Any) -> list[float]:
    """Folds that were all made before the first fit."""
    scores = []
    for train, test in list(KFold(3, shuffle=True, random_state=0).split(data)):
        model = make_pipeline(StandardScaler(), LogisticRegression())
        if hasattr(data, "iloc"):
            model.fit(data.iloc[train], y[train])
            predicted = model.predict(data.iloc[test])
        else:
            model.fit(data[train], y[train])
            predicted = model.predict(data[test, :])
        scores.append(float(unseen.accuracy_score(y[test], predicted)))
    return scores


def named(data: Any) -> Any:
    """A frame of which the rows have names, and no numbers."""
    return pd.DataFrame(data, index=[f"patient {number}" for number in range(len(data))])


@pytest.mark.parametrize("make", [np.asarray, named])
def test_rows_taken_at_positions_are_held_out_from_those_trained_on(runs: Any, make: Any) -> None:
    scores = folds_kept(make(X))
    folds = [run for run in runs() if run.name == "Pipeline"]
    assert [held_out(run)["test/accuracy"] for run in folds] == scores
    assert all(name.startswith("test/") for run in folds for name in held_out(run))


def halves_by_mask() -> float:
    chosen = np.random.default_rng(0).random(len(X)) < 0.5
    others = ~chosen
    model = LogisticRegression().fit(X[chosen], y[chosen])
    return float(unseen.accuracy_score(y[others], model.predict(X[others])))


def test_a_mask_takes_rows_too(only_run: Any) -> None:
    score = halves_by_mask()
    assert held_out(only_run())["test/accuracy"] == score


def overlapping() -> None:
    first, second = np.arange(0, 400), np.arange(300, 569)
    model = LogisticRegression().fit(X[first], y[first])
    model.predict(X[second])


def test_rows_that_overlap_are_not_called_held_out(only_run: Any) -> None:
    overlapping()
    run = only_run()
    assert all(not name.startswith("test/") for name in run.metrics)
    assert "the model was trained on some of its rows" in {each["why"] for each in run.unseen}


def bootstrap() -> None:
    (X_train, y_train), _, (X_test, _y_test) = three_parts()
    model = LogisticRegression().fit(X_train, y_train)
    model.predict(X_test)
    drawn = np.random.default_rng(0).integers(0, len(X_test), len(X_test))
    model.predict(X_test[drawn])


def test_a_bootstrap_of_full_size_is_a_part_of_its_data(only_run: Any) -> None:
    bootstrap()
    run = only_run()
    assert {name.partition("/")[0] for name in held_out(run)} == {"test"}
    assert [each["why"] for each in run.unseen] == ["it is a part of held-out data"]
