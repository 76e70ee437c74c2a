from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Builder, Result, terminal

Run = Callable[..., Result]


@pytest.fixture
def three(build: Builder) -> Builder:
    build.run(
        "aaaaaa111111",
        params={"alpha": 1.0, "tol": 1e-4, "solver": "auto"},
        changed=["alpha"],
        metrics={"train/r2": 0.91234, "train/rmse": 12.5, "system/cpu": [10, 20]},
    )
    build.run(
        "bbbbbb222222",
        params={"alpha": 2.0, "tol": 1e-4, "solver": "auto"},
        changed=["alpha"],
        metrics={"train/r2": 0.8, "train/rmse": 13.25},
        status="failed",
        seconds=90,
    )
    build.run("cccccc333333", "a name of 日本語", experiment="other", metrics={"train/r2": 1.0})
    return build


@pytest.fixture
def family(build: Builder) -> Builder:
    build.run("group1", "sweep", role="group")
    for number in range(8):
        build.run(f"child{number}", f"fit {number}", parent="group1", metrics={"r2": number / 10})
    build.run("group2", "baseline", role="group", params={"seed": 3})
    build.run("only11", "Ridge", parent="group2", params={"alpha": 1.0}, metrics={"r2": 0.75})
    return build


def test_a_pipe_gets_whole_ids_and_nothing_is_cut(three: Builder, fitscribe: Run) -> None:
    expected = """\
id            name              experiment  status    started           took  train/r2  train/rmse  alpha
cccccc333333  a name of 日本語  other       finished  2001-09-09       1.5 s    1.0000
bbbbbb222222  Ridge             train       failed    2001-09-09  1 min 30 s    0.8000       13.25  2.0
aaaaaa111111  Ridge             train       finished  2001-09-09       1.5 s    0.9123       12.50  1.0
"""
    assert fitscribe("ls") == Result(0, expected, "")


SHOWN = {
    40: """\
id      name        status    started
cccccc  a name of…  finished  2001-09-09
bbbbbb  Ridge       failed    2001-09-09
aaaaaa  Ridge       finished  2001-09-09
""",
    80: """\
id      name              status    started           took  train/r2  alpha
cccccc  a name of 日本語  finished  2001-09-09       1.5 s    1.0000
bbbbbb  Ridge             failed    2001-09-09  1 min 30 s    0.8000  2.0
aaaaaa  Ridge             finished  2001-09-09       1.5 s    0.9123  1.0
""",
    200: """\
id      name              experiment  status    started           took  train/r2  train/rmse  alpha
cccccc  a name of 日本語  other       finished  2001-09-09       1.5 s    1.0000
bbbbbb  Ridge             train       failed    2001-09-09  1 min 30 s    0.8000       13.25  2.0
aaaaaa  Ridge             train       finished  2001-09-09       1.5 s    0.9123       12.50  1.0
""",
}


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_gets_what_fits(three: Builder, columns: int) -> None:
    assert terminal("ls", columns=columns) == (0, SHOWN[columns])


@pytest.mark.parametrize("seconds", [0.009, 0.076, 0.175, 2.5])
def test_the_columns_are_the_same_however_long_a_training_took(build: Builder, seconds: float) -> None:
    params = {"logisticregression__C": 0.5}
    build.run(
        "aaaaaa111111",
        "RandomForestClassifier",
        params=params,
        metrics={"test/accuracy": 0.9},
        seconds=seconds,
    )
    status, shown = terminal("ls", columns=82)
    assert (status, shown.splitlines()[0].split()) == (
        0,
        ["id", "name", "started", "test/accuracy", "logisticregression__C"],
    )


def test_children_are_counted_and_an_only_training_is_folded(family: Builder, fitscribe: Run) -> None:
    expected = """\
id      name      children  started      took    r2  alpha  seed
group2  baseline            2001-09-09  1.5 s  0.75  1.0    3
group1  sweep            8  2001-09-09  1.5 s
"""
    assert fitscribe("ls") == Result(0, expected, "")


def test_all_leaves_nothing_out(family: Builder, fitscribe: Run) -> None:
    lines = fitscribe("ls", "--all").out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["group2", "only11", "group1"]
    assert [line[8:15] for line in lines[4:]] == [f"  fit {number}" for number in range(8)]


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_a_run_whose_parent_is_gone_stands_for_itself(
    family: Builder, fitscribe: Run, options: tuple[str, ...]
) -> None:
    family.run("orphan", "left over", parent="nobody")
    family.run("below1", "below it", parent="orphan", role="group")
    listed = fitscribe("ls", *options, "--columns", "name")
    assert listed.out.splitlines()[1] == "orphan  left over"
    assert ("below1    below it" in listed.out) == bool(options)
    assert listed.out.count("left over") == 1


def test_a_child_is_listed_once_its_parent_is_deleted(family: Builder, fitscribe: Run) -> None:
    assert "only11" not in fitscribe("ls").out
    shutil.rmtree(family.store.run_folder("group2"))
    assert fitscribe("ls", "--columns", "name").out.splitlines()[1] == "only11  Ridge"


