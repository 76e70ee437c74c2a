"""A process that was put into a state once gives that state to each request, and no other to forks of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fitscribe.testing.forks import Answer, Broken, Unfit, apart
from fitscribe.testing.parts import Wanted, wanted
from fitscribe.testing.templates import Template

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@contextmanager
def _template(prepare: Callable[[], Callable[[Any], Any]]) -> Iterator[Template]:
    def forking() -> Callable[[Any], Answer]:
        answer = prepare()
        return lambda request: Answer.of(lambda: apart(lambda: answer(request)))

    template = Template(forking, patience_s=30.0)
    try:
        yield template
    finally:
        template.close()


def _counting() -> Callable[[Any], Any]:
    seen: list[Any] = ["prepared"]

    def answer(request: Any) -> Any:
        seen.append(request)
        return seen, os.getpid()

    return answer


def test_nothing_of_one_request_is_left_for_the_next() -> None:
    with _template(_counting) as template:
        (first, one), (second, other) = (template.ask(request).take() for request in "ab")
    assert (first, second) == (["prepared", "a"], ["prepared", "b"])
    assert len({one, other, os.getpid()}) == 3


def _ending(request: str) -> Any:
    if request == "exits":
        os._exit(3)
    if request == "kills":
        os.kill(os.getppid(), signal.SIGKILL)
    if request == "raises":
        raise ZeroDivisionError
    return request


@pytest.mark.parametrize(("request_", "told"), [("exits", "died"), ("raises", "ZeroDivisionError")])
def test_a_request_that_breaks_leaves_the_next_alone(request_: str, told: str) -> None:
    with _template(lambda: _ending) as template:
        answer = template.ask(request_)
        assert answer.kind == "broken" and told in answer.value
        assert template.ask("fine") == ("returned", "fine")


def test_no_request_is_answered_after_the_process_died() -> None:
    with _template(lambda: _ending) as template:
        assert template.ask("kills").kind == "broken"
        assert template.ask("fine").kind == "broken"


@pytest.mark.parametrize(
    ("error", "kind"), [(Unfit("a"), "unfit"), (Broken("a"), "broken"), (KeyError("a"), "broken")]
)
def test_what_the_preparation_raises_is_the_answer_to_each_request(error: Exception, kind: str) -> None:
    def prepare() -> Callable[[Any], Any]:
        raise error

    with _template(prepare) as template:
        assert [template.ask(number).kind for number in range(2)] == [kind, kind]


def test_the_part_that_is_wanted_is_found_by_the_answers_before_it() -> None:
    def check(parts: Wanted) -> Any:
        first = parts.active(lambda: "first")
        try:
            parts.bare(lambda: "never made")
        except Broken as failure:
            message = str(failure)
        return parts.active(lambda: (first, message))

    given = [Answer("returned", "given"), Answer("broken", "told")]
    assert wanted(lambda: check(Wanted([])))() == "first"
    assert wanted(lambda: check(Wanted(given)))() == ("given", "told")
    with pytest.raises(LookupError, match="another course"):
        wanted(lambda: check(Wanted([*given, Answer("returned", "the last")])))
