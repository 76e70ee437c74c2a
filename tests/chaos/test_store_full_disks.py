"""A disk that is full at each kind of write: the script goes on, and its run says what it lacks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chaos.conftest import Script
from tests.mounting import mounted

import fitscribe
from fitscribe.reading import Run
from fitscribe.store import Store

resource = pytest.importorskip("resource")

# Full disks: one without a free block, and a limit of how long files may be, which needs no root.
WAYS = {
    "blocks": """
from pathlib import Path
_filler = Path(os.environ["FITSCRIBE_STORE"]).parent / "filler"
def fill():
    with _filler.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True: file.write(bytes(size))
            except OSError: continue
def free(): _filler.unlink()
""",
    "sizes": """
import resource
_soft, _hard = resource.getrlimit(resource.RLIMIT_FSIZE)
def fill(): resource.setrlimit(resource.RLIMIT_FSIZE, (0, _hard))
def free(): resource.setrlimit(resource.RLIMIT_FSIZE, (_soft, _hard))
""",
}
# By the kind of write, what is logged meanwhile, and what the run says that it lacks.
WRITES = {
    "a point of a new metric": ("run.log_metric('new' * 3000, 1.0)", "1 point"),
    "points": ("for step in range(3000): run.log_metric('x', float(step), step)", "points"),
    "points at once": ("run.log_metrics({name * 3000: 1.0 for name in 'abc'}, 0)", "3 points"),
    "parameters": ("run.log_params({'long': 'x' * 9000, 'other': 1})", "params long, other"),
    "tags": ("run.set_tags({'long': 'x' * 9000})", "tags long"),
    "notes": ("run.set_notes('x' * 9000)", "notes"),
    "text": ("run.log_text('x' * 9000, 'note')", "artifact note.txt"),
    "dict": ("run.log_dict({'x': list(range(3000))}, 'd')", "artifact d.json"),
    "table": ("run.log_table({'x': list(range(3000))}, 't')", "artifact t.csv"),
    "file": ("run.log_artifact(sys.executable, 'python')", "artifact python"),
    "folder": ("run.log_artifact(folder, 'folder')", "a part of artifact folder"),
    "record": ("run.log_record('test/roc', 'roc', {'x': [0.5] * 3000})", "artifact test/roc"),
    "model": ("run.log_model(list(range(9000)))", "model"),
    "child": ("run.log_child('candidate', params={'p': 'x' * 9000})", "child candidate"),
    "dataset": ("run.log_dataset([[1.0, 2.0]] * 50, 'data' + 'x' * 9000)", "dataset train"),
}
PLAY = """
import os, sys, threading
import fitscribe
folder = os.path.join(os.getcwd(), "folder")
os.makedirs(folder)
open(os.path.join(folder, "file"), "wb").write(bytes(9000))
{way}
for number, write in enumerate({writes!r}):
    with fitscribe.start_run(str(number)) as run:
        run.log_metric("x", -1.0, -1)
        run.log_params({{"before": number}})
        run.log_text("before", "before")
        # A process that asks git for the state of the code may hold what fills the disk, open, as it begins.
        [each.join() for each in threading.enumerate() if each.name == "fitscribe-launch"]
        fill()
        exec(write)
        free()
        run.log_params({{"after": number}})
        run.log_metric("x", 1e9, 10_000)
        run.log_text("after", "after")
print("trained")
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "sizes":
        yield WAYS["sizes"]
        return
    with mounted(tmp_path / "small", "size=2m") as disk:
        monkeypatch.setenv("FITSCRIBE_STORE", str(disk / "store"))
        yield WAYS["blocks"]


def reports(errors: str) -> list[str]:
    return [line for line in errors.splitlines() if "the training is not affected" in line]


def test_what_a_full_disk_refused_is_said_on_the_run(way: str, script: Script) -> None:
    done = script(PLAY.format(way=way, writes=[write for write, _ in WRITES.values()]))
    assert done.stdout == "trained\n"
    assert len(reports(done.stderr)) == 1 and "fitscribe: store: OSError" in done.stderr
    runs = {run.name: run for run in fitscribe.search_runs()}
    assert len(runs) == len(WRITES)
    for number, (kind, (_, lacking)) in enumerate(WRITES.items()):
        check(runs[str(number)], number, kind, lacking)
    assert done.stderr.count("the store did not take all of it") >= 5