def test_a_filter_and_an_order_show_each_run_for_itself(family: Builder, fitscribe: Run) -> None:
    expected = """\
id      name        r2
group2  baseline  0.75
child7  fit 7      0.7
child6  fit 6      0.6
child5  fit 5      0.5
"""
    order = ["--sort", "metrics.r2 desc", "--columns", "name, metrics.r2"]
    assert fitscribe("ls", "--filter", "metrics.r2 > 0.4", *order) == Result(0, expected, "")


def test_every_field_can_be_a_column(build: Builder, fitscribe: Run) -> None:
    build.run(
        "parent", role="group", events=[("tags", {"values": {"stage": "dev"}}), ("notes", {"text": "a\nb"})]
    )
    build.run(
        "child1",
        parent="parent",
        metrics={"loss": [3.0, 1.0, 2.0]},
        framework="sklearn",
        framework_version="1",
    )
    build.run("child2", parent="parent")
    columns = "id, status, started, framework, parent, notes, tags.stage"
    columns += ", metrics.loss.min, metrics.loss.max, metrics.loss"
    expected = """\
id      status    started              framework  parent  notes  stage  loss.min  loss.max  loss
child2  finished  2001-09-09 01:48:43             parent
child1  finished  2001-09-09 01:47:41  sklearn    parent                     1.0       3.0   2.0
parent  finished  2001-09-09 01:46:40                     a\\nb   dev
"""
    assert fitscribe("ls", "--columns", columns, "--sort", "started desc") == Result(0, expected, "")


def test_a_limit_says_how_many_are_left(family: Builder, fitscribe: Run) -> None:
    assert fitscribe("ls", "--limit", "1", "--columns", "name") == Result(
        0, "id      name\ngroup2  baseline\n", "1 more: without --limit\n"
    )
    assert fitscribe("ls", "--limit", "0").code == 2


def test_json_lists_every_run_that_a_search_finds(family: Builder, fitscribe: Run) -> None:
    documents = json.loads(fitscribe("ls", "--json").out)
    assert [each["id"] for each in documents] == [
        "group2",
        *(f"child{n}" for n in range(7, -1, -1)),
        "group1",
    ]
    assert documents[0]["only_training"] == "only11"
    assert documents[0]["metrics"] == {"r2": 0.75}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--filter", "metrics.loss >> 3"],
            "fitscribe: expected a number, not '>'\n  metrics.loss >> 3\n                ^\n",
        ),
        (["--columns", "nam"], "did you mean name?\n  nam\n  ^^^\n"),
        (["--sort", "paramz.x"], "did you mean params.x?\n  paramz.x\n  ^^^^^^^^\n"),
    ],
)
def test_an_error_in_a_query_points_at_the_place(
    family: Builder, fitscribe: Run, arguments: list[str], message: str
) -> None:
    found = fitscribe("ls", *arguments)
    assert (found.code, found.out) == (2, "")
    assert message in found.err
    assert found.err.endswith("Try 'fitscribe ls --help'.\n")


def test_nothing_to_list_is_said_on_standard_error(
    build: Builder, fitscribe: Run, own_store: Path, tmp_path: Path
) -> None:
    missing = fitscribe("ls")
    assert (missing.code, missing.out) == (1, "")
    assert f"there is no store at {own_store}" in missing.err and "fitscribe run SCRIPT" in missing.err
    no_store = Path(__file__).parent
    other = fitscribe("ls", "--store", str(no_store))
    assert other.code == 1 and f"there is no store at {no_store}" in other.err
    file = tmp_path / "file"
    file.touch()
    assert f"{file} is a file" in fitscribe("ls", "--store", str(file)).err
    own_store.mkdir()
    assert fitscribe("ls") == Result(
        0, "", f"there is no run in {own_store} yet: fitscribe run SCRIPT makes one\n"
    )
    assert json.loads(fitscribe("ls", "--json").out) == []
    build.run("aaaaaa111111", params={"alpha": 1.0})
    assert fitscribe("ls", "--filter", "params.alpha > 5") == Result(
        0, "", "no run matches params.alpha > 5\n"
    )
    assert fitscribe("ls", "--trash") == Result(0, "", "the trash is empty\n")


def test_names_cannot_steer_the_terminal(build: Builder) -> None:
    build.run("aaaaaa111111", "red \x1b[31m\r\x07", params={"p\x1b[0m": "\x1b]0;title\x07"})
    code, shown = terminal("ls", styles=True)
    assert code == 0
    assert "red \\x1b[31m\\r\\x07" in shown
    assert "\x1b]" not in shown and "\x07" not in shown


def test_colours_are_for_terminals_that_want_them(three: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31mfailed" in terminal("ls", styles=True)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in terminal("ls", styles=True)[1]


def test_a_running_and_a_damaged_run_are_listed(build: Builder, fitscribe: Run, own_store: Path) -> None:
    build.run("aaaaaa111111", "open", status=None)
    build.run("bbbbbb222222", "torn")
    (file,) = own_store.glob("runs/bbbbbb222222/*.jsonl")
    file.write_bytes(b"\x00\xff not a line\n" + file.read_bytes()[:-20])
    (own_store / "runs" / "cccccc333333").mkdir()
    listed = fitscribe("ls", "--columns", "name, status")
    assert listed.code == 0
    assert "aaaaaa111111  open  running" in listed.out
    assert "bbbbbb222222  torn" in listed.out
