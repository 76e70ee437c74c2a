from __future__ import annotations

import math
from types import SimpleNamespace

from hypothesis import example, given
from hypothesis import strategies as st

from fitscribe.cli.plots import bar, plot, sparkline, thinned
from fitscribe.cli.text import number, shortened


def series(values: list[float], steps: list[int] | None = None) -> SimpleNamespace:
    return SimpleNamespace(steps=steps or list(range(len(values))), values=values)


def test_a_curve_goes_from_corner_to_corner() -> None:
    assert plot(series([0.0, 1.0, 2.0, 3.0]), width=20, height=3) == [
        "3.0 ┤          ⢀⡠⠤⠒⠉",
        "    │    ⢀⣀⠤⠔⠒⠉⠁",
        "0.0 ┤⣀⠤⠒⠊⠁",
        "    └───────────────",
        "     0             3",
    ]


def test_no_line_is_drawn_across_a_gap_and_it_is_said() -> None:
    lines = plot(series([1.0, 1.0, math.nan, 1.0, 1.0]), width=25, height=1)
    assert lines[0] == "1.0 ┤⠤⠤⠤⠤⠤⠄        ⠠⠤⠤⠤⠤⠤"
    assert lines[-1].strip() == "1 point nan or infinite, left out"


def test_steps_are_put_in_order() -> None:
    assert plot(series([3.0, 1.0, 2.0], [2, 0, 1]), 20, 3) == plot(series([1.0, 2.0, 3.0], [0, 1, 2]), 20, 3)


def test_without_a_finite_value_there_is_nothing_to_draw() -> None:
    assert plot(series([math.nan, math.inf]), 20, 3) == ["2 points, none of them a finite number"]


def test_a_long_series_keeps_its_extremes_and_its_ends() -> None:
    values = [math.sin(i / 1000) for i in range(100_000)]
    values[54_321], values[77_777] = 40.0, -50.0
    points = thinned(range(100_000), values)
    assert len(points) <= 20_002
    assert {(54_321, 40.0), (77_777, -50.0)} <= set(points)
    assert (points[0].step, points[-1].step) == (0, 99_999)


numbers = st.floats(allow_nan=True, allow_infinity=True)


@example(values=[4e305, -1.8e308], width=10, height=1)
@example(values=[1e308] * 50, width=10, height=1)
@example(values=[0.0, 5e-324], width=10, height=1)
@given(st.lists(numbers, min_size=2, max_size=50), st.integers(10, 120), st.integers(1, 12))
def test_any_numbers_can_be_drawn(values: list[float], width: int, height: int) -> None:
    drawn = plot(series(values), width, height)
    assert len(drawn) in (1, height + 2, height + 3)
    assert len(sparkline(series(values), width)) <= width


# The largest floats round to more than a float can hold.
@given(st.floats(-1e300, 1e300) | st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_number_is_short_and_close(value: float) -> None:
    text = number(value)
    assert len(text) <= 11
    if math.isfinite(value):
        assert (
            math.isclose(float(text), value, rel_tol=1e-3, abs_tol=1e-300) or abs(float(text) - value) < 1e-3
        )


@given(st.text(), st.integers(1, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    from rich.cells import cell_len

    assert cell_len(shortened(text, width)) <= max(width, 1)


def test_bars_are_exact_to_an_eighth() -> None:
    assert [bar(share, 2) for share in (0, 1 / 16, 0.5, 1, 7)] == ["", "▏", "█", "██", "██"]


def test_a_sparkline_shows_gaps() -> None:
    assert sparkline(series([0.0, math.nan, 7.0, 3.0]), 10) == "▁ █▄"