def check(run: Run, number: int, kind: str, lacking: str) -> None:
    assert run.status == "finished", kind
    assert run.params == {"before": number, "after": number}, kind
    assert {"before.txt", "after.txt"} == {
        each["name"] for each in run.artifacts if each.get("kind") == "text"
    }
    series = run.series("x")
    steps, values = list(series.steps), list(series.values)
    kept = len(steps) - 2
    assert steps == [-1, *range(kept), 10_000], kind
    assert values == [-1.0, *map(float, range(kept)), 1e9], kind
    said = [f"{each['what']}" for each in run.unseen] + [f"{each['points']} points" for each in run.lost]
    wanted = f"{3000 - kept} points" if kind == "points" else re.sub("point$", "points", lacking)
    assert wanted in said, (kind, said)
    for each in [*run.unseen, *run.lost]:
        assert each["why"], kind
    assert all("cannot be read" in damage for damage in run.damage), kind


def test_a_run_whose_first_line_finds_no_room_begins_when_there_is_some(way: str, script: Script) -> None:
    code = (
        "fill()\n"
        "with fitscribe.start_run('late', tags={'a': 1}) as run:\n"
        "    for n in range(50): run.log_metric('x', n, n)\n"
        "    run.log_params({'early': 1})\n"
        "    free()\n"
        "    run.log_metric('x', 50.0, 50)\n"
        "    run.log_params({'late': 1})\n"
        "fill()\n"
        "with fitscribe.start_run('never') as run:\n"
        "    run.log_metric('x', 1.0)\n"
        "    run.log_text('x', 'text')\n"
        "free()\n"
        "print('trained')\n"
    )
    done = script(f"import os, fitscribe\n{way}\n{code}")
    assert done.stdout == "trained\n" and len(reports(done.stderr)) == 1
    (run,) = fitscribe.search_runs()
    assert (run.name, run.status, run.params) == ("late", "finished", {"late": 1})
    assert list(run.series("x").steps) == [50]
    assert {"tags a", "params early"} <= {each["what"] for each in run.unseen}
    assert run.lost[0]["points"] == 50
    assert [finding.problem for finding in Store.locate().health() if "runs/" in finding.where] == []


def test_trainings_that_found_no_room_are_named_on_the_run_around_them(way: str, script: Script) -> None:
    pytest.importorskip("sklearn")
    code = """
fitscribe.autolog()
from sklearn.linear_model import LogisticRegression, Ridge
def fit(C): LogisticRegression(C=C).fit([[0.0], [1.0]], [0, 1])
with fitscribe.start_run("group") as group:
    fit(1)
    fill()
    Ridge().fit([[0.0], [1.0]], [0, 1])
    with fitscribe.start_run("inner"): fitscribe.log_metric("x", 1.0)
    free()
    for C in (1, 2): fit(C)
    fill()
    with fitscribe.start_run("silent"): pass
    for _ in range(2): fit(3)
    free()
"""
    done = script(f"import os, fitscribe\n{way}\n{code}\nprint('trained')\n")
    assert done.stdout == "trained\n" and len(reports(done.stderr)) == 1
    runs = fitscribe.search_runs("", order_by="started asc")
    (group,) = [run for run in runs if run.name == "group"]
    missing = [each["what"].rpartition(" (")[0] for each in group.unseen]
    assert missing == ["training Ridge", "group inner", "group silent", *["training LogisticRegression"] * 2]
    assert all(each["why"].startswith("the store could not be written") for each in group.unseen)
    ids = {each["what"].rpartition("(")[2].rstrip(")") for each in group.unseen}
    assert len(ids) == 5 and not ids & {run.id for run in runs}


def test_the_first_training_of_a_loop_that_found_no_room_has_ended_all_the_same(
    way: str, script: Script
) -> None:
    pytest.importorskip("sklearn")
    code = """
fitscribe.autolog()
from sklearn.linear_model import Ridge
for alpha in (1, 2):
    if alpha == 1: fill()
    Ridge(alpha=alpha).fit([[0.0], [1.0]], [0, 1])
    if alpha == 1: free()
for run in fitscribe.search_runs("", order_by="started asc"): print(run.role, run.status)
"""
    done = script(f"import os, fitscribe\n{way}\n{code}")
    assert done.stdout.splitlines() == ["sweep finished", "training finished", "training finished"]
    (first,) = [
        run for run in fitscribe.search_runs() if "alpha" not in run.params and run.role == "training"
    ]
    assert any(each["what"].startswith("params alpha") for each in first.unseen)


