from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import START, Builder, Result, terminal

Run = Callable[..., Result]

DATA = {
    "container": "pandas.DataFrame",
    "shape": [426, 3],
    "columns": ["age", "income", "städte"],
    "dtypes": ["int64", "float64", "object"],
    "missing": 12,
    "missing_by_column": {"income": 12},
    "bytes": 10_224,
    "fingerprint": "e4f7103c" * 4,
    "target": {
        "container": "pandas.Series",
        "shape": [426],
        "dtype": "int64",
        "classes": {"no": 159, "yes": 267},
        "fingerprint": "c94e8b5a" * 4,
    },
}
SIGNATURE = {
    "inputs": [
        {"name": "age", "type": "int64"},
        {"name": "income", "type": "float64", "missing": True},
        {"name": "städte", "type": "object"},
    ],
    "outputs": {"shape": [None], "type": "int64"},
}


def write_launch(store: Path) -> None:
    folder = store / "launches" / "launch"
    folder.mkdir(parents=True)
    git = {
        "root": "/home/me",
        "commit": "0123456789abcdef",
        "branch": "main",
        "dirty": True,
        "untracked": ["a"],
    }
    source = {
        "kind": "script",
        "path": "/home/me/train.py",
        "folder": "/home/me",
        "argv": ["train.py", "--lr", "0.1", "a b"],
        "git": git,
    }
    (folder / "launch.json").write_text(
        json.dumps(
            {"id": "launch", "started": START, "source": source, "variables": {"OMP_NUM_THREADS": "1"}}
        )
    )
    environment = {
        "python": "3.12.1",
        "implementation": "cpython",
        "platform": "Linux 6.1 x86_64",
        "cpu": {"model": "A chip", "count": 8},
        "memory": 16e9,
        "distributions": {"numpy": "2.4.6", "scikit-learn": "1.9.1"},
    }
    (folder / "environment.json").write_text(json.dumps(environment))


def record(name: str, kind: str, data: Any) -> tuple[str, dict[str, Any]]:
    return "artifact", {"name": name, "kind": kind, "data": data}


def test_everything_about_a_classifier(build: Builder, fitscribe: Run, own_store: Path) -> None:
    write_launch(own_store)
    matrix = {"labels": ["no", "yes"], "counts": [[156, 3], [0, 267]]}
    weights = {"features": ["age", "income", "städte"], "values": [0.5, 0.125, 0.375], "of": 3}
    events = [
        ("tags", {"values": {"team": "vision"}}),
        ("notes", {"text": "first try\nwith new data"}),
        ("dataset", {"role": "train", "description": DATA}),
        ("signature", {"signature": SIGNATURE}),
        ("facts", {"values": {"n_iter_": 14, "classes_": ["no", "yes"]}}),
        ("model", {"name": "model", "path": "artifacts/model/model.pkl", "format": "pickle", "size": 2700}),
        record("train/confusion_matrix", "confusion_matrix", matrix),
        record("feature_importance", "feature_importance", weights),
        ("unseen", {"what": "train/roc_auc", "why": "the scores are not finite"}),
        ("coverage", {"points": [{"id": "sklearn.estimator_fit", "state": "applied", "reason": ""}]}),
        ("cost", {"cpu_s": 0.015}),
    ]
    build.run(
        "aaaaaa111111",
        "RandomForestClassifier",
        params={"max_depth": 6, "n_estimators": 100, "criterion": "gini", "C": 0.1 + 0.2},
        changed=["max_depth", "C"],
        metrics={"train/accuracy": 0.99295774, "train/f1": 1.0, "test/accuracy": 0.9650349, "score": 3.0},
        events=events,
        framework="sklearn",
        framework_version="1.9.1",
        launch="launch",
        site="/home/me/train.py:12",
    )
    shown = fitscribe("show", "aaa")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == CLASSIFIER.replace("STORE", str(own_store))


