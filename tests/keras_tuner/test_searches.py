"""Searches that train nothing of Keras': what their runs and those of their trials say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras_tuner as kt
import pytest


def scores(search: Any) -> list[float]:
    return [trial.metrics["score"] for trial in search.children]


def test_a_search_is_a_run_with_a_child_per_trial(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    made = parabola(max_trials=5)
    made.search(verbose=0)
    search = only_search()
    assert (search.name, search.status, search.problems) == ("Parabola", "finished", [])
    assert search.framework == "keras_tuner"
    trials = search.children
    assert [trial.name for trial in trials] == [f"trial {number}" for number in range(5)]
    for trial in trials:
        theirs = made.oracle.get_trial(trial.facts["trial_id"])
        assert trial.params == theirs.hyperparameters.values
        assert trial.metrics == {"score": theirs.score}
        assert (trial.role, trial.status, trial.facts["trial_status"]) == ("trial", "finished", "COMPLETED")
        assert trial.parent == search


def test_the_settings_of_tuner_and_oracle_are_parameters(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    parabola(max_trials=2, seed=7, executions_per_trial=2, max_retries_per_trial=1).search(verbose=0)
    search = only_search()
    expected = {
        "objective": None,
        "oracle": "RandomSearchOracle",
        "max_trials": 2,
        "seed": 7,
        "executions_per_trial": 2,
        "max_retries_per_trial": 1,
        "max_consecutive_failed_trials": 3,
        "verbose": 0,
    }
    assert expected.items() <= search.params.items()
    changed = set(search.snapshot().changed)
    assert {"max_trials", "seed", "executions_per_trial", "max_retries_per_trial"} <= changed
    assert not {"max_consecutive_failed_trials", "allow_new_entries"} & changed


def test_the_space_is_data_and_parameters(tuner: Callable[..., Any], only_search: Callable[[], Any]) -> None:
    def run_trial(self: Any, trial: Any) -> float:
        return float(trial.hyperparameters.values.get("rate", 1.0))

    given = kt.HyperParameters()
    given.Choice("kind", ["plain", "deep"])
    given.Int("width", 8, 64, step=8, sampling="linear")
    with given.conditional_scope("kind", ["deep"]):
        given.Float("rate", 1e-4, 1e-1, sampling="log")
    given.Boolean("bias", default=True)
    given.Fixed("seed", 3)
    cls = type("Searching", (kt.RandomSearch,), {"run_trial": run_trial})
    tuner(cls, hyperparameters=given, max_trials=2).search()
    search = only_search()
    (artifact,) = [each for each in search.artifacts if each["name"] == "search_space"]
    table = artifact["data"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    assert [(row["name"], row["kind"]) for row in rows] == [
        ("kind", "Choice"),
        ("width", "Int"),
        ("rate", "Float"),
        ("bias", "Boolean"),
        ("seed", "Fixed"),
    ]
    assert rows[0]["values"] == ["plain", "deep"]
    assert (rows[1]["min"], rows[1]["max"], rows[1]["step"], rows[1]["default"]) == (8, 64, 8, 8)
    assert (rows[2]["sampling"], rows[2]["conditions"]) == ("log", "kind = deep")
    assert {name: value for name, value in search.params.items() if name.startswith("space__")} == {
        "space__kind": "Choice plain, deep",
        "space__width": "Int 8 to 64 step 8",
        "space__rate": "Float 0.0001 to 0.1 log if kind = deep",
        "space__bias": "Boolean",
        "space__seed": "Fixed 3",
    }


def test_what_a_trial_asks_for_first_is_in_the_space_in_the_end(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    parabola(max_trials=1).search()
    assert only_search().params["space__x"] == "Float -1.0 to 1.0"


def test_the_best_trial_and_the_best_score_so_far(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    made = parabola(max_trials=6)
    made.search()
    search, (best,) = only_search(), made.oracle.get_best_trials(1)
    so_far = [min(scores(search)[: number + 1]) for number in range(6)]
    assert list(search.series("score").values) == so_far
    assert list(search.series("score").steps) == list(range(6))
    assert search.facts["best_trial"]["trial"] == best.trial_id
    assert search.facts["best_trial"]["hyperparameters"] == best.hyperparameters.values
    (run,) = [trial for trial in search.children if trial.facts["trial_id"] == best.trial_id]
    assert run.metrics["score"] == best.score
    assert (search.facts["trials"], search.facts["failed_trials"]) == (6, 0)
    assert search.facts["directions"]["score"] == "min"
    assert search.facts["varying"]["x"] == [trial.params["x"] for trial in search.children]


def test_a_dictionary_is_metrics_by_the_users_names(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> dict[str, float]:
        x = trial.hyperparameters.Float("x", -1.0, 1.0)
        return {"val_gain": x, "price": 2 * x}

    parabola(run_trial, objective=kt.Objective("val_gain", "max"), max_trials=3).search()
    search = only_search()
    for trial in search.children:
        x = trial.params["x"]
        assert trial.metrics == {"val_gain": x, "price": 2 * x, "score": x}
        assert trial.facts["directions"] == {"score": "max", "val_gain": "max"}
    best = max(scores(search))
    assert (search.metrics["score"], search.metrics["val_gain"]) == (best, best)
    assert search.params["objective"] == "val_gain"


def test_several_objectives_are_one_score(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> dict[str, float]:
        x = trial.hyperparameters.Float("x", -1.0, 1.0)
        return {"loss": x, "gain": 3 * x, "multi_objective": x - 3 * x}

    objective = [kt.Objective("loss", "min"), kt.Objective("gain", "max")]
    parabola(run_trial, objective=objective, max_trials=3).search()
    search = only_search()
    assert search.params["objective"] == ["min loss", "max gain"]
    for trial in search.children:
        x = trial.params["x"]
        assert trial.metrics == pytest.approx({"loss": x, "gain": 3 * x, "score": -2 * x})


def test_a_trial_that_raises_is_a_failed_child(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> float:
        x = trial.hyperparameters.Choice("x", [1.0, 2.0, 3.0])
        if x == 2.0:
            raise ZeroDivisionError("two is out of the question")
        return x

    parabola(run_trial, max_trials=3, max_consecutive_failed_trials=5).search()
    search = only_search()
    assert search.status == "finished"
    by_x = {trial.params["x"]: trial for trial in search.children}
    assert {x: trial.status for x, trial in by_x.items()} == {1.0: "finished", 2.0: "failed", 3.0: "finished"}
    failed = by_x[2.0]
    assert (failed.error["type"], failed.error["message"]) == (
        "ZeroDivisionError",
        "two is out of the question",
    )
    assert "run_trial" in failed.error["traceback"]
    assert "fitscribe" not in failed.error["traceback"].replace(__file__, "")
    assert failed.facts["trial_status"] == "FAILED"
    assert "score" not in failed.metrics
    assert search.facts["failed_trials"] == 1


def test_each_attempt_at_a_trial_is_a_child(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    attempts: list[str] = []

    def run_trial(self: Any, trial: Any) -> float:
        attempts.append(trial.trial_id)
        if len(attempts) < 3:
            raise ValueError(f"no {len(attempts)}")
        return trial.hyperparameters.Float("x", 0.0, 1.0)

    parabola(run_trial, max_trials=1, max_retries_per_trial=4).search()
    search = only_search()
    assert [trial.name for trial in search.children] == [
        "trial 0",
        "trial 0, attempt 2",
        "trial 0, attempt 3",
    ]
    assert [trial.status for trial in search.children] == ["failed", "failed", "finished"]
    assert [(trial.error or {}).get("message") for trial in search.children] == ["no 1", "no 2", None]
    assert search.facts["trials"] == 3


def test_a_score_that_is_no_number_fails_a_trial(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> float:
        x: float = trial.hyperparameters.Float("x", 0.0, 1.0)
        return float("nan") if trial.trial_id == "0" else x

    parabola(run_trial, max_trials=2).search()
    first, second = only_search().children
    assert (first.status, first.error["message"]) == ("failed", "the score is not a number")
    assert second.status == "finished"
    assert only_search().facts["best_trial"]["trial"] == "1"


def test_an_error_that_ends_the_search_reaches_the_user(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    error = kt.errors.FatalRuntimeError("stop it")

    def run_trial(self: Any, trial: Any) -> float:
        if trial.trial_id == "1":
            raise error
        return trial.hyperparameters.Float("x", 0.0, 1.0)

    with pytest.raises(kt.errors.FatalRuntimeError) as caught:
        parabola(run_trial, max_trials=4).search()
    assert caught.value is error
    search = only_search()
    assert (search.status, search.error["message"]) == ("failed", "stop it")
    assert [trial.status for trial in search.children] == ["finished", "failed"]
    assert search.children[1].error["message"] == "stop it"
    assert search.facts["best_trial"]["trial"] == "0"


def test_too_many_failures_end_the_search(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> float:
        trial.hyperparameters.Float("x", 0.0, 1.0)
        raise ValueError("never")

    with pytest.raises(RuntimeError, match="consecutive failures"):
        parabola(run_trial, max_trials=9, max_consecutive_failed_trials=2).search()
    search = only_search()
    assert search.status == "failed"
    assert [trial.status for trial in search.children] == ["failed", "failed"]
    assert [trial.error["message"] for trial in search.children] == ["never", "never"]
    assert "best_trial" not in search.facts


def test_ctrl_c_ends_the_trial_with_the_search(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, trial: Any) -> float:
        if trial.trial_id == "1":
            raise KeyboardInterrupt
        return trial.hyperparameters.Float("x", 0.0, 1.0)

    with pytest.raises(KeyboardInterrupt):
        parabola(run_trial, max_trials=4).search()
    assert only_search().status == "interrupted"
    assert [trial.status for trial in only_search().children] == ["finished", "interrupted"]


def test_what_is_logged_in_a_trial_is_the_trials(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    import fitscribe

    def run_trial(self: Any, trial: Any) -> float:
        x: float = trial.hyperparameters.Float("x", 0.0, 1.0)
        fitscribe.log_metric("twice", 2 * x)
        return x

    parabola(run_trial, max_trials=2).search()
    assert [trial.metrics["twice"] for trial in only_search().children] == [
        2 * trial.params["x"] for trial in only_search().children
    ]


def test_a_trial_whose_base_class_runs_it_is_one_run(
    parabola: Callable[..., Any], tuner: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    base = type(parabola())

    class Further(base):  # type: ignore[misc,valid-type]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            return 1.0 + super().run_trial(trial, *args, **kwargs)

        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            assert trial.score is not None

        def search(self, *args: Any, **kwargs: Any) -> None:
            super().search(*args, **kwargs)

    tuner(Further, max_trials=3).search()
    search = only_search()
    assert search.name == "Further"
    assert len(search.children) == 3
    assert all(score >= 1.0 for score in scores(search))
    assert search.problems == []


def test_the_users_own_parameter_names_do_not_matter(
    parabola: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    def run_trial(self: Any, t: Any) -> float:
        return t.hyperparameters.Float("x", 0.0, 1.0)

    parabola(run_trial, max_trials=2).search()
    assert [trial.metrics["score"] for trial in only_search().children] == [
        trial.params["x"] for trial in only_search().children
    ]


def test_a_search_in_a_second_process_has_the_earlier_trials(
    parabola: Callable[..., Any], runs: Callable[[], list[Any]]
) -> None:
    parabola(max_trials=3).search()
    parabola(max_trials=5).search()  # a new object, as in a script that is run again: it reloads
    first, second = runs()
    assert len(first.children) == 3
    assert [trial.name for trial in second.children] == [f"trial {number}" for number in range(5)]
    assert [bool(trial.facts.get("reloaded")) for trial in second.children] == [True] * 3 + [False] * 2
    assert [trial.params["x"] for trial in second.children[:3]] == [
        trial.params["x"] for trial in first.children
    ]
    assert scores(second)[:3] == scores(first)
    assert (second.facts["trials_before"], second.facts["trials"]) == (3, 2)
    assert second.metrics["score"] == min(scores(second))
    assert scores(second).index(min(scores(second))) == int(second.facts["best_trial"]["trial"])


def test_a_search_that_has_nothing_left_says_what_there_was(
    parabola: Callable[..., Any], runs: Callable[[], list[Any]]
) -> None:
    parabola(max_trials=2).search()
    parabola(max_trials=2).search()
    _, second = runs()
    assert (second.facts["trials_before"], second.facts["trials"]) == (2, 0)
    assert all(trial.facts["reloaded"] for trial in second.children)


def test_a_tuner_that_searches_again_goes_on(
    parabola: Callable[..., Any], runs: Callable[[], list[Any]]
) -> None:
    made = parabola(max_trials=2)
    made.search()
    made.oracle.max_trials = 3
    made.search()
    first, second = runs()[-2:]
    sweep = first.parent
    assert sweep is None or sweep == second.parent
    assert second.facts["continues"] == first.id
    assert [trial.name for trial in second.children] == ["trial 2"]
    assert second.metrics["score"] == min(scores(first) + scores(second))


def test_results_are_those_without_fitscribe(
    parabola: Callable[..., Any], runs: Callable[[], list[Any]]
) -> None:
    import fitscribe

    def found(project: str) -> list[tuple[Any, ...]]:
        made = parabola(max_trials=4, project_name=project)
        made.search()
        return [
            (trial.trial_id, trial.hyperparameters.values, trial.score, trial.status)
            for trial in made.oracle.trials.values()
        ]

    recorded = found("recorded")
    with fitscribe.suppress():
        assert found("bare") == recorded
    assert len(runs()) == 1


def test_many_trials_are_kept_in_the_files_of_the_search(
    parabola: Callable[..., Any], only_search: Callable[[], Any], own_store: Any
) -> None:
    parabola(max_trials=105).search()
    assert len(only_search().children) == 105
    assert len(list((own_store / "runs").iterdir())) == 101


def test_the_best_trial_is_shown_first(
    parabola: Callable[..., Any], only_search: Callable[[], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    from fitscribe.cli import main

    parabola(max_trials=5).search(verbose=0)
    capsys.readouterr()
    assert main(["show", only_search().id]) == 0
    lines = capsys.readouterr().out.splitlines()
    ids = [trial.id for trial in sorted(only_search().children, key=lambda each: each.metrics["score"])]
    shown = [
        next(number for number, line in enumerate(lines) if line.strip().startswith(each)) for each in ids
    ]
    assert shown == sorted(shown)
