"""Metric functions of the user's own: what is recorded where, and that they stay what they were."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import subprocess
import sys
import textwrap
from typing import Any, NamedTuple

import pytest

import fitscribe
from fitscribe.engine import ownership
from fitscribe.tracking.metric_functions import describe


def profit_score(y_true: Any, y_pred: Any, *, price: float = 2.0, average: str = "binary") -> float:
    """What it earns."""
    return price * sum(a == b for a, b in zip(y_true, y_pred, strict=True))


plain_profit = profit_score
profit_score = fitscribe.metric(profit_score)


@fitscribe.metric(name="gain")
def _hidden(y_true: Any, y_pred: Any) -> float:
    return 1.5


class Report:
    @fitscribe.metric(name="part")
    def share(self, labels: Any, predicted: Any) -> float:
        return 0.5


TRUE, PREDICTED = [0, 1, 1], [0, 1, 0]


def test_a_value_goes_to_the_active_run() -> None:
    with fitscribe.start_run() as run:
        assert profit_score(TRUE, PREDICTED) == 4.0
        profit_score(TRUE, y_pred=TRUE)
        _hidden(TRUE, PREDICTED)
        Report().share(TRUE, PREDICTED)
        Report.share(Report(), TRUE, PREDICTED)
    assert list(run.series("profit").values) == [4.0, 6.0]
    assert list(run.series("part").values) == [0.5, 0.5]
    assert run.metrics == {"profit": 6.0, "gain": 1.5, "part": 0.5}


def test_without_an_open_run_it_goes_to_the_run_of_the_script() -> None:
    profit_score(TRUE, PREDICTED)
    fitscribe.log_metric("by_hand", 1.0)
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"profit": 4.0, "by_hand": 1.0}
    fitscribe.active_run().end()  # type: ignore[union-attr]


def test_suppressed_and_owned_calls_record_nothing() -> None:
    class Owner:
        owner = None
        finished = False

    with fitscribe.start_run() as run:
        with fitscribe.suppress():
            profit_score(TRUE, PREDICTED)
        token = ownership.current.set(Owner())  # type: ignore[arg-type]
        try:
            profit_score(TRUE, PREDICTED)
        finally:
            ownership.current.reset(token)
        run.log_metric("x", 1.0)
    assert run.metrics == {"x": 1.0}


def test_the_function_stays_what_it_was() -> None:
    changed: Any = profit_score
    assert inspect.signature(changed) == inspect.signature(plain_profit)
    assert inspect.isfunction(changed)
    assert (changed.__name__, changed.__doc__) == ("profit_score", "What it earns.")
    assert pickle.loads(pickle.dumps(changed)) is changed
    assert copy.deepcopy(changed) is changed
    assert changed.__wrapped__ is plain_profit


def test_a_method_pickles_with_its_instance() -> None:
    method = pickle.loads(pickle.dumps(Report().share))
    with fitscribe.start_run() as run:
        assert method(TRUE, PREDICTED) == 0.5
    assert run.metrics == {"part": 0.5}


def test_a_function_of_the_script_is_taken_by_value_without_fitscribe(tmp_path: Any) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, cloudpickle, fitscribe

            @fitscribe.metric
            def profit(y_true, y_pred):
                return 3

            sys.stdout.buffer.write(cloudpickle.dumps(profit))
            """
        )
    )
    dumped = subprocess.run([sys.executable, script], check=True, capture_output=True).stdout
    assert b"fitscribe" not in dumped
    assert cloudpickle.loads(dumped)([1], [1]) == 3


def test_a_function_that_its_module_does_not_hold_pickles_as_itself() -> None:
    wrapped = fitscribe.metric(math.dist, name="distance")
    assert wrapped is not math.dist
    assert pickle.loads(pickle.dumps(wrapped)) is math.dist


