"""The curves on the page of a run: which are drawn, and in which order."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Builder, Result

Run = Callable[..., Result]


def test_a_series_is_a_plot_and_one_point_is_a_number(build: Builder, fitscribe: Run) -> None:
    losses = [math.exp(-step / 10) for step in range(40)]
    losses[20] = math.nan
    build.run("aaaaaa111111", metrics={"loss": losses, "accuracy": 0.9, "system/memory": [1e6, 2e6, 4e6]})
    expected = """\
Ridge  aaaaaa111111  finished
train · 2001-09-09 01:46:40 · 1.5 s

Metrics
  loss      0.02024
  accuracy      0.9

Curves
  loss  last 0.02024 · min 0.02024 at 39 · 40 points
      1.0 ┤⠉⠢⢄⡀
          │   ⠈⠑⠤⣀
          │       ⠉⠑⠢⢄⡀
          │           ⠈⠉⠑⠒⠤⠤⣀⡀
          │                  ⠈⠉⠉⠉⠑⠒⠤⠤⠤⢄⣀⣀⣀
  0.02024 ┤                               ⠉⠉⠉   ⠒⠒⠒⠒⠒⠒⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⢄⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
          └─────────────────────────────────────────────────────────────────────
           0                                                                  39
           1 point nan or infinite, left out

System
  memory  ▁▃█  1.0 MB to 4.0 MB
"""
    shown = fitscribe("show", "latest").out
    assert shown == expected


def test_only_the_series_that_are_drawn_are_read(
    build: Builder, fitscribe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fitscribe.reading import run as reading

    read: list[str] = []
    original = reading.read_series

    def counted(folder: Path, name: str, child: str | None) -> Any:
        read.append(name)
        return original(folder, name, child)

    monkeypatch.setattr(reading, "read_series", counted)
    points = {f"single{number}": 1.0 for number in range(50)}
    curves = {f"curve{number:02}": [1.0, 2.0] for number in range(50)}
    build.run("aaaaaa111111", metrics={**points, **curves})
    assert "44 more with --full" in fitscribe("show", "latest").out
    assert read == [f"curve{number:02}" for number in range(6)]


def test_held_out_curves_come_first_and_flat_ones_are_not_drawn(build: Builder, fitscribe: Run) -> None:
    metrics = {"train/loss": [2.0, 1.0], "rows": [32, 32], "test/loss": [3.0, 2.0]}
    build.run("aaaaaaaaaa", metrics=metrics)
    found = fitscribe("show", "aaaaaaaaaa")
    drawn = [line.split()[0] for line in found.out.splitlines() if "points" in line]
    assert drawn == ["test/loss", "train/loss"]