CLASSIFIER = """\
RandomForestClassifier  aaaaaa111111  finished
train · 2001-09-09 01:46:40 · 1.5 s · sklearn 1.9.1
tags team=vision
  │ first try
  │ with new data

Metrics
             train    test
  accuracy  0.9930  0.9650
  f1           1.0

  score  3.0

Confusion matrix (train)
  true \\ predicted       no     yes   recall
  no                  [156]      3    98.1%
  yes                    ·    [267]  100.0%
  precision         100.0%   98.9%

Feature importance
  age       0.5  ████████████████████████
  städte  0.375  ██████████████████
  income  0.125  ██████

Parameters  those that differ from the defaults
  max_depth  6
  C          0.3000

  at their defaults
    n_estimators=100, criterion='gini'

Data
  train     DataFrame 426 × 3, 1 int64, 1 float64, 1 object, 10.2 kB  e4f7103c
            12 missing: income 12
    target  Series 426, int64                                         c94e8b5a
            2 classes: no: 159 (37%), yes: 267 (63%)

Signature
  in   age: int64, income: float64?, städte: object
  out  n int64

Model
  model  pickle, 2.7 kB  fitscribe.load_model("aaaaaa")

Artifacts  STORE/runs/aaaaaa111111/artifacts
  train/confusion_matrix  confusion_matrix    data
  feature_importance      feature_importance  data

Fitted
  n_iter_   14
  classes_  ['no', 'yes']

Source
  script     /home/me/train.py
  command    train.py --lr 0.1 'a b'
  folder     /home/me
  called at  /home/me/train.py:12
  commit     0123456789, on main, with changes (no diff is kept), 1 untracked file

Environment
  python    cpython 3.12.1
  platform  Linux 6.1 x86_64
  machine   A chip, 8 CPUs, 16.0 GB
  numpy 2.4.6, scikit-learn 1.9.1

Not seen
  train/roc_auc: the scores are not finite

fitscribe itself took 15 ms of CPU, 1.0% of the run.
"""


@pytest.mark.parametrize("value", [10**5000, [-(10**5000)]], ids=["alone", "in a list"])
def test_an_integer_of_more_digits_than_python_prints(build: Builder, fitscribe: Run, value: Any) -> None:
    build.run("aaaaaa111111", params={"huge": value})
    build.run("bbbbbb222222", params={"huge": 1})
    for command in (["ls"], ["ls", "-c", "params.huge"], ["show", "aaa"], ["show", "aaa", "--full"]):
        assert fitscribe(*command).code == 0
    assert fitscribe("compare", "aaa", "bbb").code == 0


def test_a_terminal_cuts_long_values_and_full_does_not(build: Builder) -> None:
    build.run("aaaaaa111111", params={"text": "x" * 100_000, "wide": "漢" * 60, "list": list(range(100))})
    code, shown = terminal("show", "aaa", columns=60)
    assert code == 0
    assert max(map(_cells, shown.splitlines())) <= 60
    assert "x…x" in shown and "漢…漢" in shown
    assert "x" * 100_000 in terminal("show", "aaa", "--full", columns=60)[1].replace("\n", "")


def _cells(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_run_with_everything_fits_the_terminal(build: Builder, own_store: Path, columns: int) -> None:
    write_launch(own_store)
    labels = [f"a rather long label {number}" for number in range(12)]
    counts = [[50 if i == j else (i + j) % 3 for i in range(12)] for j in range(12)]
    build.run(
        "aaaaaa111111",
        "A pipeline of many steps with a long name",
        params={f"step__parameter_number_{n}": "v" * n for n in range(40)},
        changed=[f"step__parameter_number_{n}" for n in range(30, 40)],
        metrics={"train/loss": [3.0, 2.0, 1.0], "valid/loss": [3.0, 2.5, 2.25], "system/cpu": [10.0, 90.0]},
        events=[
            ("dataset", {"role": "train", "description": DATA}),
            ("signature", {"signature": SIGNATURE}),
            ("unseen", {"what": "model", "why": "because " * 40}),
            record("c", "confusion_matrix", {"labels": labels, "counts": counts}),
        ],
        launch="launch",
    )
    code, shown = terminal("show", "aaaaaa", columns=columns)
    assert code == 0
    wide = [line for line in shown.splitlines() if _cells(line) > columns]
    # What has no shorter form wraps at the terminal's edge: the headline's facts.
    assert wide == [line for line in wide if line.startswith(("A pipeline", "train ·"))]


def test_a_matrix_that_is_too_wide_lists_its_confusions(build: Builder, own_store: Path) -> None:
    counts = [[20 if i == j else 0 for i in range(30)] for j in range(30)]
    counts[3][5] = 7
    matrix = {"labels": list(range(30)), "counts": counts}
    build.run("aaaaaa111111", events=[record("m", "confusion_matrix", matrix)])
    expected = """\
M
  30 classes, 600 of 607 right
  count  true → predicted, most frequent first
      7  3 → 5
"""
    assert expected in terminal("show", "aaaaaa")[1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "its data cannot be read"),
        ({"labels": [1], "counts": [[1, 2]]}, "it is no square matrix of numbers"),
    ],
)
def test_a_damaged_record_is_said(build: Builder, fitscribe: Run, data: Any, said: str) -> None:
    build.run("aaaaaa111111", events=[record("m", "confusion_matrix", data)])
    assert f"\nM\n  {said}\n" in fitscribe("show", "aaaaaa").out


