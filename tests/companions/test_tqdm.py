"""Numbers beside progress bars, in loops that are written by hand."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fitscribe
from fitscribe.tracking import continued

tqdm = pytest.importorskip("tqdm").tqdm

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 3))
y = (X[:, 0] > 0).astype(int)
BATCHES = range(0, 200, 50)


def model() -> Any:
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(loss="log_loss", random_state=0)


def train(model: Any, start: int) -> float:
    """One step; returns a number to be shown."""
    rows = slice(start, start + 50)
    model.partial_fit(X[rows], y[rows], classes=[0, 1])
    return float(abs(model.coef_).sum())


def series(run: Any, name: str) -> tuple[list[int], list[float]]:
    found = run.series(name)
    return [int(step) for step in found.steps], [float(value) for value in found.values]


def the_run() -> Any:
    """The run as it is when the next training begins: what was noted is recorded then, if not before."""
    continued.end_those_gone()
    return the_run_so_far()


def the_run_so_far() -> Any:
    (run,) = fitscribe.search_runs()
    return run


@pytest.mark.parametrize("disable", [False, True])
def test_a_loop_by_hand(disable: bool, capsys: pytest.CaptureFixture[str]) -> None:
    sgd, truth = model(), []
    for epoch in range(2):
        bar = tqdm(BATCHES, desc=f"epoch {epoch}", disable=disable)
        for start in bar:
            loss = train(sgd, start)
            bar.set_postfix(loss=loss, lr=f"{0.1:.2e}", note="fast", refresh=False)
            truth.append(loss)
    run = the_run()
    assert series(run, "loss") == (list(range(1, 9)), truth)
    assert series(run, "lr") == (list(range(1, 9)), [0.1] * 8)
    assert run.metrics.keys() & {"note", "refresh"} == set()
    assert run.problems == []


def test_a_dict_and_a_dict_beside_keywords() -> None:
    sgd = model()
    for start in (bar := tqdm(BATCHES, disable=True)):
        train(sgd, start)
        shown = {"loss": np.float32(0.5), "n": np.int64(start), "one": np.array(2.0), "two": np.zeros(2)}
        bar.set_postfix(shown, best=True)
        assert list(shown) == ["loss", "n", "one", "two"]
    run = the_run()
    assert series(run, "loss")[1] == [0.5] * 4 and series(run, "n")[1] == [0.0, 50.0, 100.0, 150.0]
    assert series(run, "one")[1] == [2.0] * 4 and series(run, "best")[1] == [1.0] * 4
    assert "two" not in run.metrics


def test_pairs_that_can_be_gone_through_once_are_the_bars() -> None:
    sgd = model()
    bar = tqdm(BATCHES, disable=True)
    for start in bar:
        train(sgd, start)
        bar.set_postfix(iter([("loss", 0.5)]))
    assert bar.postfix == "loss=0.5" and "loss" not in the_run().metrics


def test_an_evaluation_is_its_last_number() -> None:
    sgd = model()

    def validate() -> float:
        mean = 0.0
        with tqdm(range(5), disable=True) as bar:
            for number in bar:
                mean = (mean * number + len(seen)) / (number + 1)
                bar.set_postfix(loss=mean)
        return mean

    truth, seen = [], []
    for _ in range(3):
        bar = tqdm(BATCHES, disable=True)
        for start in bar:
            seen.append(train(sgd, start))
            bar.set_postfix(loss=seen[-1])
        truth.append(validate())
        assert series(the_run(), "validate/loss") == (
            [4, 8, 12][: len(truth)],
            truth,
        )  # at the end of its bar
    assert series(the_run(), "loss") == (list(range(1, 13)), seen)


def test_numbers_of_a_bar_over_epochs() -> None:
    sgd = model()
    epochs = tqdm(range(3), disable=True)
    for epoch in epochs:
        for start in BATCHES:
            train(sgd, start)
        epochs.set_postfix(loss=float(epoch))
    epochs.close()
    assert series(the_run(), "loss") == ([4, 8, 12], [0.0, 1.0, 2.0])


def test_two_loops_of_one_function_are_kept_apart() -> None:
    sgd = model()

    def run_epoch(step: float) -> None:
        bar = tqdm(BATCHES, disable=True)
        for start in bar:
            train(sgd, start)
            bar.set_postfix(loss=step)

    for _ in range(2):
        run_epoch(1.0)
        run_epoch(2.0)
    run = the_run()
    assert series(run, "loss") == ([1, 2, 3, 4, 9, 10, 11, 12], [1.0] * 8)
    assert series(run, "run_epoch/loss") == ([5, 6, 7, 8, 13, 14, 15, 16], [2.0] * 8)


def test_several_calls_in_a_step_are_one_point_of_each_name() -> None:
    sgd = model()
    bar = tqdm(BATCHES, disable=True)
    for start in bar:
        train(sgd, start)
        bar.set_postfix(loss=1.0)
        bar.set_postfix(loss=1.0, accuracy=0.5)
        bar.set_postfix(loss=1.0, accuracy=0.5)
    run = the_run()
    assert series(run, "loss") == ([1, 2, 3, 4], [1.0] * 4)
    assert series(run, "accuracy") == ([1, 2, 3, 4], [0.5] * 4)


def test_what_is_noted_is_recorded_after_so_many_steps_and_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from fitscribe_tqdm import bars

    sgd = model()
    bar = tqdm(range(10), disable=True)

    def step(number: int) -> None:
        train(sgd, 0)
        bar.set_postfix(loss=float(number))

    monkeypatch.setattr(bars, "_TOGETHER", 4)
    for number in range(6):
        step(number)
    assert series(the_run_so_far(), "loss")[0] == [1, 2, 3, 4]
    monkeypatch.setattr(bars, "_LONGEST_S", 0.0)
    step(6)
    assert series(the_run_so_far(), "loss") == ([1, 2, 3, 4, 5, 6, 7], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


def test_a_bar_over_several_trainings() -> None:
    folds = tqdm(range(2), disable=True)
    for fold in folds:
        sgd = model()
        for start in BATCHES:
            train(sgd, start)
            folds.set_postfix(loss=float(fold))
        del sgd
    continued.end_those_gone()
    runs = [run for run in fitscribe.search_runs() if run.parent is not None]
    runs.sort(key=lambda run: run.metrics["loss"])
    assert [series(run, "loss") for run in runs] == [
        ([1, 2, 3, 4], [0.0] * 4),
        ([1, 2, 3, 4], [1.0] * 4),
    ]


def test_every_nth_step_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_LOG_EVERY", "3")
    sgd = model()
    bar = tqdm(range(8), disable=True)
    for number in bar:
        train(sgd, 0)
        bar.set_postfix(loss=float(number))
    bar.close()
    steps, values = series(the_run(), "loss")
    assert steps == [1, 3, 6, 8] and values == [0.0, 2.0, 5.0, 7.0]


def test_without_a_training() -> None:
    bar = tqdm(range(3), disable=True)
    for number in bar:
        bar.set_postfix(loss=number)
    assert len(fitscribe.search_runs()) == 0
    with fitscribe.start_run():
        for number in tqdm(range(3), disable=True):
            bar.set_postfix(loss=number)
    assert series(the_run(), "loss") == ([0, 1, 2], [0.0, 1.0, 2.0])
    bar.set_postfix(loss=9.0)
    assert len(fitscribe.search_runs()) == 1 and series(the_run(), "loss")[0] == [0, 1, 2]


def test_within_a_run_of_the_scripts_the_step_is_that_of_the_training() -> None:
    sgd = model()
    with fitscribe.start_run() as group:
        bar = tqdm(BATCHES, disable=True)
        for start in bar:
            train(sgd, start)
            bar.set_postfix(loss=1.0)
    assert series(fitscribe.get_run(group.id), "loss") == ([1, 2, 3, 4], [1.0] * 4)


def test_suppressed_and_switched_off() -> None:
    with fitscribe.start_run():
        bar = tqdm(range(3), disable=True)
        with fitscribe.suppress():
            bar.set_postfix(loss=1.0)
        fitscribe.disable()
        bar.set_postfix(loss=1.0)
        fitscribe.autolog("sklearn")
        bar.set_postfix(other=1.0)
    assert list(the_run().metrics) == ["other"]


def test_a_bar_is_as_it_was() -> None:
    plain = tqdm(range(3), disable=True)
    assert plain.set_postfix({"loss": 0.12345}) is None and plain.postfix == "loss=0.123"
    with fitscribe.start_run():
        bar = tqdm(range(3), disable=True)
        attributes = set(vars(bar))
        bar.set_postfix({"loss": 0.12345})
        assert bar.postfix == plain.postfix and set(vars(bar)) == attributes | {"postfix"}
        assert pickle.loads(pickle.dumps(tqdm.set_postfix)) is tqdm.set_postfix
        assert copy.copy(bar).postfix == bar.postfix
        with pytest.raises(TypeError, match="positional"):
            bar.set_postfix({}, True, 1)
        with pytest.raises(ValueError):
            bar.set_postfix(["no pairs"])


def test_bars_in_threads() -> None:
    with fitscribe.start_run():
        threads = [threading.Thread(target=_shows, args=(f"loss{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    run = the_run()
    assert [len(series(run, f"loss{number}")[0]) for number in range(4)] == [200] * 4


def _shows(name: str) -> None:
    bar = tqdm(range(200), disable=True)
    for number in bar:
        bar.set_postfix({name: number})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_reports_nothing() -> None:
    sgd = model()
    bar = tqdm(BATCHES, disable=True)
    for start in bar:
        train(sgd, start)
        bar.set_postfix(loss=1.0)
    with fitscribe.start_run() as group:
        child = os.fork()
        if child == 0:
            bar.set_postfix(loss=5.0)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert "loss" not in fitscribe.get_run(group.id).metrics


_LEFT_OVER = """
import fitscribe
fitscribe.autolog("sklearn")
from sklearn.linear_model import SGDClassifier
from tqdm import tqdm
sgd = SGDClassifier(random_state=0)
bar = tqdm(range(3), disable={disable})
for number in bar:
    sgd.partial_fit([[0.0], [1.0]], [0, 1], classes=[0, 1])
held_out = tqdm(range(3), disable={disable})
for number in held_out:
    held_out.set_postfix(accuracy=number)
    if number == 1:
        break
"""


@pytest.mark.parametrize("disable", [False, True])
def test_a_bar_that_is_left_open_to_the_end_of_the_process(disable: bool, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_LEFT_OVER.format(disable=disable))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert series(the_run(), "accuracy") == ([3], [1.0])


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    sgd = model()
    bar = tqdm(BATCHES, disable=True)
    for start in bar:
        train(sgd, start)
        loss = torch.tensor(0.5, requires_grad=True)
        away = torch.empty((), device="meta")
        bar.set_postfix(loss=loss, one=torch.tensor([2]), two=torch.zeros(2), away=away)
    run = the_run()
    assert series(run, "loss")[1] == [0.5] * 4 and series(run, "one")[1] == [2.0] * 4
    assert "two" not in run.metrics and "away" not in run.metrics
    (unseen,) = [each for each in run.unseen if "away" in each["what"]]
    assert "meta" in unseen["why"]
