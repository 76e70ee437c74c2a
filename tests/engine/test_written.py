"""What the user wrote for an argument: the text at the call, and nothing where that cannot be told."""

from __future__ import annotations

import functools
import linecache
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fitscribe.engine import written

Texts = list[tuple[str | None, str | None]]


class Script:
    """Lines of a script that train, and the text of the first two arguments of each training."""

    def __init__(self, fake: Any, path: Path, knows_columns: bool) -> None:
        self.knows_columns = knows_columns
        self.before: Texts = []
        self.after: Texts = []
        self.last: Any = None
        self._path = path
        fake.switch_on(
            fake.point("core:train", self._observer("params", "rounds")),
            fake.point("core:Base", self._observer("X", "sample_weight"), id="fit", methods=["fit"]),
        )
        self._core = fake.load("core")

    def _observer(self, *parameters: str) -> Any:
        def observer(call: Any) -> Iterator[None]:
            self.before.append(tuple(map(call.written, parameters)))  # type: ignore[arg-type]
            yield
            self.after.append(tuple(map(call.written, parameters)))  # type: ignore[arg-type]
            self.last = call

        return observer

    def run(self, lines: str, **names: Any) -> Texts:
        """Run it; `train`, `Tree` and the parameters `p` are there already."""
        self.before.clear()
        self.after.clear()
        self._path.write_text(textwrap.dedent(lines))
        linecache.checkcache(str(self._path))
        code = compile(self._path.read_text(), str(self._path), "exec")
        exec(code, {"train": self._core.train, "core": self._core, "Tree": self._core.Tree, "p": {}, **names})
        assert self.before == self.after
        return list(self.before)


@pytest.fixture(params=["columns", "lines"])
def script(request: Any, fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    if request.param == "lines":
        monkeypatch.setattr(written, "_exactly", lambda frame: None)
    elif sys.version_info < (3, 11):
        pytest.skip("instructions know their columns from Python 3.11 on")
    monkeypatch.setattr(written, "_known", {})
    return Script(fake, tmp_path / "script.py", request.param == "columns")


def test_text_of_each_argument(script: Script) -> None:
    assert script.run("train(p)") == [("p", None)]
    assert script.run("train({'a': 1}, rounds=len(p) + 1)") == [("{'a': 1}", "len(p) + 1")]
    assert script.run("x = [core.train(rounds=2, params=p)]") == [("p", "2")]
    assert script.run("for i in range(2):\n    train(p, i)\n") == [("p", "i")] * 2
    assert script.last.written("params") is None  # it has ended


def test_call_over_several_lines(script: Script) -> None:
    lines = """
    print(
        train(
            # train(nothing)
            {"ä": (1,
                   2)},  # a comment
            rounds=core
            .Base.__name__.count("B"),
        )
    )
    """
    found = script.run(lines)
    assert found == [('{"ä": (1,\n               2)}', 'core\n        .Base.__name__.count("B")')]


def test_what_cannot_be_told_is_nothing(script: Script) -> None:
    assert script.run("train(*[p, 1])") == [(None, None)]
    assert script.run("train(*[p], rounds=1)") == [(None, "1")]
    assert script.run("train(**{'params': p})") == [(None, None)]
    assert script.run("list(map(train, [p]))") == [(None, None)]
    assert script.run("short(2)", short=functools.partial(script._core.train, {})) == [(None, None)]
    assert script.run(f"train({'p or ' * 50}p, 1)") == [(None, "1")]
    assert script.run("def tool(*args):\n    return train(*args)\ntool(p)") == [(None, None)]


def test_two_calls_on_a_line_need_columns(script: Script) -> None:
    expected: Texts = [("p", "1"), ("{}", "2")] if script.knows_columns else [(None, None)] * 2
    assert script.run("train(p, 1), train({}, 2)") == expected


def test_another_name_of_the_scripts(script: Script) -> None:
    expected: Texts = [("p", "3")] if script.knows_columns else [(None, None)]
    assert script.run("t = train\nt(p, 3)") == expected


def test_methods(script: Script) -> None:
    assert script.run("model = Tree()\nmodel.fit(p, sample_weight=None)") == [("p", "None")]
    if script.knows_columns:  # before Python 3.11 the line is that of the instance
        assert script.run("(Tree()\n .fit(X=p))") == [("p", None)]
    assert script.run("Tree.fit(Tree(), p)") == [("p", None)]
    assert script.run("model = Tree()\nlist(map(model.fit, [p]))") == [(None, None)]


def test_source_that_is_gone_or_another_by_now(script: Script, tmp_path: Path) -> None:
    code = compile("train(p, 1)", str(tmp_path / "nowhere.py"), "exec")
    exec(code, {"train": script._core.train, "p": {}})
    path = tmp_path / "edited.py"
    path.write_text("if True:\n    pass  # it was shorter\n")
    exec(compile("if True:\n    train(p, 1)", str(path), "exec"), {"train": script._core.train, "p": {}})
    assert script.before == [(None, None)] * 2


def test_what_is_kept_is_bounded(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "_MOST_KEPT", 3)
    for number in range(5):
        assert script.run(f"train(p, {number})") == [("p", str(number))]
    assert len(written._known) <= 3


@pytest.mark.parametrize("by_columns", [True, False])
def test_what_a_method_was_called_on(
    by_columns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not by_columns:
        monkeypatch.setattr(written, "_exactly", lambda frame: None)
    elif sys.version_info < (3, 11):
        pytest.skip("instructions know their columns from Python 3.11 on")
    monkeypatch.setattr(written, "_known", {})
    receivers: list[str | None] = []

    class Metric:
        def compute(self) -> float:
            call = written.call_in(sys._getframe(1), "compute")
            receivers.append(None if call is None else call.receiver)
            return 1.0

    path = tmp_path / "script.py"
    path.write_text("acc.compute()\nprint(2 * model.acc.compute())\nnamed['acc'].compute()\ncompute(acc)\n")
    names = {
        "acc": Metric(),
        "model": SimpleNamespace(acc=Metric()),
        "named": {"acc": Metric()},
        "compute": Metric.compute,
    }
    exec(compile(path.read_text(), str(path), "exec"), names)
    # Before Python 3.11 only plain names are known to belong to a call.
    assert receivers == ["acc", "model.acc", "named['acc']" if by_columns else "", ""]
