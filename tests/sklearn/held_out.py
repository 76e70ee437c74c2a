"""What the tests of evaluation on held-out data have in common."""

from __future__ import annotations

from typing import Any

from sklearn import metrics
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import train_test_split

import fitscribe

IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
LABELS = ("accuracy", "balanced_accuracy", "f1", "precision", "recall")


class Unseen:
    """Metrics of scikit-learn that the run does not get to see."""

    def __getattr__(self, name: str) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            with fitscribe.suppress():
                return getattr(metrics, name)(*args, **kwargs)

        return function


unseen = Unseen()


def split(data: Any = CANCER, **options: Any) -> Any:
    return train_test_split(*data, random_state=0, **options)


def held_out(run: Any) -> dict[str, float]:
    return {name: value for name, value in run.metrics.items() if not name.startswith("train/")}


def records(run: Any) -> dict[str, Any]:
    return {each["name"]: each.get("data") for each in run.artifacts}


def reasons(run: Any) -> dict[str, str]:
    return {each["what"]: each["why"] for each in run.unseen}


def points(run: Any, name: str) -> list[float]:
    return [float(value) for value in run.series(name).values]


def end_script_run() -> None:
    run = fitscribe.active_run()
    if run is not None:
        run.end()
