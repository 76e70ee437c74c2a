"""Loops over trainings, in plain scripts: what is grouped, what is not, and what of it is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe
from fitscribe.reading import Run

pytest.importorskip("sklearn")

HEAD = """
import fitscribe
fitscribe.autolog()
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
X = np.random.RandomState(0).rand(40, 3)
y = X @ [1.0, 2.0, 3.0]
"""


def script(text: str, folder: Path, *, quiet: bool = True) -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(HEAD + text)
    environment = {**os.environ, "FITSCRIBE_QUIET": "1" if quiet else ""}
    return subprocess.run(
        [sys.executable, "train.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def sweeps() -> list[Run]:
    return [run for run in fitscribe.search_runs() if run.role == "sweep"]


def trainings() -> list[Run]:
    """In the order in which they began."""
    found = [run for run in fitscribe.search_runs() if run.role == "training"]
    return sorted(found, key=lambda run: run.started or 0.0)


def test_a_loop_over_a_parameter(tmp_path: Path) -> None:
    done = script(
        "for alpha in (0.0, 1000.0, 10.0, 1.0):\n    Ridge(alpha=alpha, tol=1e-4).fit(X, y)\n",
        tmp_path,
        quiet=False,
    )
    (sweep,) = sweeps()
    children = trainings()
    assert (sweep.name, sweep.status, sweep.parent) == ("sweep of Ridge", "finished", None)
    assert sweep.facts["varying"] == {"alpha": [0.0, 1000.0, 10.0, 1.0]}
    assert [child.id for child in sweep.children] == [child.id for child in children]
    assert all(child.parent == sweep and child.site == sweep.site for child in children)
    r2 = sweep.series("train/r2")
    assert list(r2.steps) == [0, 1, 2, 3]
    assert list(r2.values) == [child.metrics["train/r2"] for child in children]
    assert sweep.started is not None and children[0].started is not None
    assert sweep.started <= children[0].started
    # A line for each training, and none for the sweep.
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["Ridge"] * 4


def test_what_differs_may_be_known_only_as_the_training_goes_on(tmp_path: Path) -> None:
    script(
        "from sklearn.model_selection import KFold, train_test_split\n"
        "for train, test in KFold(3).split(X):\n"
        "    Ridge().fit(X[train], y[train])\n"
        "for seed in (3, 4):\n"
        "    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)\n"
        "    Ridge().fit(X_train, y_train)\n"
        "for note in 'ab':\n"
        "    with fitscribe.start_run():\n"
        "        for _ in range(2):\n"
        "            Ridge().fit(X, y)\n",
        tmp_path,
    )
    by_fold, by_seed, *alike = sorted(sweeps(), key=lambda run: run.started or 0.0)
    assert by_fold.facts["varying"] == {"split__fold": [0, 1, 2]}
    assert by_seed.facts["varying"] == {"split__random_state": [3, 4]}
    assert [run.facts["varying"] for run in alike] == [{}, {}]


def test_the_elbow_of_k_means(tmp_path: Path) -> None:
    script(
        "from sklearn.cluster import KMeans\n"
        "print([KMeans(k, n_init=1).fit(X).inertia_ for k in range(2, 6)])\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    inertia = sweep.series("train/inertia")
    assert list(inertia.steps) == [0, 1, 2, 3]
    assert list(inertia.values) == [child.metrics["train/inertia"] for child in sweep.children]
    assert sweep.facts["varying"] == {"n_clusters": [2, 3, 4, 5]}


def test_the_best_and_the_newest_model_are_kept(tmp_path: Path) -> None:
    script("for alpha in (1000.0, 0.0, 10.0, 1.0):\n    Ridge(alpha=alpha).fit(X, y)\n", tmp_path)
    worst, best, middling, newest = trainings()
    assert best.load_model().alpha == 0.0
    assert newest.load_model().alpha == 1.0
    for child in (worst, middling):
        with pytest.raises(LookupError, match="the sweep keeps its best and its newest model"):
            child.load_model()
        assert not child.models and not list(child.path.rglob("*.pkl"))


def test_two_trainings_keep_both_models(tmp_path: Path) -> None:
    script("for alpha in (1.0, 2.0):\n    Ridge(alpha=alpha).fit(X, y)\n", tmp_path)
    assert [child.load_model().alpha for child in trainings()] == [1.0, 2.0]


def test_a_loop_over_estimators(tmp_path: Path) -> None:
    script(
        "for model in (LinearRegression(), Ridge(), Ridge(alpha=2.0), LinearRegression(positive=True)):\n"
        "    model.fit(X, y)\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    assert sweep.name == "sweep of 2 estimators"
    assert sweep.facts["varying"] == {
        "estimator": ["LinearRegression", "Ridge"],
        "alpha": [1.0, 2.0],
        "positive": [False, True],
    }


def test_scores_over_folds_are_a_series(tmp_path: Path) -> None:
    done = script(
        "from sklearn.metrics import r2_score\n"
        "from sklearn.model_selection import KFold\n"
        "for train, test in KFold(4).split(X):\n"
        "    model = Ridge().fit(X[train], y[train])\n"
        "    print(r2_score(y[test], model.predict(X[test])))\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    assert sweep.facts["varying"] == {"split__fold": [0, 1, 2, 3]}
    scores = sweep.series("test/r2")
    assert sorted(set(scores.steps)) == [0, 1, 2, 3]
    last = dict(zip(scores.steps, scores.values, strict=True))
    assert [last[step] for step in range(4)] == pytest.approx(list(map(float, done.stdout.split())))


def test_from_a_hundred_on_children_are_kept_within_the_sweep(tmp_path: Path) -> None:
    script("for n in range(130):\n    Ridge(alpha=1.0 + n).fit(X, y)\n", tmp_path)
    (sweep,) = sweeps()
    children = trainings()
    assert [child.params["alpha"] for child in children] == [1.0 + n for n in range(130)]
    assert len(sweep.store.run_ids()) == 101
    assert len(sweep.children) == 130
    assert sweep.facts["varying"]["alpha"] == [1.0 + n for n in range(20)]
    assert [each["what"] for each in sweep.unseen] == ["values of alpha after the first 20"]
    assert len(sweep.series("train/r2")) == 130

    inside = fitscribe.get_run(children[-1].id[:8])
    assert (inside.status, inside.parent) == ("finished", sweep)
    assert inside.metrics.keys() == children[0].metrics.keys()
    assert list(inside.series("train/r2").values) == [inside.metrics["train/r2"]]
    assert inside.datasets and inside.signature and inside.coverage
    assert inside.load_model().alpha == 130.0
    with pytest.raises(LookupError, match="its best and its newest"):
        children[-2].load_model()
    assert children[0].load_model().alpha == 1.0
    assert len(list(Path(sweep.store.root).rglob("*.pkl"))) == 2


def test_threads_of_a_pool(tmp_path: Path) -> None:
    script(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def fit(alpha):\n    return Ridge(alpha=alpha).fit(X, y)\n"
        "with ThreadPoolExecutor(4) as pool:\n    list(pool.map(fit, range(12)))\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    children = trainings()
    assert sorted(child.params["alpha"] for child in children) == list(range(12))
    assert all(child.parent == sweep and child.status == "finished" for child in children)
    assert sorted(sweep.facts["varying"]["alpha"]) == list(range(12))
    assert sorted(sweep.series("train/r2").steps) == list(range(12))
    assert sum(bool(child.models) for child in children) == 2


def test_a_loop_inside_of_a_run_is_a_sweep_within_it(tmp_path: Path) -> None:
    script(
        "with fitscribe.start_run('study') as run:\n"
        "    for alpha in (1.0, 2.0):\n"
        "        Ridge(alpha=alpha).fit(X, y)\n"
        "        fitscribe.log_metric('after', alpha)\n"
        "with fitscribe.start_run('single'):\n"
        "    Ridge(alpha=3.0).fit(X, y)\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    study = sweep.parent
    assert study is not None and study.name == "study"
    assert "alpha" not in study.params and study.metrics == {"after": 2.0}
    assert [child.parent for child in trainings()] == [sweep, sweep]
    (single,) = fitscribe.search_runs("name = 'single'")
    assert single.params["alpha"] == 3.0


def test_each_run_around_a_round_has_trainings_of_its_own(tmp_path: Path) -> None:
    script(
        "for alpha in (1.0, 2.0, 3.0):\n"
        "    with fitscribe.start_run('round'):\n"
        "        Ridge(alpha=alpha).fit(X, y)\n",
        tmp_path,
    )
    rounds = fitscribe.search_runs()
    assert [run.role for run in rounds] == ["group"] * 3
    assert [run.params["alpha"] for run in rounds] == [3.0, 2.0, 1.0]


NO_LOOPS = {
    "a function called twice": """
