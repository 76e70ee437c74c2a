"""What a metric does where a parameter grows: said where more is known than chance would show."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from fitscribe.ui.importance import explained, ranked

HUMP = [(C, score) for C, score in zip((0.001, 0.01, 0.1, 1, 10, 100), (5, 8, 12, 11, 3, 1), strict=True)]


def said(pairs: list[tuple[Any, float]]) -> tuple[str | None, float | None]:
    found = explained([value for value, _ in pairs], ranked([float(score) for _, score in pairs]))
    return found["shape"], found["at"]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_bend_is_no_way(sign: int) -> None:
    pairs = [(C, sign * (score + more)) for C, score in HUMP for more in (0.0, 0.5)]
    assert said(pairs) == ("peak" if sign > 0 else "dip", 0.1)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("curve", [lambda x: x, lambda x: 1 - 0.5**x, lambda x: x**3])
def test_a_way_is_one_all_along(curve: Callable[[float], float], sign: int) -> None:
    draws = random.Random(0)
    pairs = [(x, sign * curve(x) + 0.01 * draws.random()) for x in (1, 2, 4, 8, 16) for _ in range(3)]
    assert said(pairs) == ("up" if sign > 0 else "down", None)
    many = [(x, sign * curve(x)) for x in (10 * draws.random() for _ in range(60))]
    assert said(many) == ("up" if sign > 0 else "down", None)


def test_of_chance_nothing_is_said() -> None:
    draws = random.Random(0)
    wrong = sum(
        said([(draws.choice((1, 2, 3, 4)), draws.random()) for _ in range(count)])[0] is not None
        for count in (4, 8, 12, 20, 60)
        for _ in range(40)
    )
    assert wrong <= 10, "one in twenty of 200"


def test_a_zigzag_is_neither() -> None:
    assert said([(x, y + more) for x, y in enumerate((5, 9, 0, 5)) for more in (0, 0.1, 0.2)]) == (None, None)


def test_names_have_no_way() -> None:
    assert said([("ab"[i % 2], i % 2) for i in range(20)]) == (None, None)
    assert said([(i % 2 == 0, i % 2) for i in range(20)]) == (None, None)


def test_where_values_differ_the_place_is_a_round_one() -> None:
    values = [0.01234567 * step for step in range(1, 65)]
    assert said([(value, -abs(value - 0.4)) for value in values]) == ("peak", 0.35)
