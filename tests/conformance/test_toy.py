"""The suite itself, proved on a framework that fits on one page: a function with callbacks, and methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside


def function(inside: Inside | None) -> Case:
    import toyframe

    callbacks = [lambda step, loss: inside() if inside else None]
    return Case(toyframe.train, ({"eta": 0.1}, [1.0, 2.0, 3.0]), {"callbacks": callbacks}, result=vars)


def function_without_callbacks() -> Case:
    import toyframe

    return Case(toyframe.train, ({"eta": 0.1, "old": 1}, [1.0, 2.0]), result=lambda booster: booster.losses)


def inherited_method() -> Case:
    from toyframe import Mean

    return Case(Mean(shift=2.0).fit, ([1.0, 2.0, 4.0],), {"weight": 0.5}, result=vars)


def method_that_calls_another() -> Case:
    from toyframe import Mean

    return Case(Mean().fit_predict, ([1.0, 2.0, 4.0],))


def method_of_the_users(inside: Inside | None) -> Case:
    from toyframe import Chain, Mean

    class Mine(Mean):
        def __init__(self, shift: float = 1.0) -> None:
            super().__init__(shift)

        def fit(self, X: Any, y: Any = None) -> Any:
            if inside is not None:
                inside()
            return super().fit(X, y)

    def result(chain: Any) -> Any:
        return [vars(step) for step in chain.steps], chain.seen_

    return Case(Chain([Mean(), Mine()]).fit, ([1.0, 2.0],), result=result)


def chain_of_steps(inside: Inside | None) -> Case:
    from toyframe import Chain, Mean

    class Calling(Mean):
        def fit(self, X: Any, y: Any = None) -> Any:
            if inside is not None:
                inside()
            return super().fit(X, y)

    def result(chain: Any) -> Any:
        return [vars(step) for step in chain.steps], chain.seen_

    return Case(Chain([Calling(), Mean()]).fit, ([1.0, 2.0],), result=result)


def prediction_of_a_trained_model() -> Case:
    from toyframe import Mean

    model = Mean(shift=2.0)
    return Case(model.predict, ([1.0, 2.0],), setup=lambda: model.fit([1.0, 4.0]))


def one_of_many_functions() -> Case:
    import toyframe

    model = toyframe.Mean(shift=2.0)
    return Case(toyframe.error, (model, [1.0, 2.0], [3.0, 4.0]), setup=lambda: model.fit([1.0, 4.0]))


class TestToy(Conformance):
    integration = "toyframe = fitscribe_toyframe:integration"
    path = [Path(__file__).with_name("toy")]
    trainings = [
        Training("train", function),
        Training("train", function_without_callbacks),
        Training("fit", inherited_method),
        Training("fit", method_that_calls_another),
        Training("fit", method_of_the_users),
        Training("step", chain_of_steps, run_of="fit"),
        Training("predict", prediction_of_a_trained_model, run_of="fit"),
        Training("metric", one_of_many_functions, run_of="fit"),
    ]
