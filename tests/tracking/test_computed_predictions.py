"""Values that no model predicted as they are: computed, put one behind the other, taken in part."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numpy")

import numpy as np

import fitscribe
from fitscribe import lineage
from fitscribe.tracking import computed, joined, known_labels, parts, predictions, trained, unlinked
from fitscribe.tracking.predictions import Prediction
from fitscribe.tracking.trained import Trained

RANDOM = np.random.default_rng(0)
DATA = RANDOM.random((500, 3))
LABELS = RANDOM.integers(0, 2, 500)


class Model:
    pass


@pytest.fixture(autouse=True)
def nothing_predicted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_latest", "_marks", "_decided"):
        monkeypatch.setattr(predictions, name, type(getattr(predictions, name))())
    monkeypatch.setattr(computed, "_labels", {})


class Sides:
    """Data that was split, with its labels, and a training on one side of it."""

    def __init__(self) -> None:
        data, labels = DATA.copy(), LABELS.copy()
        self.train, self.test = data[:300].copy(), data[300:].copy()
        self.y_train, self.y_test = labels[:300].copy(), labels[300:].copy()
        pairs = [(self.train, self.test), (self.y_train, self.y_test)]
        lineage.split("split", [data, labels], pairs)
        self.whole = data, labels
        with fitscribe.start_run("training") as run:
            pass
        self.run = run
        self.trained = self.another()

    def another(self) -> Trained:
        data, target = lineage.seen(self.train), lineage.seen(self.y_train)
        return trained.remember(Model(), self.run, data=data, target=target)


@pytest.fixture
def sides() -> Sides:
    return Sides()


def remembered(values: Any, of: Trained, data: Any = None) -> Prediction:
    node = None if data is None else lineage.seen(data)
    return predictions.remember(values, of, role="test", method="predict", data=node)


def rows_of(role: str, of: Trained) -> Any:
    use = of.uses[role].data
    return None if use is None else use.rows.known


# -- computed


def test_the_latest_on_the_rows_that_labels_have(sides: Sides) -> None:
    on_train = remembered(RANDOM.random(300), sides.trained, sides.train)
    on_test = remembered(RANDOM.random(200), sides.trained, sides.test)
    for labels, prediction in ((sides.y_train, on_train), (sides.y_test, on_test)):
        found = computed.find(RANDOM.random(len(labels)), [labels])
        assert found is not None and found.prediction is prediction and not found.is_computed
    assert computed.find(RANDOM.random(500), [sides.whole[1]]) is None
    assert computed.find(RANDOM.random(200), []) is None and computed.find(None, [None]) is None


def test_what_was_computed_is_told_among_several(sides: Sides) -> None:
    scores = RANDOM.random(200)
    one = remembered(scores, sides.trained, sides.test)
    remembered(RANDOM.random(200), sides.another(), sides.test)
    found = computed.find(scores > 0.3, [sides.y_test])
    assert found == (one, False, True)


def test_what_was_computed_is_told_without_the_rows(sides: Sides) -> None:
    values = RANDOM.normal(size=200)
    one = remembered(values, sides.trained, sides.test)
    remembered(RANDOM.normal(size=200), sides.another(), sides.test)
    found = computed.find(np.exp(values), [np.exp(RANDOM.normal(size=200))])
    assert found == (one, False, True)
    assert computed.find(np.exp(values), [LABELS[:200].copy()]) is not None
    # Labels of which it is known that they are of other rows.
    assert computed.find(np.exp(values), [sides.y_train[:200]]) is None
    assert computed.find(values > 0.1, [RANDOM.integers(0, 2, 200)]) is None


def test_two_models_of_one_order_are_not_told_apart(sides: Sides) -> None:
    values = RANDOM.normal(size=200)
    remembered(values, sides.trained, sides.test)
    remembered(values * 2, sides.another(), sides.test)
    assert computed.find(np.exp(values), [np.exp(RANDOM.normal(size=200))]) is None


def test_labels_in_lists_are_found_as_often_as_they_come(sides: Sides) -> None:
    on_test = remembered(RANDOM.random(200), sides.trained, sides.test)
    lineage.pair(sides.test, sides.y_test)
    for _ in range(2):
        found = computed.find(RANDOM.random(200), [sides.y_test.tolist()])
        assert found is not None and found.prediction is on_test
        assert computed.find(RANDOM.random(200), [RANDOM.integers(0, 9, 200).tolist()]) is None


# -- one behind the other


def batches(values: Any, of: Trained, data: Any, size: int = 64) -> list[Any]:
    found = []
    for start in range(0, len(values), size):
        batch = values[start : start + size].copy()
        remembered(batch, of, None if data is None else data[start : start + size])
        found.append(batch)
    return found


@pytest.mark.parametrize("kind", ["labels", "scores", "table"])
def test_batches_of_all_rows_are_the_whole(sides: Sides, kind: str) -> None:
    values = {"labels": LABELS[:200], "scores": RANDOM.random(200), "table": RANDOM.random((200, 2))}[kind]
    whole = np.concatenate(batches(values, sides.trained, sides.test))
    found = joined.find(whole, [sides.y_test])
    assert found is not None and (found.role, found.rows) == ("test", 200)
    assert rows_of("test", sides.trained) is lineage.seen(sides.test).rows.known
    assert predictions.find(whole) is found and predictions.find(whole.tolist()) is found


def test_a_list_that_grows_by_batches(sides: Sides) -> None:
    values: list[Any] = []
    for batch in batches(LABELS[:200], sides.trained, sides.test):
        values.extend(batch.tolist())
    found = joined.find(values, [sides.y_test])
    assert found is not None and found.role == "test"


def test_batches_that_were_copied_have_the_rows_of_the_labels(sides: Sides) -> None:
    whole = np.concatenate(batches(RANDOM.random(200), sides.trained, None))
    found = joined.find(whole, [sides.y_test])
    assert found is not None and found.role == "test"


@pytest.mark.parametrize("labels", ["unknown", "some"])
def test_batches_of_some_rows_are_a_part(sides: Sides, labels: str) -> None:
    data = sides.test[:100] if labels == "some" else None
    whole = np.concatenate(batches(RANDOM.random(100), sides.trained, data))
    found = joined.find(whole, [sides.y_test[:100] if labels == "some" else RANDOM.integers(0, 2, 100)])
    assert found is not None and found.role == "part" and "part" not in sides.trained.uses


def test_batches_of_the_training_data_are_no_test(sides: Sides) -> None:
    whole = np.concatenate(batches(RANDOM.random(300), sides.trained, sides.train))
    found = joined.find(whole, [sides.y_train])
    assert found is not None and found.role == "train"


def test_only_the_very_batches_of_one_model_are_joined(sides: Sides) -> None:
    values = RANDOM.integers(0, 2, 200)
    made = batches(values, sides.trained, sides.test)
    for wrong in (
        np.concatenate(made[1:] + made[:1]),  # in another order
        np.concatenate([*made[:-1], 1 - made[-1]]),
        np.concatenate([1 - made[0], *made[1:]]),
        np.concatenate(made)[1:],
        np.concatenate([[1], *made]),
        np.concatenate(made + made),
    ):
        assert joined.find(wrong, [sides.y_test]) is None
    # The last half of them is of another model.
    other = sides.another()
    halves = made[:2] + batches(RANDOM.integers(0, 2, 72), other, sides.test[128:])
    assert joined.find(np.concatenate(halves), [sides.y_test]) is None


def test_two_methods_in_turn(sides: Sides) -> None:
    labels, scores = [], []
    for start in range(0, 200, 50):
        labels.append(RANDOM.integers(0, 2, 50))
        remembered(labels[-1], sides.trained, sides.test[start : start + 50])
        scores.append(RANDOM.random(50))
        node = lineage.seen(sides.test[start : start + 50])
        predictions.remember(scores[-1], sides.trained, role="part", method="predict_proba", data=node)
    for values, method in ((labels, "predict"), (scores, "predict_proba")):
        found = joined.find(np.concatenate(values), [sides.y_test])
        assert found is not None and found.method == method


# -- in part


def test_numbers_of_some_rows(sides: Sides) -> None:
    values = RANDOM.normal(size=200)
    one = remembered(values, sides.trained, sides.test)
    remembered(RANDOM.normal(size=200), sides.another(), sides.test)
    mask = RANDOM.random(200) > 0.6
    assert parts.find(values[mask]) is one
    assert parts.find(values[RANDOM.integers(0, 200, 90)]) is one
    for other in (
        RANDOM.normal(size=90),
        values[mask] + 1e-9,
        np.exp(values[mask]),
        values[:4],
        values[:0],
        LABELS[:90],
    ):
        assert parts.find(other) is None


def test_numbers_that_two_models_have_or_that_are_common(sides: Sides) -> None:
    values = RANDOM.normal(size=200)
    remembered(values, sides.trained, sides.test)
    backwards = values[::-1].copy()
    remembered(backwards, sides.another(), sides.test)
    assert parts.find(values[::3].copy()) is None
    rounded = (RANDOM.random(200) * 10).round() / 10
    remembered(rounded, sides.trained, sides.test)
    assert parts.find(rounded[::3].copy()) is None


def test_what_stands_before_the_brackets(sides: Sides) -> None:
    values = RANDOM.integers(0, 2, 200)
    one = remembered(values, sides.trained, sides.test)
    assert parts.find_written(values) is one
    assert parts.find_written(values.copy()) is None and parts.find_written({"a": values}) is None
    pandas = pytest.importorskip("pandas")
    assert parts.find_written(pandas.DataFrame(values)) is None


# -- of no model


def test_what_was_found_to_be_of_no_model_is_looked_for_again_where_it_has_changed(sides: Sides) -> None:
    values, labels = RANDOM.random(200), sides.y_test
    given = [values, labels]
    unlinked.know(given)
    assert unlinked.are_known(given) and not unlinked.are_known([values, labels.copy()])
    assert not unlinked.are_known([values]) and not unlinked.are_known([])
    values[0] += 1
    assert not unlinked.are_known(given)
    unlinked.know(given)
    labels[0] = 1 - labels[0]
    assert not unlinked.are_known(given)
    unlinked.know(given)
    remembered(RANDOM.random(200), sides.trained, sides.test)
    assert not unlinked.are_known(given)
    unlinked.know(given)
    known_labels.know(sides.trained.use("test", None), labels)
    assert not unlinked.are_known(given)


@pytest.mark.parametrize("values", [[0.0, 1.0], np.zeros(10_000), np.array(["a", None]), None])
def test_others_than_short_arrays_are_looked_for_each_time(values: Any) -> None:
    unlinked.know([values, np.zeros(2)])
    assert not unlinked.are_known([values, np.zeros(2)])
