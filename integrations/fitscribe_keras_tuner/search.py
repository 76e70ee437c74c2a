"""A search that goes on: its trials so far, the one that is open, and the best of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fitscribe.tracking import context, outcome
from fitscribe.tracking.trials import SCORE, Trials
from fitscribe_keras_tuner import outcomes, space
from fitscribe_keras_tuner.settings import objective_of, oracle_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_CONTINUED = "tuner/trial_id"
"""The hyperparameter by which Hyperband says which trial another one goes on with."""
_OVER = ("COMPLETED", "FAILED")


@dataclass(eq=False)
class Opened:
    """A trial that goes on.

    Attributes:
        trial: KerasTuner's own object.
        run: its run.
        number: how many were opened before.
        of_keras: whether its results are histories of Keras'.
        status: how it ended, where it raised.
        error: what it raised, described.
    """

    trial: Any
    run: ActiveRun
    number: int
    of_keras: bool = False
    status: str | None = None
    error: dict[str, str] | None = None


class Search:
    """The search that a tuner makes.

    Args:
        tuner: the tuner, whose `search` goes on.
        run: the run of the search.
        runs: by their ids the runs of the trials that the same tuner has made in earlier searches.
    """

    def __init__(self, tuner: Any, run: ActiveRun, runs: dict[str, ActiveRun]) -> None:
        self.tuner = tuner
        self.runs = dict(runs)
        self.trial: Opened | None = None
        self._run = run
        self._oracle = oracle_of(tuner)
        self._objective = objective_of(self._oracle)
        self._trials = Trials(run, self._objective.direction)
        self._number = 0
        self._failed = 0
        self._attempts: dict[str, int] = {}
        self._space: dict[str, Any] = {}

    # -- what the observers tell

    def began(self) -> None:
        """Record what there is before the first trial."""
        with self._run.section("search space"):
            self._log_space()
        with self._run.section("trials before"):
            self._log_before()

    def begin(self, trial: Any) -> ActiveRun | None:
        """Open the run of a trial, and return it; None where that has failed.

        Args:
            trial: KerasTuner's trial, which is about to run.
        """
        if self.trial is not None:  # of which no end was seen
            self.end(self.leave())
        with self._run.section("trial"):
            self._open(trial)
        return None if self.trial is None else self.trial.run

    def returned(self, results: Any) -> None:
        """Take what the open trial has returned.

        Args:
            results: of ``run_trial``.
        """
        if self.trial is not None:
            self.trial.of_keras = outcomes.are_of_keras(results)

    def failed(self, status: str, error: dict[str, str] | None) -> None:
        """Take what the open trial has raised.

        Args:
            status: of its run.
            error: what it raised, described.
        """
        if self.trial is not None:
            self.trial.status, self.trial.error = status, error

    def goes_on_with(self, trial: Any) -> bool:
        """Whether the open trial is this one.

        Args:
            trial: KerasTuner's trial.
        """
        return self.trial is not None and self.trial.trial is trial

    def leave(self) -> Opened:
        """Return the open trial, and forget it: its end is seen now."""
        opened, self.trial = self.trial, None
        assert opened is not None
        return opened

    def end(self, opened: Opened) -> None:
        """Record what became of a trial, and end its run.

        Args:
            opened: the trial.
        """
        run, trial = opened.run, opened.trial
        with run.section("outcome"):
            self._log_outcome(opened)
        status = opened.status or outcomes.status_of(trial)
        error = opened.error or outcomes.error_of(trial)
        self._failed += status == "failed"
        outcome.end_training(run, status, error)

    def broke(self, error: BaseException) -> None:
        """Take what the search itself has raised: a trial that is open ends with it.

        Args:
            error: the exception.
        """
        opened, self.trial = self.trial, None
        if opened is not None:
            status = opened.status or outcome.status_of(error)
            told = opened.error or outcome.described(error)
            self._failed += status == "failed"
            outcome.end_training(opened.run, status, told)

    def ended(self) -> None:
        """Record what there is in the end, however the search has ended."""
        with self._run.section("search space"):
            self._log_space()
        with self._run.section("trials"):
            self._run.log_facts({"trials": self._number, "failed_trials": self._failed})

    # -- recording

    def _open(self, trial: Any) -> None:
        trial_id = str(trial.trial_id)
        attempt = self._attempts[trial_id] = self._attempts.get(trial_id, 0) + 1
        values = outcomes.values_of(trial)
        name = f"trial {trial_id}" if attempt == 1 else f"trial {trial_id}, attempt {attempt}"
        run = self._trials.open(name, values)
        if attempt > 1:
            run.log_facts({"attempt": attempt})
        continued = self.runs.get(str(values.get(_CONTINUED)))
        if continued is not None:
            run.log_facts({"continues": continued.id})
        context.enter(run, explicit=False)
        self.trial = Opened(trial, run, self._number)
        self.runs[trial_id] = run
        self._number += 1

    def _log_space(self) -> None:
        found = space.table_of(self._oracle)
        if found["rows"] and found != self._space:  # it grows as trials ask for more
            self._space = found
            self._run.log_record("search_space", "table", found)
            params = space.parameters_of(found)
            self._run.log_params(params, changed=list(params))

    def _log_before(self) -> None:
        """Record the trials of an earlier search: those that no run is known of are of another process."""
        before = list(self._oracle.trials.values())
        if not before:
            return
        self._run.log_facts({"trials_before": len(before)})
        for trial in before:
            score = outcomes.score_of(trial)
            if str(trial.trial_id) not in self.runs and str(trial.status) in _OVER:
                values = outcomes.values_of(trial)
                self._run.log_child(
                    f"trial {trial.trial_id}",
                    params=values,
                    changed=list(values),
                    metrics={} if score is None else {SCORE: score},
                    facts={**outcomes.facts_of(trial), "reloaded": True},
                    status=outcomes.status_of(trial),
                    error=outcomes.error_of(trial),
                    role="trial",
                )
            if score is not None and self._trials.scored(None, score):
                self._log_best(trial)

    def _log_outcome(self, opened: Opened) -> None:
        run, trial = opened.run, opened.trial
        # Again: some may have been asked for in the trial, and a fit may have a parameter of the same name.
        self._trials.tried(run, outcomes.values_of(trial))
        run.log_facts(outcomes.facts_of(trial))
        metrics = outcomes.metrics_of(trial, of_keras=opened.of_keras)
        # What a fit within the trial has recorded is a series of epochs, and no other value belongs to it.
        run.log_metrics({name: value for name, value in metrics.items() if name not in run.final})
        objective = self._objective
        name = outcomes.named(objective.name) if opened.of_keras else objective.name
        directions = {name: objective.direction} if name in metrics else {}
        run.log_directions(directions)
        score = outcomes.score_of(trial)
        if score is None:
            return
        run.log_metric(SCORE, score)
        if outcomes.status_of(trial) == "finished" and self._trials.scored(opened.number, score):
            self._log_best(trial)
            # The search has those of its best trial as its own: they compare with those of other runs.
            self._run.log_directions(directions)
            self._run.log_metrics(metrics, opened.number)

    def _log_best(self, trial: Any) -> None:
        best = {"trial": str(trial.trial_id), "hyperparameters": outcomes.values_of(trial)}
        self._run.log_facts({"best_trial": best})
