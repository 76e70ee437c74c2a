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
        ("fails_before", "one_run"),
        ("filters_warnings", "process"),
        ("imports_more_of_the_framework", "modules"),
        ("keeps_arguments_alive", "released"),
        ("makes_no_run", "one_run"),
        ("makes_no_run", "threads"),
        ("prints", "stdout"),
        ("records_metrics_that_differ", "one_run"),
        ("records_what_differs", "one_run"),
        ("replaces_an_argument", "called_once"),
        ("replaces_the_function_by_hand", "exception"),
        ("replaces_the_function_by_hand", "pickle"),
        ("replaces_the_function_by_hand", "signature"),
        ("replaces_the_function_by_hand", "uninstall"),
    ],
)
def test_a_sin_is_caught(sin: str, check: str) -> None:
    assert _verdict(sin, check) == "broken"


@pytest.mark.parametrize(
    "check", ["arguments", "exception", "one_run", "pickle", "released", "result", "uninstall"]
)
def test_the_same_checks_hold_where_nothing_is_wrong(check: str) -> None:
    assert _verdict("", check) == "holds"


def test_metrics_that_are_left_out_for_their_time_may_differ() -> None:
    assert _verdict("leaves_metrics_out_for_their_time", "one_run") == "holds"


def _verdict(sin: str, check: str) -> str:
    source = f"broken:{sin}" if sin else "fitscribe_toyframe:integration"
    request = {
        "integration": f"toyframe = {source}",
        "trainings": [Training("train", training).to_request()],
    }
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