TRAINING = """
import os, sys
import fitscribe
{way}
if sys.argv[1:]:
    fitscribe.autolog()
    if "full" in sys.argv: fill()
import numpy
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
numpy.random.seed(0)
X, y = load_iris(return_X_y=True)
found = []
for model in (SGDClassifier(), RandomForestClassifier(5), LogisticRegression(C=0.5, max_iter=500)):
    model.fit(X[::2], y[::2])
    found += [accuracy_score(y[1::2], model.predict(X[1::2])), *model.predict(X).tolist()]
search = GridSearchCV(LogisticRegression(max_iter=500), {{"C": [0.1, 1.0]}}, cv=2).fit(X, y)
if "full" in sys.argv: free()
found += [search.best_score_, *search.cv_results_["mean_test_score"]]
found += [*LogisticRegression(max_iter=500).fit(X, y).coef_.ravel()]
print([float(each).hex() for each in found], numpy.random.random())
"""


def test_a_training_on_a_full_disk_gives_what_it_gives_without_fitscribe(way: str, script: Script) -> None:
    pytest.importorskip("sklearn")
    code = TRAINING.format(way=way)
    bare, full = script(code), script(code, "autolog", "full")
    assert full.stdout == bare.stdout and bare.stderr == ""
    assert len(reports(full.stderr)) == 1
    # What came after is there.
    run = fitscribe.get_run("latest")
    assert (run.unseen, run.lost) == ([], [])
    assert (run.name, run.status, run.load_model().C) == ("LogisticRegression", "finished", 1.0)


def test_the_facts_of_a_launch_find_no_room(own_store: Path, script: Script) -> None:
    own_store.mkdir()
    with mounted(own_store / "launches", "size=8k") as launches:
        (launches / "filler").write_bytes(bytes(8192))
        done = script(
            "import fitscribe\n"
            "with fitscribe.start_run() as run: run.log_metric('x', 1.0)\n"
            "print('trained')\n"
        )
        assert done.stdout == "trained\n"
        (line,) = reports(done.stderr)
        assert "fitscribe: store: OSError" in line
        (run,) = fitscribe.search_runs()
        assert (run.status, run.metrics, run.source, run.environment) == ("finished", {"x": 1.0}, {}, {})
        assert not [path for path in launches.rglob("*") if path.is_file() and path.name != "filler"]


def limited(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line where no file may be longer than it is."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
        "from fitscribe.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    return subprocess.run([sys.executable, "-B", "-c", code, *arguments], capture_output=True, text=True)


def test_an_index_that_finds_no_room_is_done_without(own_store: Path) -> None:
    with fitscribe.start_run("kept") as run:
        run.log_metric("x", 1.0)
    for place in ("none yet", "filled"):
        for arguments in (
            ["ls"],
            ["show", run.id],
            ["ls", "--filter", "metrics.x = 1"],
            ["doctor", "--fast"],
        ):
            done = limited(*arguments)
            assert "Traceback" not in done.stderr and done.returncode in (0, 1), (place, arguments, done)
            assert arguments[0] == "doctor" or "kept" in done.stdout, (place, arguments, done)
        assert limited("ls").returncode == 0
        fitscribe.search_runs()
        with fitscribe.start_run("kept more"):
            fitscribe.log_metric("x", 1.0)


def test_a_trash_that_finds_no_room_leaves_the_run_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "few", "size=1m", "nr_inodes=60") as disk:
        monkeypatch.setenv("FITSCRIBE_STORE", str(disk / "store"))
        with fitscribe.start_run("kept") as run:
            run.log_metric("x", 1.0)
        number = 0
        with pytest.raises(OSError):
            while True:
                os.mkdir(disk / str(number))
                number += 1
        done = limited("rm", "--yes", run.id)
        assert done.returncode == 1 and done.stderr.startswith("fitscribe: No space left on device")
        assert fitscribe.get_run(run.id).metrics == {"x": 1.0}
        os.rmdir(disk / "0")
        assert limited("rm", "--yes", run.id).returncode == 0
        assert Store.locate().trashed_ids() == [run.id]
