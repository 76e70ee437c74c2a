"""Reading `cv_results_`: a dict of columns with a row per candidate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fitscribe_sklearn.folds import CV, Fold
from fitscribe_sklearn.parameters import shown

_SCORES = re.compile(r"(mean|std|rank|split\d+)_(test|train)_(.+)", re.DOTALL)
_KNOWN = ("param_", "params", "mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time")
_NAN = float("nan")


class CvResults:
    """What a search says of its candidates, so far or in the end.

    Args:
        columns: ``cv_results_``, or what is to become it.
        scorer: the name of the scorer where there is but one, which scikit-learn calls ``score``.
    """

    def __init__(self, columns: Mapping[str, Any], scorer: str) -> None:
        self.params: list[Mapping[str, Any]] = list(columns["params"])
        """The parameters of each candidate, as they are."""
        self._scores: dict[tuple[str, str], dict[str, list[float]]] = {}
        self._extras: dict[str, Any] = {}
        self._times = {name: columns.get(f"mean_{name}") for name in ("fit_time", "score_time")}
        for column, values in columns.items():
            match = _SCORES.fullmatch(column)
            if match is not None:
                what, kind, name = match.groups()
                by_scorer = self._scores.setdefault((what, kind), {})
                by_scorer[scorer if name == "score" else name] = [float(value) for value in values]
            elif not column.startswith(_KNOWN):
                self._extras[column] = values
        self._splits = sum(1 for what, kind in self._scores if kind == "test" and what.startswith("split"))

    def __len__(self) -> int:
        return len(self.params)

    def folds(self, index: int, out: Sequence[Mapping[str, Any]]) -> list[Fold]:
        """Return what each fold of a candidate gave.

        Args:
            index: of the candidate.
            out: what each fit gave, by candidate and fold; empty where nobody knows: then the times are
                means, and no fit is known to have failed.
        """
        fits = out[index * self._splits : (index + 1) * self._splits] or [{}] * self._splits
        return [
            Fold(
                self._row(f"split{split}", "test", index),
                self._row(f"split{split}", "train", index),
                float(fit.get("fit_time", self._mean_time("fit_time", index))),
                float(fit.get("score_time", self._mean_time("score_time", index))),
                fit.get("fit_error") or "",
            )
            for split, fit in enumerate(fits)
        ]

    def means(self, index: int) -> dict[str, float]:
        """Return mean and standard deviation of a candidate's scores on rows left out: ``cv/accuracy``."""
        return {
            f"{CV}/{name}{suffix}": score
            for what, suffix in (("mean", ""), ("std", "_std"))
            for name, score in self._row(what, "test", index).items()
        }

    def ranks(self, index: int) -> dict[str, float]:
        """Return the rank of a candidate by each scorer; the best one has 1."""
        return {f"{CV}/{name}_rank": rank for name, rank in self._row("rank", "test", index).items()}

    def extras(self, index: int) -> dict[str, Any]:
        """Return what a kind of search adds: ``iter`` and ``n_resources`` of a halving one."""
        return {name: shown(values[index]) for name, values in self._extras.items()}

    def _row(self, what: str, kind: str, index: int) -> dict[str, float]:
        return {name: values[index] for name, values in self._scores.get((what, kind), {}).items()}

    def _mean_time(self, name: str, index: int) -> float:
        means = self._times[name]
        return _NAN if means is None else float(means[index])
