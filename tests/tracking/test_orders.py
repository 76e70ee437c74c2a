"""Values that were computed from predictions alone are told from those that something else had a part in."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numpy")

import numpy as np

from fitscribe.tracking.orders import order_of, sample_of

RANDOM = np.random.default_rng(0)
SCORES = RANDOM.random(300)
PROBABILITIES = np.stack([1 - SCORES, SCORES], axis=1)
THREE = RANDOM.dirichlet([1, 1, 1], 5_000)
LABELS = np.array(["no", "yes"])[RANDOM.integers(0, 2, 300)]


@pytest.mark.parametrize(
    ("predicted", "computed"),
    [
        (SCORES, SCORES > 0.3),
        (SCORES, (SCORES > 0.3).astype(int).tolist()),
        (SCORES, np.where(SCORES > 0.7, "yes", "no")),
        (SCORES, np.array(["low", "middle", "high"])[(SCORES * 3).astype(int)]),
        (SCORES.astype("f4"), np.expm1(SCORES.astype("f4"))),
        (SCORES, SCORES.round(1)),
        (SCORES, 1 - SCORES),
        (SCORES.reshape(-1, 1), SCORES * 5 - 2),
        (PROBABILITIES, SCORES >= 0.5),
        (PROBABILITIES, PROBABILITIES.argmax(axis=1)),
        (THREE, THREE.argmax(axis=1)),
        (THREE, np.array(["u", "v", "w"], object)[THREE.argmax(axis=1)]),
        (LABELS, (LABELS == "yes").astype(float)),
        (LABELS.tolist(), LABELS == "yes"),
    ],
)
def test_what_was_computed_from_predictions(predicted: Any, computed: Any) -> None:
    order = order_of(predicted)
    assert order is not None and order.is_kept_by(sample_of(computed))
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(computed if isinstance(computed, list) else computed.ravel())
    assert order.is_kept_by(sample_of(series))


@pytest.mark.parametrize(
    ("predicted", "computed"),
    [
        (SCORES, (SCORES + RANDOM.random(300)) / 2),
        (SCORES, RANDOM.random(300) > 0.5),
        (SCORES, LABELS),
        (SCORES.round(1), (SCORES.round(1) + RANDOM.random(300)) / 2),
        (PROBABILITIES, (SCORES + RANDOM.random(300)) / 2 > 0.5),
        (THREE, (THREE * [3, 1, 1]).argmax(axis=1)),
        (LABELS, np.array(["no", "yes"])[RANDOM.integers(0, 2, 300)]),
        (SCORES, SCORES[:200] > 0.3),
        (SCORES, PROBABILITIES),
        (SCORES, [object()] * 300),
        (SCORES, None),
    ],
)
def test_what_something_else_had_a_part_in(predicted: Any, computed: Any) -> None:
    order = order_of(predicted)
    assert order is not None and not order.is_kept_by(sample_of(computed))


@pytest.mark.parametrize("odd", [[], [object()], [[1, 2], [3, 4]], 5, np.empty((0, 2)), {"a": 1}])
def test_what_has_no_order(odd: Any) -> None:
    assert order_of(odd) is None


def test_likeliest_classes_of_data_that_was_loaded_apart() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((40, 3))
    order = order_of(scores)
    assert order is not None
    classes = scores.argmax(axis=1)
    names = np.array(["c", "a", "b"])
    for given in (classes, names[classes]):
        assert order.is_likeliest(sample_of(given)) and order.is_unmistakably_of(sample_of(given))
    other = classes.copy()
    other[7] = (other[7] + 1) % 3
    assert not order.is_likeliest(sample_of(other))
    for wrong in (np.zeros(40, int), classes[:39], classes == 1):
        assert not order.is_likeliest(sample_of(wrong))
    few = order_of(scores[:10])
    assert few is not None and not few.is_unmistakably_of(sample_of(classes[:10]))


@pytest.mark.parametrize("computed", [np.exp(SCORES), SCORES.astype("f4"), SCORES.round(2), 3 - SCORES])
def test_a_long_order_is_told_without_the_rows(computed: Any) -> None:
    order = order_of(SCORES)
    assert order is not None and order.is_unmistakably_of(sample_of(computed))


@pytest.mark.parametrize(
    ("predicted", "computed"),
    [
        (SCORES, SCORES > 0.5),  # labels of another model may agree
        (SCORES, SCORES + RANDOM.random(300) / 100),
        (np.sort(SCORES), np.arange(300)),  # any numbers that grow
        (np.sort(SCORES), np.arange(300)[::-1]),
        (SCORES[:10], np.exp(SCORES[:10])),
        (SCORES, np.full(300, np.nan)),
        (LABELS, np.where(LABELS == "yes", 1.0, 0.0)),
    ],
)
def test_what_may_be_a_coincidence_is_not(predicted: Any, computed: Any) -> None:
    order = order_of(predicted)
    assert order is not None and not order.is_unmistakably_of(sample_of(computed))
