"""Values that were computed from predictions alone are told from those that something else had a part in."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("numpy")

import numpy as np

from fitscribe.tracking.orders import order_of

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
    assert order is not None and order.is_kept_by(computed)
    pandas = pytest.importorskip("pandas")
    assert order.is_kept_by(pandas.Series(computed if isinstance(computed, list) else computed.ravel()))


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
    assert order is not None and not order.is_kept_by(computed)


@pytest.mark.parametrize("odd", [[], [object()], [[1, 2], [3, 4]], 5, np.empty((0, 2)), {"a": 1}])
def test_what_has_no_order(odd: Any) -> None:
    assert order_of(odd) is None


def test_likeliest_classes_of_data_that_was_loaded_apart() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((40, 3))
    order = order_of(scores)
    assert order is not None
    classes = scores.argmax(axis=1)
    assert order.is_likeliest(classes) and order.is_likeliest(np.array(["c", "a", "b"])[classes])
    other = classes.copy()
    other[7] = (other[7] + 1) % 3
    assert not order.is_likeliest(other)
    assert not order.is_likeliest(np.zeros(40, int)) and not order.is_likeliest(classes[:39])
    few = order_of(scores[:10])
    assert few is not None and not few.is_likeliest(classes[:10])
