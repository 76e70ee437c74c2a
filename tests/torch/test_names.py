"""What the script calls a loss and the data of a pass."""

from __future__ import annotations

import gc
import linecache
import sys
import textwrap
import warnings
import weakref
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from fitscribe.engine import statements
from fitscribe_torch import names
from fitscribe_torch.names import name_of_value
from fitscribe_torch.roles import own_name, role_in, role_of, role_of_loss


class Loss:
    """A value that can be computed with, and that takes note of what it is called."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def backward(self, *args: Any, **kwargs: Any) -> None:
        self.script.found.append(name_of_value(sys._getframe(1)))

    def same(self, *args: Any, **kwargs: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = same
    item = mean = sum = detach = scale = same


class Script:
    """Lines of a script, and what each of their losses is called."""

    def __init__(self, path: Path) -> None:
        self.found: list[str] = []
        self._path = path

    def criterion(self, *args: Any, **kwargs: Any) -> Loss:
        self.found.append(name_of_value(sys._getframe(1)))
        return Loss(self)

    def backward(self, *args: Any, **kwargs: Any) -> None:
        self.found.append(name_of_value(sys._getframe(1)))

    def __call__(self, lines: str, **more: Any) -> list[str]:
        """Run them; a loss of any name is there, and so are criteria."""
        self.found.clear()
        self._path.write_text(textwrap.dedent(lines))
        linecache.checkcache(str(self._path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(self._path.read_text(), str(self._path), "exec")
        loss, criterion = Loss(self), self.criterion
        engine = type(
            "Engine", (), {"backward": staticmethod(self.backward), "scale": staticmethod(lambda x: x)}
        )
        known = dict.fromkeys(
            "loss loss_d loss_a loss_b y z accum weight total test_loss losses out".split(), loss
        )
        known |= {"criterion": criterion, "mse": criterion, "bce": criterion, "np": None, "f": lambda x: x}
        known |= {
            "accelerator": engine,
            "fabric": engine,
            "autograd": engine,
            "scaler": engine,
            "back": self.backward,
        }
        exec(code, {"__name__": "script", **known, **more})
        return list(self.found)


@pytest.fixture(params=["columns", "lines"])
def script(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    if request.param == "lines":
        monkeypatch.setattr(statements, "_end_of_instruction", lambda frame: None)
    elif sys.version_info < (3, 11):
        pytest.skip("instructions know their columns from Python 3.11 on")
    monkeypatch.setattr(names, "known_names", {})
    return Script(tmp_path / "script.py")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("loss.backward()", "loss"),
        ("loss_d.backward(retain_graph=True)", "loss_d"),
        ("(loss_d / accum).backward()", "loss_d"),
        ("(0.5 * loss_d).backward()", "loss_d"),
        ("(y * loss_d).backward()", "loss_d"),
        ("(loss_a * loss_b).backward()", "loss"),
        ("(loss_a + 0.5 * loss_b).backward()", "loss"),
        ("(-loss_a).backward()", "loss"),
        ("loss_d.mean().backward()", "loss_d"),
        ("scaler.scale(loss_d).backward()", "loss_d"),
        ("scaler.scale(loss_d / accum).backward()", "loss_d"),
        ("accelerator.backward(loss_d)", "loss_d"),
        ("fabric.backward(y)", "y"),
        ("autograd.backward([loss_d])", "loss_d"),
        ("autograd.backward(tensors=loss_d)", "loss_d"),
        ("autograd.backward([loss_a, loss_b])", "loss"),
        ("y.backward(z)", "y"),
        ("f(loss_d).backward()", "loss"),
        ("if loss: loss_d.backward(); y = 1", "loss_d"),
    ],
)
def test_what_backward_is_called_on(script: Script, line: str, name: str) -> None:
    assert script(line) == [name]


def test_attributes_and_keys_are_names(script: Script) -> None:
    loss = Loss(script)
    state = type("State", (), {"loss_g": loss})
    assert script("state.loss_g.backward()", state=state) == ["loss_g"]
    assert script("parts['d'].backward()", parts={"d": loss}) == ["d"]
    assert script("parts[0].backward()", parts=[loss]) == ["parts"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("val_loss = criterion(out, y)", "val_loss"),
        ("val_loss: object = criterion(out, y)", "val_loss"),
        ("val_loss = criterion(f(out), f(y)).item()", "val_loss"),
        ("val_loss = criterion(out, y) / accum", "val_loss"),
        ("float = f; val_loss = float(criterion(out, y))", "val_loss"),
        ("val_loss = scaler.scale(criterion(out, y))", "val_loss"),
        ("kept = {}; kept['d'] = criterion(out, y)", "d"),
        ("kept = {'d': criterion(out, y)}", "d"),
        ("f(val_loss := criterion(out, y))", "val_loss"),
        ("total += criterion(out, y).item() * f(3)", "loss"),
        ("test_loss += criterion(out, y).item()", "test_loss"),
        ("val_loss = criterion(out, y) + 0.1 * z", "loss_out"),
        ("val_loss = 10 * criterion(out, y)", "loss_out"),
        ("val_loss = criterion(out, y) * f(3)", "val_loss"),
        ("val_loss = sum(criterion(o, y) for o in [out])", "loss_o"),
        ("val_loss = z + mse(out, y)", "mse"),
        ("[].append(criterion(out, y).item())", "loss"),
        ("criterion(out, y)", "loss"),
        ("a = f(mse(out, y))", "loss"),
    ],
)
def test_what_a_computed_loss_is_called(script: Script, line: str, name: str) -> None:
    assert script(line) == [name]


def test_backward_on_what_a_criterion_returns(script: Script) -> None:
    assert script("criterion(out, y).backward()")[-1] == "loss"


def test_two_criteria_in_a_statement_are_told_apart(script: Script) -> None:
    if sys.version_info < (3, 11) or statements._end_of_instruction(sys._getframe()) is None:
        pytest.skip("two calls on a line are told apart by columns")
    assert script("loss = mse(out, y) + 0.1 * bce(out, y)") == ["mse", "bce"]
    assert script("a, b = mse(out, y), bce(out, y)") == ["a", "b"]


def test_what_is_returned_has_the_name_it_gets_outside(script: Script) -> None:
    lines = """
    def compute(out):
        return criterion(
            out,
            y,
        )

    class Step:
        def run(self, out):
            return compute(out)

    def assigned(out):
        inner = criterion(out, y)
        return inner

    val_loss = Step().run(out)
    other = assigned(out)
    inline = lambda: criterion(out, y)
    short = inline()
    """
    assert script(lines) == ["val_loss", "inner", "short"]


def test_statements_of_any_shape(script: Script) -> None:
    lines = r'''
text = """
no code
"""
pattern = "\d+"
if text:
    for epoch in range(1):
        val_loss = (
            criterion(out, "ä", # a comment )
                      y)
        )
        loss_d.backward(
        )
else:
    pass

def string_at_the_edge():
    text = """
