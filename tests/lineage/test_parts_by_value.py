"""Rows that were taken out of held-out data by a mask: told by their values, where these tell anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fitscribe import lineage

RANDOM = np.random.default_rng(0)


def as_frame(data: Any) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(data, index=RANDOM.permutation(len(data)) + 1_000)


def halves(X: Any) -> tuple[Any, lineage.Node]:
    """What is held out of data, and what is known of the rest."""
    train, test = X[::2].copy(), X[1::2].copy()
    lineage.split("train_test_split", [X], [(train, test)])
    return test, lineage.seen(train)


@pytest.mark.parametrize("make", [np.asarray, as_frame])
def test_masks_and_positions(make: Any) -> None:
    test, trained_on = halves(make(RANDOM.normal(size=(400, 3))))
    mask = RANDOM.random(len(test)) < 0.3
    assert lineage.is_among_held_out(test[mask], trained_on)
    assert lineage.is_among_held_out(np.asarray(test)[[5, 3, 150, 17]], trained_on)
    assert not lineage.is_among_held_out(test, trained_on)
    assert not lineage.is_among_held_out(test[mask] + 0.001, trained_on)
    assert not lineage.is_among_held_out(make(RANDOM.normal(size=(50, 3))), trained_on)
    assert not lineage.is_among_held_out(np.asarray(test)[mask][:, :2], trained_on)


def test_missing_values_are_equal() -> None:
    data = RANDOM.normal(size=(400, 3))
    data[::3, 1] = np.nan
    test, trained_on = halves(data)
    assert lineage.is_among_held_out(test[test[:, 0] > 0], trained_on)


@pytest.mark.parametrize("data", [RANDOM.integers(0, 2, (400, 3)), np.array([["u", "v"]] * 400)])
def test_common_values_and_texts_say_nothing(data: Any) -> None:
    test, trained_on = halves(data)
    assert not lineage.is_among_held_out(test[np.arange(len(test)) % 3 == 0], trained_on)


def test_what_was_trained_on_is_not_held_out() -> None:
    data = RANDOM.normal(size=(400, 3))
    _test, trained_on = halves(data)
    train = data[::2].copy()
    assert not lineage.is_among_held_out(train[train[:, 0] > 0], trained_on)
