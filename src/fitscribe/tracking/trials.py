"""The trials of a search that tries settings in calls of its own: each is a run, and a child of the search's.

They are what the trainings of a sweep are, but for the run around them: that is there before the first one,
and ends by itself. How good a trial is, the score tells that the search goes by, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fitscribe.reading.directions import RANKED_BY
from fitscribe.tracking.retention import KeptModels, Worth
from fitscribe.tracking.run import ActiveRun
from fitscribe.tracking.sweeps import Seat
from fitscribe.tracking.varying import LISTED, Varying

SCORE = "score"
"""The metric of a trial that the search goes by; the search has the best one so far, trial by trial."""
_SHARED = ("framework", "framework_version", "point", "untested")


class Trials:
    """The trials of one search.

    Args:
        search: the run of the search.
        direction: ``min`` or ``max``: which way the score gets better.
    """

    def __init__(self, search: ActiveRun, direction: str) -> None:
        self._search = search
        self._directions = {SCORE: direction}
        self._count = 0
        self._best: float | None = None
        self._varying = Varying()
        self._kept = KeptModels(self._worth)
        search.log_directions(self._directions)
        search.log_facts({RANKED_BY: SCORE})

    def open(self, name: str, params: Mapping[str, Any]) -> ActiveRun:
        """Open the run of one more trial.

        Args:
            name: of the trial.
            params: what it tries.
        """
        search = self._search
        head = search._header
        run = ActiveRun(
            search.store,
            name=name,
            experiment=head["experiment"],
            role="trial",
            options=search.options._replace(quiet=True),  # the search says a line for all of them
            site=head["site"],
            header={key: head[key] for key in _SHARED if key in head},
            seat=Seat(self, self._count, search),
        )
        self._count += 1
        run.log_directions(self._directions)
        self.tried(run, params)
        return run

    def tried(self, run: ActiveRun, params: Mapping[str, Any]) -> None:
        """Record what a trial tries: in the beginning, and what else it turned out to try.

        Args:
            run: of the trial.
            params: names and values.
        """
        run.log_params(params, changed=list(params))
        varies, cut = self._varying.add(params, None)
        if varies:
            self._search.log_facts({"varying": self._varying.found})
        for name in cut:
            self._search.note_unseen(f"values of {name} after the first {LISTED}", "each trial has its own")

    def scored(self, number: int | None, score: float) -> bool:
        """Take the score of a trial; the search has the best one so far, at the number of the trial.

        Args:
            number: of the trial, from 0; None for one of an earlier search, which is no point of this one.
            score: what the search goes by; NaN is no better than anything.

        Returns:
            Whether it is the best one so far.
        """
        sign = 1.0 if self._directions[SCORE] == "max" else -1.0
        is_best = score == score and (self._best is None or sign * score > sign * self._best)
        if is_best:
            self._best = score
        if self._best is not None and number is not None:
            self._search.log_metric(SCORE, self._best, number)
        return is_best

    # -- what a run tells the loop that it is a round of

    def began(self, run: ActiveRun) -> None:
        """Nothing: a search begins and ends by itself."""

    def took(self, params: Mapping[str, Any], changed: Collection[str] | None) -> None:
        """Nothing: what a training within a trial was given is no choice of the search's."""

    def ended(self, run: ActiveRun, number: int, status: str) -> None:
        """Take a trial that has ended: of their models the best and the newest are kept."""
        self._kept.add(run)

    def logged_late(self, number: int, metrics: Mapping[str, float]) -> None:
        """Nothing: what a model is found to be worth later says nothing of the search."""

    def _worth(self, run: ActiveRun) -> Worth:
        score = run.final.get(SCORE)
        return Worth({} if score is None else {SCORE: score}, self._directions)