no code
"""
    aux_loss = criterion(out, y)

async def later():
    late_loss = criterion(out, y)

try: string_at_the_edge(); later().send(None)
except StopIteration: pass
'''
    assert script(lines) == ["val_loss", "loss_d", "aux_loss", "late_loss"]


def test_without_source_the_name_is_neutral(script: Script, tmp_path: Path) -> None:
    exec("val_loss = criterion(1, 2)", {"criterion": script.criterion})
    code = compile("val_loss = criterion(1, 2)", str(tmp_path / "nowhere.py"), "exec")
    exec(code, {"criterion": script.criterion})
    edited = tmp_path / "edited.py"
    edited.write_text("x = 1\ny = 2\n")
    exec(compile("val_loss = criterion(1, 2)", str(edited), "exec"), {"criterion": script.criterion})
    (tmp_path / "broken.py").write_text("val_loss = criterion(1, 2) )\n")
    exec(
        compile("val_loss = criterion(1, 2)", str(tmp_path / "broken.py"), "exec"),
        {"criterion": script.criterion},
    )
    assert script.found == ["loss"] * 4


def test_cells_of_a_notebook_have_names(script: Script) -> None:
    source = "val_loss = criterion(1, 2)\n"
    linecache.cache["<ipython-input-1>"] = (len(source), None, [source], "<ipython-input-1>")
    try:
        exec(compile(source, "<ipython-input-1>", "exec"), {"criterion": script.criterion})
    finally:
        del linecache.cache["<ipython-input-1>"]
    assert script.found == ["val_loss"]


def test_frames_of_libraries_pass_the_loss_on(script: Script) -> None:
    library = {"__name__": "torch.nn.modules.module", "criterion": script.criterion}
    exec("def forward():\n    result = criterion()\n    return result", library)
    assert script("val_loss = forward()", forward=library["forward"]) == ["val_loss"]


def test_the_source_is_looked_at_once(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[FrameType] = []
    monkeypatch.setattr(
        names,
        "going_on",
        lambda frame, likely: looked.append(frame) or statements.going_on(frame, likely),  # type: ignore[func-returns-value]
    )
    assert script("for _ in range(5):\n    loss_d.backward()") == ["loss_d"] * 5
    assert len(looked) == 1


def test_code_is_not_kept_alive_and_not_mistaken(script: Script) -> None:
    names_: dict[str, Any] = {"criterion": script.criterion}
    exec("def f():\n    val_loss = criterion()", names_)
    names_["f"]()
    code = weakref.ref(names_.pop("f").__code__)
    gc.collect()
    assert code() is None
    # Another code object may get the identity of the one that is gone.
    key = next(iter(names.known_names))
    assert names.known_names[key][0]() is None


def test_what_is_kept_is_bounded(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_MOST_KEPT", 3)
    assert script("\n".join(["loss_d.backward()"] * 8)) == ["loss_d"] * 8
    assert len(names.known_names) <= 3


def test_no_frame_no_name() -> None:
    assert name_of_value(None) == "loss"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *dict.fromkeys(
            ["val_loader", "valid_dl", "dev_loader", "eval_dataloader", "validation"], "valid"
        ).items(),
        *dict.fromkeys(
            ["loaders['val']", "self.val_dl", "enumerate(val_loader)", "dls.valid"], "valid"
        ).items(),
        *dict.fromkeys(["valLoader", "DataLoader(val_set, 32)", "val_loader_2", "X_val"], "valid").items(),
        *dict.fromkeys(
            ["testloader", "test_dataloader", "data['test'].loader", "holdout_dl"], "test"
        ).items(),
        *dict.fromkeys(["train_loader", "self.trainloader", "train_eval_loader"], "train").items(),
        *dict.fromkeys(
            ["loader", "self.loader", "loaders[phase]", "loader2", "", "self.trainer.loader"], "eval"
        ).items(),
        ("ood_loader", "ood"),
        ("loaders['ood']", "ood"),
        ("latest_loader", "latest"),
        ("data.contest_iter", "contest"),
        ("validation set", "valid"),
    ],
)
def test_role_of_a_loader(name: str, role: str) -> None:
    assert role_of(name) == role


def test_own_names_tell_loaders_of_one_role_apart() -> None:
    assert own_name("val_loader_b") == "val_b"
    assert own_name("self.val_dl") == "val"
    assert own_name("loader") == "eval"


def test_roles_that_names_of_losses_tell() -> None:
    assert [role_of_loss(name) for name in ("val_loss", "loss_test", "loss", "loss_d", "mse")] == [
        "valid",
        "test",
        "eval",
        "eval",
        "eval",
    ]


def test_role_of_a_parameter_is_told_by_the_caller(script: Script) -> None:
    found: list[str] = []

    def iterate(name: str) -> None:
        found.append(role_in(sys._getframe(1), name))

    def decorated(function: Any) -> Any:  # as torch.no_grad() is
        library: dict[str, Any] = {"__name__": "torch.utils._contextlib", "function": function}
        exec("def inner(*args, **kwargs):\n    return function(*args, **kwargs)", library)
        return library["inner"]

    lines = """
    @decorated
    def evaluate(model, loader):
        iterate("loader")

    class Trainer:
        def run_epoch(self, data, loader=None):
            iterate("loader")

        def score(self, loader):
            self.run_epoch(
                1, loader=loader)

    def test(loader):
        iterate("loader")

    def main(loader):
        iterate("loader")
        iterate("val_loader")

    evaluate(None, test_loader)
    evaluate(None, loader=loaders["val"])
    evaluate(None, loader)
    Trainer().run_epoch(1, test_loader)
    Trainer().score(test_loader)
    test(loader)
    test(val_loader)
    list(map(main, [1]))
    iterate("loader")
    """
    script(
        lines, decorated=decorated, iterate=iterate, loaders={"val": 1}, loader=1, test_loader=1, val_loader=1
    )
    assert found == ["test", "valid", "valid", "test", "test", "test", "valid", "eval", "valid", "eval"]
