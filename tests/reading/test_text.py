"""Numbers as people read them: four significant digits, and nothing that is not so."""

from __future__ import annotations

import pytest

from fitscribe.reading.text import decimals_of, number, value


@pytest.mark.parametrize(
    ("given", "expected"),
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
def test_four_significant_digits(given: float, expected: str) -> None:
    assert number(given) == expected


def test_a_column_has_the_decimals_that_its_numbers_need() -> None:
    assert decimals_of([0.5, 0.98765, 1.0]) == 4
    assert decimals_of([0.5, 0.00092]) is None, "its decimals would be too many for the other"


def test_arrays_among_the_arguments_of_a_fit_take_few_words() -> None:
    rows = {"type": "numpy.ndarray", "shape": [400, 8], "dtype": "float64", "min": -3.25, "max": 2.5}
    labels = {"type": "pandas.Series", "shape": [400]}
    short = "numpy.ndarray 400 x 8 float64 -3.25 to 2.5"
    assert value(rows) == short
    assert value([(rows, labels)]) == f"[({short}, pandas.Series 400)]"
    assert value([(rows, labels)], full=True) == repr([(rows, labels)])
    scripts_own = {"type": "conv", "shape": [3, 3]}
    for other in ({**rows, "shape": 3}, {**labels, "values": [1, 2]}, {"shape": [1]}, scripts_own):
        assert value(other).startswith("{")
