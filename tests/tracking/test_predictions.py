"""Predictions are found again by object, memory and values, and nothing is kept alive for it."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest

pytest.importorskip("numpy")

import numpy as np

import fitscribe
from fitscribe.tracking import predictions, trained
from fitscribe.tracking.predictions import Prediction
from fitscribe.tracking.trained import Trained
from fitscribe.tracking.weakly import WeakTable


class Model:
    pass


@pytest.fixture
def training() -> Trained:
    with fitscribe.start_run("training") as run:
        pass
    return trained.remember(Model(), run)


@pytest.fixture(autouse=True)
def nothing_predicted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_latest", "_marks", "_decided"):
        monkeypatch.setattr(predictions, name, type(getattr(predictions, name))())


def remembered(values: Any, training: Trained, **more: Any) -> Prediction:
    return predictions.remember(values, training, role="test", method="predict", **more)


def test_a_model_is_known_by_identity_and_its_last_training() -> None:
    with fitscribe.start_run() as first, fitscribe.start_run() as second:
        model = Model()
        assert trained.find(model) is None
        before = trained.remember(model, first, kind="classifier")
        after = trained.remember(model, second)
    assert trained.find(model) is after and trained.find(Model()) is None
    assert (before.run, before.generation, after.run, after.generation) == (first, 0, second, 1)


def test_models_are_neither_hashed_nor_compared_nor_kept() -> None:
    class Touchy(Model):
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

    with fitscribe.start_run() as run:
        model = Touchy()
        trained.remember(model, run)
        assert trained.find(model) is not None
        gone = weakref.ref(model)
        del model
        gc.collect()
        assert gone() is None


def test_what_takes_no_weak_reference_is_passed_over() -> None:
    with fitscribe.start_run() as run:
        assert trained.remember(5, run).run is run
    assert trained.find(5) is None


def test_a_table_drops_what_is_gone() -> None:
    table: WeakTable[int] = WeakTable()
    kept = [Model() for _ in range(10)]
    for number in range(2000):
        table.set(Model(), number)
        if number < 10:
            table.set(kept[number], number)
    assert [table.get(each) for each in kept] == list(range(10))
    assert len(table._entries) <= 512


NUMBERS = np.random.default_rng(0).integers(0, 3, 500)
TEXTS = np.array(["a", "bb", "ccc"])[NUMBERS]
SCORES = np.random.default_rng(1).random((500, 3))


@pytest.mark.parametrize(
    "given",
    [
        lambda values: values,
        lambda values: values[:],
        lambda values: values[10:50],
        lambda values: values.reshape(-1, 1),
        lambda values: values.copy(),
        lambda values: values.tolist(),
        lambda values: tuple(values.tolist()),
    ],
)
@pytest.mark.parametrize("values", [NUMBERS, TEXTS], ids=["numbers", "texts"])
def test_labels_are_found(training: Trained, values: Any, given: Any) -> None:
    values = values.copy()
    prediction = remembered(values, training)
    assert predictions.find(given(values)) is prediction


def test_labels_of_another_type(training: Trained) -> None:
    prediction = remembered(NUMBERS.copy(), training)
    assert predictions.find(NUMBERS.astype(float)) is prediction
    assert predictions.find(NUMBERS.astype(np.int8)) is prediction
    prediction = remembered(TEXTS.copy(), training)
    assert predictions.find(TEXTS.astype(object)) is prediction


@pytest.mark.parametrize(
    "given",
    [
        lambda scores: scores[:, 1],
        lambda scores: scores[:, 1].copy(),
        lambda scores: scores[:, 2].tolist(),
        lambda scores: scores.tolist(),
        lambda scores: scores[100:, 0],
    ],
)
def test_columns_of_scores_are_found(training: Trained, given: Any) -> None:
    scores = SCORES.copy()
    prediction = remembered(scores, training)
    assert predictions.find(given(scores)) is prediction


def test_series_around_predictions_are_found(training: Trained) -> None:
    pandas = pytest.importorskip("pandas")
    for values in (NUMBERS.copy(), TEXTS.copy(), SCORES[:, 1]):
        prediction = remembered(values, training)
        assert predictions.find(pandas.Series(values)) is prediction
        assert predictions.find(pandas.Series(values, index=range(500, 1000), name="p")) is prediction
        assert predictions.find(pandas.DataFrame({"p": values})["p"]) is prediction
    series = pandas.Series(NUMBERS * 7)
    prediction = remembered(series, training)
    assert predictions.find(series) is prediction and predictions.find(series.to_numpy()) is prediction


def test_polars_series_around_predictions_are_found(training: Trained) -> None:
    polars = pytest.importorskip("polars")
    for values in (NUMBERS.copy(), TEXTS.copy(), SCORES[:, 1]):
        prediction = remembered(values, training)
        assert predictions.find(polars.Series(values)) is prediction
    series = polars.Series(NUMBERS * 7)
    prediction = remembered(series, training)
    assert predictions.find(series) is prediction and predictions.find(series.to_list()) is prediction


def test_several_outputs_are_found_one_by_one(training: Trained) -> None:
    outputs = [SCORES.copy(), SCORES * 2]
    prediction = remembered(outputs, training)
    assert predictions.find(outputs[1]) is prediction and predictions.find(outputs[0][:, 1]) is prediction


@pytest.mark.parametrize(
    "other",
    [
        NUMBERS + 1,
        NUMBERS[::-1].copy(),
        SCORES,
        5,
        None,
        "text",
        [],
        [[1, 2], [3]],
        [object()] * 500,
        np.float64(2),
        {"a": 1},
        range(500),
    ],
    ids=lambda other: type(other).__name__,
)
def test_anything_else_is_not(training: Trained, other: Any) -> None:
    remembered(NUMBERS.copy(), training)
    assert predictions.find(other) is None


def test_sparse_matrices_are_left_alone(training: Trained) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    remembered(NUMBERS.copy(), training)
    assert predictions.find(sparse.csr_matrix(np.eye(500))) is None


def test_a_view_of_a_part_of_other_memory_claims_nothing_but_itself(training: Trained) -> None:
    table = np.random.default_rng(2).random((50, 4))
    column = table[:, 0]
    prediction = remembered(column, training)
    assert predictions.find(column) is prediction
    assert predictions.find(table[:, 1]) is None and predictions.find(table) is None


def test_values_and_models_die_as_they_always_did(training: Trained) -> None:
    values = NUMBERS * 5
    prediction = remembered(values, training)
    gone = weakref.ref(values)
    del values
    assert gone() is None
    assert predictions.find(NUMBERS * 5) is prediction


def test_the_latest_of_equal_predictions_is_meant(training: Trained) -> None:
    first, second = NUMBERS.copy(), NUMBERS.copy()
    of_first, of_second = remembered(first, training), remembered(second, training)
    assert predictions.find(first) is of_first and predictions.find(second) is of_second
    assert predictions.find(NUMBERS.tolist()) is of_second


def test_the_oldest_are_forgotten_but_for_those_that_live(training: Trained) -> None:
    first = NUMBERS * 11
    prediction = remembered(first, training)
    for number in range(1500):
        remembered(np.arange(3) + number, training)
    assert predictions.find(first) is prediction
    assert predictions.find(first.tolist()) is None
    assert len(predictions._latest) <= 1000
    assert sum(map(len, predictions._marks.values())) <= 1000


def test_long_lists_are_looked_at_in_part(training: Trained) -> None:
    values = np.arange(100_000)
    prediction = remembered(values.copy(), training)
    assert predictions.find(values.tolist()) is prediction
    assert predictions.find((values + 1).tolist()) is None


@pytest.mark.parametrize(
    ("scores", "method", "labels"),
    [
        (SCORES, "predict_proba", SCORES.argmax(axis=1)),
        (SCORES, "predict_proba", SCORES.argmax(axis=1).tolist()),
        (SCORES[:, :2], "predict_proba", (SCORES[:, 1] > SCORES[:, 0]).astype(int)),
        (SCORES[:, 0].copy(), "predict", SCORES[:, 0] > 0.5),
        (SCORES[:, :1].copy(), "predict", (SCORES[:, :1] > 0.5).astype("f4")),
        (SCORES[:, 0] - 0.2, "decision_function", SCORES[:, 0] - 0.2 > 0),
    ],
)
def test_the_labels_that_scores_stand_for(training: Trained, scores: Any, method: str, labels: Any) -> None:
    prediction = predictions.remember(scores, training, role="test", method=method)
    assert predictions.recognize(labels) == (None, prediction)
    assert predictions.recognize(scores) == (prediction, None)


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        (SCORES[:, 0].copy(), SCORES[:, 0] > 0.4),
        (SCORES[:, 0] * 3, SCORES[:, 0] * 3 > 0.5),  # no probabilities
        (SCORES[:, 0] / 3, SCORES[:, 0] / 3 > 0.5),  # the same for all: any baseline
        (SCORES[:5, 0].copy(), SCORES[:5, 0] > 0.5),
    ],
)
def test_other_labels_are_nobodys(training: Trained, scores: Any, labels: Any) -> None:
    remembered(scores, training)
    assert predictions.recognize(labels) == (None, None)


def test_the_labels_of_scores_are_forgotten_with_them(training: Trained) -> None:
    for number in range(1500):
        remembered(np.random.default_rng(number).random(10), training)
    assert sum(map(len, predictions._decided.values())) <= 1000


def test_the_own_thread_goes_first(training: Trained) -> None:
    mine = remembered(np.arange(9), training)
    found: list[list[Prediction]] = []

    def elsewhere() -> None:
        other = remembered(np.arange(9) * 2, training)
        found.extend(([other, mine], predictions.latest(2), predictions.latest(1)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found[0] == found[1] and found[2] == found[0][:1]
    assert predictions.latest(2) == found[0][::-1]