def fit(alpha):
    Ridge(alpha=alpha).fit(X, y)
fit(1.0)
fit(2.0)
""",
    "one line": "Ridge(alpha=1.0).fit(X, y); Ridge(alpha=2.0).fit(X, y)",
    "recursion": """
def fit(alpha):
    Ridge(alpha=alpha).fit(X, y)
    if alpha < 2.0:
        fit(alpha + 1.0)
fit(1.0)
""",
    "cells": """
import code
notebook = code.InteractiveConsole(globals())
for cell in ["Ridge().fit(X, y)"] * 2:
    notebook.push(cell)
""",
    "files": """
text = "Ridge().fit(X, y)"
exec(text)
exec(text)
""",
}
LOOPS = {
    "a function in a loop": """
def fit(alpha):
    Ridge(alpha=alpha).fit(X, y)
for alpha in (1.0, 2.0):
    fit(alpha)
""",
    "comprehension": "[Ridge(alpha=alpha).fit(X, y) for alpha in (1.0, 2.0)]",
    "cell": """
import code
notebook = code.InteractiveConsole(globals())
notebook.push("for alpha in (1.0, 2.0): Ridge(alpha=alpha).fit(X, y)\\n")
""",
    "joblib": """
from joblib import Parallel, delayed
Parallel(n_jobs=1)(delayed(Ridge(alpha=alpha).fit)(X, y) for alpha in (1.0, 2.0))
""",
    "threads of joblib": """
