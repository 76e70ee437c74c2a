from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from .conftest import Builder, Result, terminal

Run = Callable[..., Result]


@pytest.fixture
def pair(build: Builder) -> Builder:
    data = {"role": "train", "description": {"shape": [10, 2], "fingerprint": "abc"}}
    other = {"role": "train", "description": {"shape": [20, 2], "fingerprint": "abc"}}
    build.run(
        "aaaaaa111111",
        params={"alpha": 1.0, "tol": 1e-4, "solver": "auto", "text": "x" * 50},
        changed=["alpha"],
        metrics={"train/r2": 0.912345, "train/rmse": 12.5},
        events=[("dataset", data)],
    )
    build.run(
        "bbbbbb222222",
        params={"alpha": 0.5, "tol": 1e-4, "depth": 3, "criterion": "gini", "text": "y" * 50},
        changed=["alpha", "depth"],
        metrics={"train/r2": 0.85, "train/rmse": 12.5},
        events=[("dataset", other)],
        status="failed",
    )
    return build


def test_only_differences_stand_side_by_side(pair: Builder, fitscribe: Run) -> None:
    x, y = "x" * 50, "y" * 50
    expected = f"""\
               aaaaaa{" " * 44}  bbbbbb
  status       finished{" " * 42}  failed

Parameters
  alpha        1.0{" " * 47}  0.5{" " * 47}  -0.5
  text         {x}  {y}
  depth        -{" " * 49}  3

Metrics
  train/r2     0.9123{" " * 44}  0.85{" " * 46}  -0.06234

Datasets
  train.shape  [10, 2]{" " * 43}  [20, 2]
"""
    hidden = "2 more with --full: parameters that not all runs have, at their defaults\n"
    assert fitscribe("compare", "aaa", "bbb") == Result(0, expected, hidden)
    assert "solver" in fitscribe("compare", "aaa", "bbb", "--full").out


def test_texts_of_many_lines_are_compared_line_by_line(build: Builder, fitscribe: Run) -> None:
    lines = [f"line {number}" for number in range(9)]
    build.run("aaaaaa111111", events=[("notes", {"text": "\n".join(lines)})])
    build.run("bbbbbb222222", events=[("notes", {"text": "\n".join([*lines[:4], "new", *lines[5:]])})])
    assert (
        fitscribe("compare", "aaa", "bbb").out
        == """\
         aaaaaa   bbbbbb
  notes  9 lines  9 lines

notes  - aaaaaa  + bbbbbb
  @@ -4,3 +4,3 @@
   line 3
  -line 4
  +new
   line 5
"""
    )


def test_many_runs_go_below_each_other_in_a_terminal(build: Builder) -> None:
    for number in range(6):
        build.run(f"run{number}xxxxxx", f"name {number}", params={"lr": number / 10})
    expected = """\
            run0xx  run1xx  run2xx
  name      name 0  name 1  name 2

Parameters
  lr        0.0     0.1     0.2

            run3xx  run4xx  run5xx
  name      name 3  name 4  name 5

Parameters
  lr        0.3     0.4     0.5
"""
    assert terminal("compare", *(f"run{n}" for n in range(6)), columns=80) == (0, expected)


def test_equal_runs_are_said_to_be_equal(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", params={"alpha": 1.0}, metrics={"r2": 0.5}, seconds=2)
    build.run("bbbbbb222222", params={"alpha": 1.0}, metrics={"r2": 0.5}, seconds=90)
    expected = """\
No difference but time.
  aaaaaa  2.0 s
  bbbbbb  1 min 30 s
"""
    assert fitscribe("compare", "aaa", "bbb") == Result(0, expected, "")


def test_json_maps_names_to_values_by_run(pair: Builder, fitscribe: Run) -> None:
    document = json.loads(fitscribe("compare", "aaa", "latest", "--json").out)
    assert document["runs"] == ["aaaaaa111111", "bbbbbb222222"]
    assert document["metrics"] == {"train/r2": {"aaaaaa111111": 0.912345, "bbbbbb222222": 0.85}}
    assert document["packages"] == {}


def test_one_run_is_not_enough(pair: Builder, fitscribe: Run) -> None:
    for arguments in (["aaa"], ["aaa", "aaaaaa111111"]):
        found = fitscribe("compare", *arguments)
        assert (found.code, found.out) == (2, "")
        assert "Name two different runs or more" in found.err