def test_an_exception_is_the_users_and_nothing_is_recorded() -> None:
    error = ValueError("bad")

    @fitscribe.metric
    def fails(y_true: Any, y_pred: Any) -> float:
        raise error

    with fitscribe.start_run() as run:
        with pytest.raises(ValueError) as caught:
            fails(TRUE, PREDICTED)
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            profit_score(TRUE)
        run.log_metric("x", 1.0)
    assert caught.value is error and caught.value.__context__ is None
    assert run.metrics == {"x": 1.0}


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (5, TypeError, "takes a function, not 5"),
        (Report, TypeError, "takes a function, not <class"),
        (lambda a, b: 0.0, ValueError, "has no name of its own"),
    ],
)
def test_what_is_no_metric_function_is_named(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        fitscribe.metric(function)


def test_what_is_chosen_is_in_the_name() -> None:
    with fitscribe.start_run() as run:
        profit_score(TRUE, PREDICTED, price=2)
        profit_score(TRUE, PREDICTED, price=3.5)
        profit_score(TRUE, PREDICTED, average="macro")
        profit_score(TRUE, PREDICTED, average=None, price=1)
    assert set(run.metrics) == {"profit", "profit[price=3.5]", "profit_macro", "profit_per_class[price=1]"}


class Parts(NamedTuple):
    gain: float
    loss: float


def results(values: list[Any]) -> Any:
    remaining = iter(values)

    def costs(y_true: Any, y_pred: Any) -> Any:
        return next(remaining)

    return fitscribe.metric(costs)


def test_numbers_of_every_kind_are_points() -> None:
    from decimal import Decimal

    function = results([1, True, Decimal("0.5"), math.nan, 10**400])
    with fitscribe.start_run() as run:
        for _ in range(5):
            function(TRUE, PREDICTED)
    values = list(run.series("costs").values)
    assert values[:3] == [1.0, 1.0, 0.5] and math.isnan(values[3]) and values[4] == math.inf


def test_named_numbers_are_points_of_their_own() -> None:
    function = results([{"gain": 1, "loss": 2.5}, Parts(3.0, 4.0)])
    with fitscribe.start_run() as run:
        function(TRUE, PREDICTED)
        function(TRUE, PREDICTED)
    assert list(run.series("gain").values) == [1.0, 3.0]
    assert list(run.series("loss").values) == [2.5, 4.0]


def data_of(run: Any) -> dict[str, Any]:
    (artifact,) = run.artifacts
    assert (artifact["name"], artifact["kind"]) == ("costs", "table")
    data: dict[str, Any] = artifact["data"]
    return data


@pytest.mark.parametrize(
    ("result", "columns", "rows"),
    [
        ([1.0, 2.0], ["index", "value"], [[0, 1.0], [1, 2.0]]),
        ([[1, 2], [3, 4]], ["0", "1"], [[1, 2], [3, 4]]),
        (([1, 2], [3.0]), ["0", "1"], [[1, 3.0], [2, None]]),
        ((1.0, "a"), ["0", "1"], [[1.0, "a"]]),
        (
            {"a": {"gain": 1, "n": 2}, "b": 3},
            ["", "gain", "n", "value"],
            [["a", 1, 2, None], ["b", None, None, 3]],
        ),
    ],
)
def test_more_than_one_number_is_a_table(result: Any, columns: list[str], rows: list[Any]) -> None:
    with fitscribe.start_run() as run:
        results([result])(TRUE, PREDICTED)
    assert data_of(run) == {"columns": columns, "rows": rows}


def test_a_table_is_bounded() -> None:
    with fitscribe.start_run() as run:
        results([list(range(12_345))])(TRUE, PREDICTED)
    data = data_of(run)
    assert len(data["rows"]) <= 1000 and data["of"] == 12_345
    assert data["rows"][10] == [130, 130]


def test_a_data_frame_is_a_table() -> None:
    pandas = pytest.importorskip("pandas")
    with fitscribe.start_run() as run:
        results([pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})])(TRUE, PREDICTED)
    assert data_of(run) == {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]]}
    with fitscribe.start_run() as run:
        results([pandas.Series([1.5, 2.5], index=["x", "y"], name="a")])(TRUE, PREDICTED)
    assert data_of(run) == {"columns": ["", "a"], "rows": [["x", 1.5], ["y", 2.5]]}


def test_what_cannot_be_kept_is_said_once() -> None:
    function = results(["text", None])
    with fitscribe.start_run() as run:
        function(TRUE, PREDICTED)
        function(TRUE, PREDICTED)
    assert run.metrics == {} and run.artifacts == []
    assert [(each["what"], each["why"]) for each in run.unseen] == [("costs", "its value is of type str")]


def test_a_function_of_any_number_of_arguments_and_one_without_a_signature() -> None:
    @fitscribe.metric
    def anything(*args: Any, **kwargs: Any) -> float:
        return float(len(args))

    with fitscribe.start_run() as run:
        anything(TRUE, PREDICTED)
        anything()
        anything(TRUE, beta=2)
        fitscribe.metric(math.dist)([0.0, 0.0], [3.0, 4.0])
        fitscribe.metric(max)([3], [4])
    assert run.metrics == {"anything": 0.0, "anything[beta=2]": 1.0, "dist": 5.0}


@pytest.mark.parametrize(
    ("function", "predictions", "truths"),
    [
        (lambda y_true, y_pred: 0, ["y_pred"], ["y_true"]),
        (lambda preds, target: 0, ["preds"], ["target"]),
        (lambda labels, scores: 0, ["scores"], ["labels"]),
        (lambda a, b: 0, ["b", "a"], ["a"]),
        (lambda X, labels: 0, ["labels"], ["X"]),
        (lambda returns: 0, ["returns"], []),
    ],
)
def test_which_argument_is_which(function: Any, predictions: list[str], truths: list[str]) -> None:
    known = describe(function, "name")
    arguments = known.arguments(([1], [2])[: len(inspect.signature(function).parameters)], {})
    assert known.inputs(arguments) == (predictions, truths)


def test_without_numpy_and_without_autolog(tmp_path: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys
            sys.modules["numpy"] = None
            import fitscribe

            @fitscribe.metric
            def profit(y_true, y_pred):
                return 3

            profit([1, 2], [3, 4])
            assert sys.modules["numpy"] is None and "sklearn" not in sys.modules
            """
        )
    )
    subprocess.run([sys.executable, script], check=True)
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"profit": 3.0} and run.name == "script"
