"""How many rows are evaluated."""

from __future__ import annotations

import pytest

from fitscribe.evaluation import row_step


@pytest.mark.parametrize(
    ("rows", "curves", "objects", "step"),
    [
        (0, 1, False, 1),
        (100_000, 0, False, 1),
        (100_001, 0, False, 2),
        (80_000, 1, False, 1),
        (80_001, 1, False, 2),
        (20_000, 1, True, 1),
        (20_001, 1, True, 2),
        (10_000, 10, False, 2),
        (1_000, 5_000, False, 1),
        (1_001, 5_000, False, 2),
    ],
)
def test_all_rows_of_small_data_and_evenly_spaced_ones_of_large(
    rows: int, curves: int, objects: bool, step: int
) -> None:
    assert row_step(rows, curves, objects=objects) == step


def test_never_more_than_a_hundred_thousand_rows() -> None:
    for rows in range(1, 1_000_000, 7_919):
        assert -(-rows // row_step(rows)) <= 100_000