from joblib import Parallel, delayed
def fit(alpha):
    return Ridge(alpha=alpha).fit(X, y)
Parallel(n_jobs=2, prefer="threads")(delayed(fit)(alpha) for alpha in (1.0, 2.0))
""",
}


@pytest.mark.parametrize("name", NO_LOOPS)
def test_what_is_no_loop(tmp_path: Path, name: str) -> None:
    script(NO_LOOPS[name], tmp_path)
    assert not sweeps()
    assert [child.parent for child in trainings()] == [None, None]


@pytest.mark.parametrize("name", LOOPS)
def test_what_is_a_loop(tmp_path: Path, name: str) -> None:
    script(LOOPS[name], tmp_path)
    (sweep,) = sweeps()
    assert [child.parent for child in trainings()] == [sweep, sweep]


def test_a_training_that_fails_is_a_child_like_the_others(tmp_path: Path) -> None:
    script(
        "for alpha in (1.0, -1.0, 2.0):\n"
        "    try:\n        Ridge(alpha=alpha).fit(X, y)\n"
        "    except ValueError:\n        pass\n",
        tmp_path,
    )
    (sweep,) = sweeps()
    assert [child.status for child in sweep.children] == ["finished", "failed", "finished"]
    assert sweep.status == "finished"
    assert list(sweep.series("train/r2").steps) == [0, 2]


KILLED = """
import os, signal, threading
class Stopping(Ridge):
    def fit(self, X, y):
        super().fit(X, y)
        act(self.alpha)
        return self
def kill(): os.kill(os.getpid(), signal.SIGKILL)
"""
KILLS = {
    "within a training": """
def act(alpha):
    if alpha == 3.0: kill()
for alpha in (1.0, 2.0, 3.0, 4.0): Stopping(alpha=alpha).fit(X, y)
""",
    "within one that the sweep keeps": """
def act(alpha):
    if alpha == 102: kill()
for alpha in range(104): Stopping(alpha=alpha).fit(X, y)
""",
    "within one beside which another has ended": """
begun, go = threading.Event(), threading.Event()
def act(alpha):
    if alpha == 3.0: begun.set(); go.wait(60); kill()
    if alpha == 2.0: begun.wait(60)
def train(alpha): Stopping(alpha=alpha).fit(X, y)
threads = [threading.Thread(target=train, args=(alpha,)) for alpha in (1.0, 2.0, 3.0)]
for thread in threads: thread.start()
for thread in threads[:2]: thread.join()
go.set()
threads[2].join()
""",
    "between two": """
act = str
for alpha in (1.0, 2.0, 3.0):
    Stopping(alpha=alpha).fit(X, y)
    if alpha == 2.0: kill()
""",
    "after the last one": """
act = str
for alpha in (1.0, 2.0): last = Stopping(alpha=alpha).fit(X, y)
last.predict(X)
kill()
""",
}


@pytest.mark.parametrize("kill", KILLS)
def test_a_sweep_has_crashed_if_its_process_died_within_a_training(tmp_path: Path, kill: str) -> None:
    status = "crashed" if kill.startswith("within") else "finished"
    with pytest.raises(subprocess.CalledProcessError):
        script(KILLED + KILLS[kill], tmp_path)
    (sweep,) = sweeps()
    assert (sweep.status, fitscribe.get_run(sweep.id).status) == (status, status)
    assert [child.status for child in sweep.children].count("crashed") == (status == "crashed")
    assert sweep in fitscribe.search_runs(f"status = '{status}'")


def test_kill_in_the_middle_leaves_every_training_that_had_ended(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        HEAD
        + "import itertools, os\n"
        + "for n in itertools.count():\n"
        + "    Ridge(alpha=1.0 + n).fit(X, y)\n"
        + "    os.write(1, b'%d\\n' % n)\n"
    )
    environment = {**os.environ, "FITSCRIBE_QUIET": "1"}
    process = subprocess.Popen(
        [sys.executable, "train.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(110):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    ended = 110 + process.stdout.read().count(b"\n")
    process.wait()
    process.stdout.close()
    (sweep,) = sweeps()
    children = trainings()
    # The sweep is told of a training before its run begins, and after that has ended.
    died_within = children[-1].status == "crashed"
    assert sweep.status in (["crashed"] if died_within else ["crashed", "finished"])
    assert [child.params["alpha"] for child in children[:ended]] == [1.0 + n for n in range(ended)]
    assert all(child.status == "finished" and "train/r2" in child.metrics for child in children[:ended])
    assert [child.status for child in children[ended:]] in ([], ["crashed"], ["finished"])
    assert len(sweep.series("train/r2")) >= ended
