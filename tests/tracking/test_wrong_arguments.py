"""What is called with something that it cannot take says so, names itself, and does nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import fitscribe

call: Any = fitscribe  # with arguments that its types refuse


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: call.autolog(["sklearn"]), r'not \[.sklearn.\]: fitscribe.autolog\("sklearn"\)'),
        (lambda: call.autolog(("a", "b")), r'fitscribe.autolog\("a", "b"\)'),
        (lambda: call.autolog(3), r'not 3: fitscribe.autolog\("sklearn"\)'),
        (lambda: call.autolog(exclude=3), r"autolog\(exclude=...\) takes names of frameworks.* not 3"),
        (lambda: call.autolog(exclude=[3]), r"autolog\(exclude=...\) takes names of frameworks"),
        (lambda: call.autolog(strict="yes"), r"autolog\(strict=...\) is True or False, not 'yes'"),
        (lambda: call.disable(3), r'not 3: fitscribe.disable\("sklearn"\)'),
        (lambda: call.disable(["sklearn"]), r'fitscribe.disable\("sklearn"\)'),
        (lambda: call.load_model(None), "load_model takes a run or the id of one, not None"),
        (lambda: call.get_run(5), "get_run takes the id of a run, or 'latest', not 5"),
        (lambda: call.get_run(None), "get_run takes the id"),
        (lambda: call.search_runs(order_by=5), "order_by takes fields.* not 5"),
        (lambda: call.search_runs(order_by=[5]), "order_by takes fields"),
        (lambda: call.search_runs(limit="5"), "limit is a number of runs, not '5'"),
    ],
)
def test_the_call_and_the_argument_are_named(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        wrong()


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("log_artifact", [None], "log_artifact takes the path of a file or a folder, not None"),
        ("log_artifact", [3], "log_artifact takes the path"),
        ("log_text", [None, "notes"], "log_text takes a text, not None"),
    ],
)
def test_log_calls_too(name: str, given: list[Any], message: str) -> None:
    with fitscribe.start_run() as run, pytest.raises(TypeError, match=message):
        getattr(fitscribe, name)(*given)
    assert not fitscribe.get_run(run.id).artifacts


def test_an_empty_id_is_said_to_be_one() -> None:
    with pytest.raises(LookupError, match="an empty text is none"):
        fitscribe.get_run("")


def test_what_can_be_meant_is_taken() -> None:
    fitscribe.autolog(exclude=(name for name in ["torch"]))
    fitscribe.disable()
    with fitscribe.start_run() as run:
        fitscribe.log_text(3.5, "number")  # type: ignore[arg-type]  # whatever has a text
    assert (run.path / "artifacts" / "number.txt").read_text() == "3.5"
    assert len(fitscribe.search_runs(order_by=(each for each in ["name asc", "started"]))) == 1
