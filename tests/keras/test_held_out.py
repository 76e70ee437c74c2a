"""``evaluate`` and ``predict``: metrics and matrices of passes that the script makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fitscribe import evaluation

Make = Callable[..., Any]


def records(run: Any) -> dict[str, Any]:
    return {each["name"]: each["data"] for each in run.artifacts if "data" in each}


def test_an_evaluation_goes_to_the_run_of_the_training(classifier: Make, table: Any, only_run: Any) -> None:
    (x, y), model = table, classifier()
    x_train, y_train, x_test, y_test = x[:90], y[:90], x[90:].copy(), y[90:].copy()
    model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=0)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    run = only_run()
    assert run.metrics["test/loss"] == pytest.approx(loss) and run.metrics["test/accuracy"] == accuracy
    assert list(run.series("test/loss").steps) == [6]
    assert {each["role"] for each in run.datasets} == {"train", "test"}


def test_data_that_was_validated_on_is_called_that(classifier: Make, table: Any, only_run: Any) -> None:
    (x, y), model = table, classifier()
    held_out = (x[90:].copy(), y[90:].copy())
    model.fit(x[:90], y[:90], validation_data=held_out, verbose=0)
    model.evaluate(*held_out, verbose=0)
    run = only_run()
    assert "valid/loss[predicted]" in run.metrics and "test/loss" not in run.metrics


def test_an_evaluation_may_return_a_dictionary(classifier: Make, table: Any, only_run: Any) -> None:
    (x, y), model = table, classifier()
    model.fit(x, y, verbose=0)
    x_val, y_val = x[:30] + 1.0, y[:30]
    values = model.evaluate(x=x_val, y=y_val, verbose=0, return_dict=True)
    assert only_run().metrics["valid/accuracy"] == pytest.approx(values["accuracy"])


def test_a_model_that_was_not_trained_here_has_a_run_for_its_evaluation(
    classifier: Make, table: Any, only_run: Any
) -> None:
    model = classifier()
    loss, _ = model.evaluate(*table, verbose=0)
    model.evaluate(*table, verbose=0)
    run = only_run()
    assert run.name == "Sequential, evaluate" and run.metrics["test/loss"] == pytest.approx(loss)


def test_predictions_are_compared_with_labels_that_are_known(
    classifier: Make, table: Any, only_run: Any
) -> None:
    (x, y), model = table, classifier()
    x_test, y_test = x[90:].copy(), y[90:].copy()
    model.fit(x[:90], y[:90], epochs=2, verbose=0)
    model.evaluate(x_test, y_test, verbose=0)
    values = model.predict(x_test, verbose=0)
    run, found = only_run(), records(only_run())
    truth = evaluation.classification(y_test, np.asarray(values).argmax(axis=1), labels=[0, 1, 2])
    assert found["test/confusion_matrix"]["counts"] == truth.records["confusion_matrix"]["counts"]
    assert "test/roc" in found and "test/pr" in found
    assert run.metrics["test/f1_macro"] == pytest.approx(truth.metrics["f1_macro"])


def test_labels_may_come_with_a_metric(classifier: Make, table: Any, only_run: Any) -> None:
    pytest.importorskip("sklearn")
    import fitscribe

    fitscribe.autolog("sklearn")
    from sklearn.metrics import accuracy_score

    (x, y), model = table, classifier()
    model.fit(x[:90], y[:90], epochs=2, verbose=0)
    x_test, y_test = x[90:].copy(), y[90:].copy()
    y_pred = np.asarray(model.predict(x_test, verbose=0)).argmax(axis=1)
    value = accuracy_score(y_test, y_pred)
    fitscribe.disable("sklearn")
    assert only_run().metrics["test/accuracy"] == pytest.approx(value)


def one_output(keras: Any, loss: str, activation: str | None, x: Any, target: Any) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation=activation)])
    model.compile("adam", loss)
    model.fit(x[:90], target[:90], verbose=0)
    x_test, y_test = x[90:].copy(), target[90:].copy()
    model.evaluate(x_test, y_test, verbose=0)
    model.predict(x_test, verbose=0)


def test_of_a_binary_classifier_there_is_a_matrix(keras: Any, table: Any, only_run: Any) -> None:
    x, y = table
    one_output(keras, "binary_crossentropy", "sigmoid", x, (y == 1).astype("int64"))
    assert len(records(only_run())["test/confusion_matrix"]["counts"]) == 2
    assert "test/roc_auc" in only_run().metrics


def test_of_a_regression_there_are_errors(keras: Any, table: Any, only_run: Any) -> None:
    x, _ = table
    one_output(keras, "mse", None, x, x[:, 0] * 2.0)
    assert {"test/r2", "test/rmse"} <= set(only_run().metrics)
    assert "test/residuals" in records(only_run())


def test_what_is_not_known_is_said(classifier: Make, table: Any, only_run: Any) -> None:
    (x, y), model = table, classifier()
    model.fit(x[:90], y[:90], verbose=0)
    model.predict(x[90:].copy() + 1.0, verbose=0)
    assert any("labels are not known" in why for _, why in _unseen(only_run()))


def _unseen(run: Any) -> list[tuple[str, str]]:
    return [(each["what"], each["why"]) for each in run.unseen]
