"""Numbers as people read them: four significant digits, and nothing that is not so."""

from __future__ import annotations

import pytest

from fitscribe.reading.text import decimals_of, number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.00149, "0.00149"),
        (0.001486321, "0.001486"),
        (0.9996, "0.9996"),
        (0.98765, "0.9877"),
        (0.98791, "0.9879"),
        (0.24, "0.24"),
        (0.1 + 0.2, "0.3000"),
        (0.99999, "1.0000"),
        (123.456, "123.5"),
        (0.00012345, "0.0001234"),
        (1.0, "1.0"),
    ],
)
def test_four_significant_digits(value: float, expected: str) -> None:
    assert number(value) == expected


def test_a_column_has_the_decimals_that_its_numbers_need() -> None:
    assert decimals_of([0.5, 0.98765, 1.0]) == 4
    assert decimals_of([0.5, 0.00092]) is None, "its decimals would be too many for the other"