def test_a_failed_run_shows_its_error_and_a_group_its_children(build: Builder, fitscribe: Run) -> None:
    build.run("group1", "sweep", role="group")
    error = {"type": "ValueError", "message": "bad", "traceback": "Traceback:\n  line\nValueError: bad\n"}
    build.run("child1", "first", parent="group1", status="failed", error=error)
    build.run("child2", "second", parent="group1")
    assert (
        fitscribe("show", "child1").out
        == """\
first  child1  failed
train · 2001-09-09 01:47:41 · 1.5 s
in sweep  group1

Error
  Traceback:
    line
  ValueError: bad
"""
    )
    assert (
        fitscribe("show", "group1").out
        == """\
sweep  group1  finished
train · 2001-09-09 01:46:40 · 1.5 s

Children  2 runs
  id      name    status     took
  child1  first   failed    1.5 s
  child2  second  finished  1.5 s
"""
    )


def test_a_loop_whose_trainings_do_not_differ_says_nothing_of_that(build: Builder, fitscribe: Run) -> None:
    for number, varying in enumerate([{}, {"C": [1, 2]}]):
        facts = [("facts", {"values": {"varying": varying}})]
        build.run(f"aaaaaa11111{number}", role="sweep", events=facts)
    assert "varying" not in fitscribe("show", "aaaaaa111110").out
    assert "varying  {C: [1, 2]}" in fitscribe("show", "aaaaaa111111").out


def test_json_has_the_documented_keys_and_is_strict(build: Builder, fitscribe: Run) -> None:
    build.run(
        "aaaaaa111111", params={"a": (1, math.inf), "n": None}, metrics={"loss": [1.0, math.nan, -math.inf]}
    )
    document = json.loads(
        fitscribe("show", "aaaaaa", "--json").out, parse_constant=lambda name: pytest.fail(name)
    )
    assert document["params"] == {"a": [1, "inf"], "n": None}
    assert document["metrics"] == {"loss": "-inf"}
    assert document["series"]["loss"]["values"] == [1.0, "nan", "-inf"]
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    described = page.partition("## JSON")[2]
    assert [key for key in document if f"`{key}`" not in described] == []


def test_an_empty_and_a_damaged_run_are_shown(build: Builder, fitscribe: Run, own_store: Path) -> None:
    build.run("aaaaaa111111", "torn", metrics={"x": [1.0, 2.0]})
    (lines,) = own_store.glob("runs/aaaaaa111111/*.jsonl")
    lines.write_bytes(lines.read_bytes() + b"\xff{not json\n")
    (own_store / "runs" / "bbbbbb222222").mkdir()
    torn = fitscribe("show", "aaaaaa")
    assert torn.code == 0 and "Not seen\n  the run's files: " in torn.out
    assert fitscribe("show", "bbbbbb").code == 0


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        ("diff --git a b\n", "the diff is kept"),
        (
            "# untracked: x\n# the diff is longer than 1,000,000 bytes; what follows\ndiff",
            "only the beginning of",
        ),
        ("# no diff: git took too long\n", "no diff: git took too long"),
        ("", "no diff is kept"),
    ],
)
def test_how_much_of_a_diff_is_kept(diff: str, said: str) -> None:
    from fitscribe.cli.page.surroundings import _commit

    shown = _commit({"commit": "0" * 40, "dirty": True}, diff, full=False)
    assert said in shown


def test_of_very_many_parameters_the_first_are_shown(build: Builder, fitscribe: Run) -> None:
    build.run("aaaaaa111111", params={f"layer{number}": number for number in range(2_000)})
    shown = fitscribe("show", "aaa").out.split("Parameters\n")[1].split("\n\n")[0].splitlines()
    assert shown[0].split() == ["layer0", "0"]
    assert shown[-2].split() == ["layer199", "199"]
    assert shown[-1] == "  1,800 more with --full"
    assert "  layer1999  1999\n" in fitscribe("show", "aaa", "--full").out


def test_classes_of_coefficients_that_are_not_shown_are_counted(build: Builder, fitscribe: Run) -> None:
    values = [[0.5, number] for number in range(20)]
    data = {"features": ["age", "income"], "values": values, "classes": list(range(20)), "of": 2, "rows": 40}
    build.run("aaaaaa111111", events=[record("coefficients", "coefficients", data)])
    assert "\nCoefficients  5 of 40 classes\n" in fitscribe("show", "aaa").out
    assert "\nCoefficients  20 of 40 classes\n" in fitscribe("show", "aaa", "--full").out
