"""Parts that share a process find it as the first one did; the others have one of their own."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from fitscribe.testing.checks.registry import CHECKS, Check
from fitscribe.testing.forks import Answer, Broken
from fitscribe.testing.lab import Lab
from fitscribe.testing.parts import Request
from fitscribe.testing.workplaces import Workplace

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


class NoLab:
    """What a check works with that trains nothing."""

    parts: Any

    def outcome(self) -> None:
        """Train nothing."""

    def forget(self) -> None:
        """Remember nothing."""


def _pid() -> int:
    return os.getpid()


def _kept() -> int:
    os.environ["LEFT"] = "behind"
    os.chdir("/")
    return os.getpid()


def _left() -> int:
    warnings.simplefilter("error", BytesWarning)
    return os.getpid()


def _environment() -> tuple[str | None, str, str]:
    return os.environ.get("LEFT"), os.getcwd(), os.environ["FITSCRIBE_STORE"]


def _broken() -> None:
    raise Broken("on purpose")


def _dies() -> None:
    os._exit(3)


Ask = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    for part in (_pid, _kept, _left, _environment, _broken, _dies):

        def function(lab: Lab, part: Callable[[], Any] = part) -> None:
            lab.parts.bare(part)

        monkeypatch.setitem(CHECKS, part.__name__, Check(part.__name__, "", function, False, False, True))
    workplace = Workplace(lambda _: cast("Lab", NoLab()))
    asked: list[str] = []

    def one(part: Callable[[], Any], training: int = 0, shared: bool = True) -> Answer:
        asked.append(part.__name__)
        return workplace.make(Request(part.__name__, training, str(tmp_path / f"{len(asked)}"), shared, []))

    yield one
    workplace.close()


def test_parts_of_one_training_share_a_process(ask: Ask) -> None:
    first, second, other = ask(_pid), ask(_pid), ask(_pid, training=1)
    assert first == second != other
    assert os.getpid() not in (first.value, other.value)


def test_a_part_that_is_alone_shares_with_nobody(ask: Ask) -> None:
    shared = ask(_pid)
    assert len({shared, ask(_pid, shared=False), ask(_pid, shared=False)}) == 3
    assert ask(_pid) == shared


def test_environment_and_folder_are_as_before(ask: Ask, tmp_path: Path) -> None:
    assert ask(_kept) == ask(_pid)
    folder = str(tmp_path / "3")
    assert ask(_environment).value == (None, folder, os.path.join(folder, "store"))


@pytest.mark.parametrize("part", [_left, _broken, _dies])
def test_after_a_part_that_may_have_left_something_comes_another_process(
    ask: Ask, part: Callable[[], Any]
) -> None:
    before = ask(_pid)
    answer = ask(part)
    assert answer == before if part is _left else answer.kind == "broken"
    assert ask(_pid) != before
