"""Searches whose candidates are fitted in worker processes: each is there as soon as its folds are back."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.searching import OnlyRun, Picky, X, assert_as_in_the_table, grid, y

import fitscribe
from fitscribe_sklearn.candidates import Candidates

LOST = "candidates in worker processes when the search ended"


def candidates_on_disk() -> int:
    """How many candidates the run has whose search goes on, as a worker process finds them in the store."""
    return sum(len(run.children) for run in fitscribe.search_runs("status = 'running'") if run.parent is None)


class Waits(Picky):
    """Of level 9 it is fitted only when another candidate has been recorded, and does then as it is told."""

    def __init__(self, level: int = 1, dies_of: Any = None, exits: bool = False) -> None:
        super().__init__(level, dies_of)
        self.exits = exits

    def fit(self, X: Any, y: Any) -> Any:
        if self.level == 9:
            until = time.monotonic() + 60
            while not candidates_on_disk():
                assert time.monotonic() < until, "no candidate was recorded while the search went on"
        if self.exits:
            os._exit(1)
        return super().fit(X, y)


@pytest.fixture
def worker_sees_the_store(own_store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes have the environment of when they were started."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


def test_candidates_are_there_while_worker_processes_fit_others(
    only_run: OnlyRun, worker_sees_the_store: None
) -> None:
    search = grid(Waits(), {"level": [0, 1, 9]}, n_jobs=2, error_score="raise", refit=False).fit(X, y)
    assert_as_in_the_table(only_run().children, search.cv_results_, {"test_score": "cv/accuracy"})


def test_a_worker_process_that_dies_costs_its_candidates_alone(
    only_run: OnlyRun, worker_sees_the_store: None
) -> None:
    # The first candidate is known before the last one is fitted.
    candidates = [{"level": [0]}, {"level": [9], "exits": [True]}]
    with pytest.raises(TerminatedWorkerError):
        grid(Waits(), candidates, n_jobs=2).fit(X, y)
    run = only_run()
    assert run.status == "failed" and run.error["type"] == "TerminatedWorkerError"
    assert [child.params for child in run.children] == [{"level": 0}]
    assert LOST in [each["what"] for each in run.unseen]


def test_an_error_that_ends_the_search_leaves_what_was_known(
    only_run: OnlyRun, worker_sees_the_store: None
) -> None:
    candidates = [{"level": [0]}, {"level": [9], "dies_of": [ValueError("no")]}]
    with pytest.raises(ValueError, match="no"):
        grid(Waits(), candidates, n_jobs=2, error_score="raise").fit(X, y)
    run = only_run()
    assert run.status == "failed"
    assert (run.children[0].params, run.children[0].status) == ({"level": 0}, "finished")
    assert LOST in [each["what"] for each in run.unseen]


def test_nothing_of_the_search_changes(runs: Callable[[], Any]) -> None:
    recorded = grid(DecisionTreeClassifier(random_state=0), n_jobs=2)
    before = pickle.dumps(recorded)
    recorded.fit(X, y)
    assert len(runs()) == 4
    assert pickle.dumps(grid(DecisionTreeClassifier(random_state=0), n_jobs=2)) == before
    fitscribe.disable("sklearn")
    bare = grid(DecisionTreeClassifier(random_state=0), n_jobs=2).fit(X, y)
    for times in ("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"):
        bare.cv_results_[times] = recorded.cv_results_[times]
    bare.refit_time_ = recorded.refit_time_
    assert pickle.dumps(recorded) == pickle.dumps(bare)


class KillsTheSearch(Waits):
    """Of level 9 it ends the process of the search, as nothing can be said any more."""

    def fit(self, X: Any, y: Any) -> Any:
        super().fit(X, y)
        if self.level == 9:
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(1)
        return self


SCRIPT = """
import fitscribe
fitscribe.autolog()
from tests.sklearn.test_searches_in_workers import KillsTheSearch, X, grid, y

if __name__ == "__main__":
    grid(KillsTheSearch(), {"level": [0, 9]}, n_jobs=2).fit(X, y)
"""


@pytest.mark.parametrize("command", [[], ["-m", "fitscribe.cli", "run"]], ids=["python", "fitscribe run"])
def test_candidates_outlive_the_process_of_the_search(tmp_path: Path, command: list[str]) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with (tmp_path / "errors").open("w") as errors:
        search = subprocess.Popen(
            [sys.executable, *command, script], env=environment, stderr=errors, start_new_session=True
        )
    try:
        assert search.wait(150) == -signal.SIGKILL, (tmp_path / "errors").read_text()
    finally:
        # Its worker processes would wait for minutes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(search.pid, signal.SIGKILL)
    (run,) = [run for run in fitscribe.search_runs() if run.parent is None]
    assert run.status == "crashed"
    assert [(child.params, child.status) for child in run.children] == [({"level": 0}, "finished")]


class SearchesItself(Picky):
    """Searches within its fit, over a simpler one of its own kind, in as many processes as it is told."""

    def __init__(self, level: int = 1, dies_of: Any = None, jobs: int = 0) -> None:
        super().__init__(level, dies_of)
        self.jobs = jobs

    def fit(self, X: Any, y: Any) -> Any:
        if self.jobs:
            GridSearchCV(SearchesItself(), {"level": [0, 1, 2]}, cv=2, n_jobs=self.jobs).fit(X, y)
        return super().fit(X, y)


@pytest.mark.parametrize("jobs", [1, 2])
def test_candidates_of_a_search_within_are_no_candidates(only_run: OnlyRun, jobs: int) -> None:
    # In its folds, and in the refit.
    search = grid(SearchesItself(jobs=jobs), {"level": [0, 1]}).fit(X, y)
    assert_as_in_the_table(only_run().children, search.cv_results_, {"test_score": "cv/accuracy"})


def test_what_it_takes_to_listen_is_a_part_of_the_cost(
    only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burn(*_: Any) -> None:
        until = time.thread_time() + 0.01
        while time.thread_time() < until:
            pass

    monkeypatch.setattr(Candidates, "_came_back", burn)
    search = grid(Picky(), {"level": [0, 1]}, n_jobs=2).fit(X, y)
    run = only_run()
    assert run.cost["cpu_s"] > 6 * 0.01
    # They come with their round as well.
    assert_as_in_the_table(run.children, search.cv_results_, {"test_score": "cv/accuracy"})
