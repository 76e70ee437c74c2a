"""A check that cannot fail proves nothing: each sin of `toy/broken.py` turns the checks against it red."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe.testing import Case, Training
from fitscribe.testing.cases import Inside
from fitscribe.testing.client import Processes

TOY = Path(__file__).with_name("toy")


class Params(dict[str, float]):
    """Takes weak references, which a dict does not."""


def training(inside: Inside | None) -> Case:
    import toyframe

    callbacks = [lambda step, loss: inside() if inside else None]
    return Case(toyframe.train, (Params(eta=0.1), [1.0, 2.0]), {"callbacks": callbacks}, result=vars)


@pytest.mark.parametrize(
    ("sin", "check"),
    [
        ("appends_to_the_callers_list", "arguments"),
        ("attaches_to_the_result", "bytes"),
        ("attaches_to_the_result", "result"),
        ("depends_on_the_form_of_the_call", "forms"),
        ("draws_random_numbers", "random"),
        ("draws_random_numbers", "result"),
        ("ends_the_process", "one_run"),
        ("ends_the_process", "result"),
        ("fails_before", "one_run"),
        ("filters_warnings", "process"),
        ("hides_what_fails", "failures"),
        ("imports_more_of_the_framework", "modules"),
        ("keeps_arguments_alive", "released"),
        ("keeps_the_first_arguments_alive", "released"),
        ("makes_no_run", "one_run"),
        ("makes_no_run", "threads"),
        ("marks_the_first_error", "exception"),
        ("marks_the_first_error", "keyboard_interrupt"),
        ("prints", "stdout"),
        ("records_metrics_that_differ", "one_run"),
        ("records_what_differs", "one_run"),
        ("replaces_an_argument", "called_once"),
        ("replaces_the_function_by_hand", "exception"),
        ("replaces_the_function_by_hand", "pickle"),
        ("replaces_the_function_by_hand", "signature"),
        ("replaces_the_function_by_hand", "uninstall"),
        ("swallows_interrupts", "interrupts"),
        ("tells_twice_what_fails", "failures"),
        ("trains_otherwise_when_slow", "slowness"),
    ],
)
def test_a_sin_is_caught(sin: str, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Half of them are functions of the integration: all that it has.
    monkeypatch.setenv("CONFORMANCE_FAILURES", "20")
    assert _verdict(sin, check) == "broken"


@pytest.mark.parametrize(
    ("sin", "check"),
    [
        ("appends_to_the_callers_list", "modules"),
        ("attaches_to_the_result", "arguments"),
        ("draws_random_numbers", "process"),
        ("filters_warnings", "random"),
        ("imports_more_of_the_framework", "bytes"),
        ("prints", "modules"),
        ("prints", "result"),
    ],
)
def test_what_the_same_call_shows_is_told_by_its_own_check_only(sin: str, check: str) -> None:
    assert _verdict(sin, check) == "holds"


def without_callbacks() -> Case:
    import toyframe

    return Case(toyframe.train, (Params(eta=0.1), [1.0, 2.0]), result=lambda booster: booster.losses)


@pytest.mark.parametrize(
    ("sin", "check"),
    [
        ("keeps_arguments_alive", "released"),
        ("makes_no_run", "wrapper_beneath"),
        ("replaces_an_argument", "called_once"),
        ("replaces_the_function_by_hand", "exception"),
    ],
)
def test_a_sin_above_a_layer_of_another_tool_is_caught(sin: str, check: str) -> None:
    assert _verdict(sin, check, Training("train", without_callbacks)) == "broken"
    assert _verdict("", check, Training("train", without_callbacks)) == "holds"


@pytest.mark.parametrize(
    "check",
    [
        "arguments",
        "exception",
        "failures",
        "interrupts",
        "one_run",
        "pickle",
        "released",
        "result",
        "slowness",
        "uninstall",
    ],
)
def test_the_same_checks_hold_where_nothing_is_wrong(check: str) -> None:
    assert _verdict("", check) == "holds"


def test_metrics_that_are_left_out_for_their_time_may_differ() -> None:
    assert _verdict("leaves_metrics_out_for_their_time", "one_run") == "holds"


def prediction() -> Case:
    import toyframe

    model = toyframe.Mean(shift=2.0)
    return Case(model.predict, ([1.0, 2.0],), setup=lambda: model.fit([1.0, 4.0]))


@pytest.mark.parametrize(
    ("sin", "check"),
    [
        ("predicts_into_a_run_of_its_own", "one_run"),
        ("predicts_into_a_run_of_its_own", "suppress"),
        ("keeps_what_it_predicts_for", "released"),
    ],
)
def test_a_sin_after_a_set_up_is_caught(sin: str, check: str) -> None:
    assert _verdict(sin, check, Training("predict", prediction, run_of="fit")) == "broken"
    assert _verdict("", check, Training("predict", prediction, run_of="fit")) == "holds"


def test_a_training_that_never_reaches_its_point_is_caught() -> None:
    assert _verdict("", "fault_before", Training("predict", training, run_of="train")) == "broken"


def _verdict(sin: str, check: str, made: Training = Training("train", training)) -> str:  # noqa: B008 - frozen
    source = f"broken:{sin}" if sin else "fitscribe_toyframe:integration"
    request = {"integration": f"toyframe = {source}", "trainings": [made.to_request()]}
    processes = Processes(request, [TOY])
    try:
        return processes.check(check, 0)["verdict"]
    finally:
        processes.close()


SUITE = """
from fitscribe.testing import Case, Conformance, Training

def train():
    import toyframe
    return Case(toyframe.train, ({"eta": 1}, [1.0]), result=vars)

class TestBroken(Conformance):
    integration = "toyframe = broken:SIN"
    path = [PATH]
    trainings = [Training("train", train, limits=LIMITS)]
"""


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (
            {},
            [
                "test_check[result-train]",
                "results differ from those of an unpatched process",
                "1 failed, 1 passed",
            ],
        ),
        ({"result": "draws numbers"}, ["1 passed, ", "1 xfailed"]),
        ({"result": "draws numbers", "docstring": "has none"}, ["XPASS(strict)", "1 failed, ", "1 xfailed"]),
    ],
)
def test_pytest_goes_red(tmp_path: Path, limits: dict[str, str], told: list[str]) -> None:
    printed = _pytest(tmp_path, "draws_random_numbers", limits, "result- or docstring-")
    for words in told:
        assert words in printed


def test_a_point_that_nobody_tries_is_named(tmp_path: Path) -> None:
    printed = _pytest(tmp_path, "has_a_point_that_nobody_tries", {}, "every_point")
    assert "patch points without a training: toyframe.fit\n" in printed and "1 failed, " in printed


def _pytest(folder: Path, sin: str, limits: dict[str, str], chosen: str) -> str:
    file = folder / "test_broken.py"
    text = SUITE.replace("PATH", repr(str(TOY))).replace("LIMITS", repr(limits)).replace("SIN", sin)
    file.write_text(text)
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-k", chosen, str(file)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120).stdout
