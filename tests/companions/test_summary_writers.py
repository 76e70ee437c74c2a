"""What a script gives to a summary writer: torch's and that of tensorboardX, beside the run."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fitscribe
from fitscribe.tracking import reporting

HISTOGRAM = np.arange(10.0)
IMAGE = np.linspace(0.0, 1.0, 3 * 8 * 8).reshape(3, 8, 8)


def torchs(folder: Path) -> Any:
    pytest.importorskip("torch")
    pytest.importorskip("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder))


def tensorboardx(folder: Path) -> Any:
    return pytest.importorskip("tensorboardX").SummaryWriter(str(folder))


@pytest.fixture(params=[torchs, tensorboardx])
def make(request: Any, tmp_path: Path) -> Iterator[Any]:
    """Makes writers to folders of a name."""
    writers: list[Any] = []

    def writer(name: str = "logs") -> Any:
        writers.append(request.param(tmp_path / name))
        return writers[-1]

    yield writer
    for each in writers:
        each.close()


def series(run: Any, name: str) -> tuple[list[int], list[float]]:
    found = run.series(name)
    return [int(step) for step in found.steps], [float(value) for value in found.values]


def the_run() -> Any:
    (run,) = fitscribe.search_runs()
    return run


def trained(sgd: Any, times: int = 1) -> Any:
    for _ in range(times):
        sgd.partial_fit([[0.0], [1.0]], [0, 1], classes=[0, 1])
    return sgd


def model() -> Any:
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(random_state=0)


def scalars_in(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard itself reads."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]
    }


def test_scalars_at_the_steps_of_the_script(make: Any) -> None:
    writer, sgd = make(), model()
    for epoch in range(3):
        trained(sgd, 4)
        writer.add_scalar("loss/train", 1 / (epoch + 1), epoch)
        writer.add_scalar("acc", scalar_value=np.float32(0.5), global_step=np.int64(10 * epoch))
        writer.add_scalars("both", {"a": epoch, "b": 2.0}, epoch)
        assert writer.add_scalar("without a step", 1.0) is None
    run = the_run()
    assert series(run, "loss/train") == ([0, 1, 2], [1.0, 1 / 2, 1 / 3])
    assert series(run, "acc") == ([0, 10, 20], [0.5] * 3)
    assert series(run, "both/a") == ([0, 1, 2], [0.0, 1.0, 2.0]) and series(run, "both/b")[1] == [2.0] * 3
    assert series(run, "without a step") == ([4, 8, 12], [1.0] * 3)
    assert run.problems == [] and run.unseen == []


def test_what_the_writer_writes_is_as_it_was(make: Any, tmp_path: Path) -> None:
    def write(writer: Any) -> None:
        for step in range(5):
            writer.add_scalar("loss", 0.1 * step, step)
        writer.add_scalar("late", 1.0, 3, 1234.5)
        writer.close()

    with fitscribe.start_run():
        write(make("recorded"))
    fitscribe.disable()
    write(make("plain"))
    recorded = scalars_in(tmp_path / "recorded")
    assert recorded == scalars_in(tmp_path / "plain")
    assert [step for step, _ in recorded["loss"]] == list(range(5)) and recorded["late"] == [(3, 1.0)]


def test_two_writers_of_the_same_tags_are_kept_apart(make: Any) -> None:
    train, valid = make("train"), make("valid")
    with fitscribe.start_run():
        fitscribe.log_metric("acc", 0.0)
        for step in range(2):
            train.add_scalar("loss", 1.0, step)
            valid.add_scalar("loss", 2.0, step)
            valid.add_scalar("acc", 3.0, step)
    run = the_run()
    assert series(run, "loss") == ([0, 1], [1.0, 1.0]) and series(run, "valid/loss") == ([0, 1], [2.0, 2.0])
    assert series(run, "acc") == ([0], [0.0]) and series(run, "valid/acc") == ([0, 1], [3.0, 3.0])


def test_parameters_and_their_metrics(make: Any) -> None:
    writer, sgd = make(), model()
    trained(sgd)
    assert sgd.alpha == 0.0001
    hparams = {"batch": 32, "optimizer": "sgd", "alpha": 0.5, "eta0": sgd.eta0, "bias": True}
    writer.add_hparams(hparams, {"hparam/acc": 0.75}, global_step=7)
    run = the_run()
    assert {name: run.params[name] for name in ("batch", "optimizer", "bias")} == {
        "batch": 32,
        "optimizer": "sgd",
        "bias": True,
    }
    assert run.params["alpha"] == 0.0001 and run.params["hparams/alpha"] == 0.5
    assert "hparams/eta0" not in run.params
    assert series(run, "hparam/acc") == ([7], [0.75])


def test_texts_and_pictures_are_files_the_newest_of_each(make: Any) -> None:
    pytest.importorskip("PIL")
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    writer, other = make(), make("other")
    with fitscribe.start_run():
        for step in range(2):
            writer.add_text("notes/first", f"epoch {step}", step)
            writer.add_image("picture", IMAGE, step)
            figure = pyplot.figure(figsize=(1, 1))
            writer.add_figure("figure", figure, step)
        other.add_image("picture", IMAGE, 0)
    run = the_run()
    kinds = {each["name"]: each["kind"] for each in run.artifacts}
    assert kinds == {
        "notes/first.txt": "text",
        "picture.png": "figure",
        "figure.png": "figure",
        "other/picture.png": "figure",
    }
    assert (run.path / "artifacts" / "notes" / "first.txt").read_text() == "epoch 1"
    assert (run.path / "artifacts" / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_histograms_are_left_out_and_that_is_said_once(make: Any) -> None:
    writer = make()
    with fitscribe.start_run():
        for step in range(3):
            writer.add_histogram("weights", HISTOGRAM, step)
    (unseen,) = the_run().unseen
    assert unseen["what"] == "histograms of a summary writer" and the_run().metrics == {}


def test_what_goes_wrong_in_the_writer_is_the_scripts(make: Any) -> None:
    writer = make()
    with fitscribe.start_run():
        with pytest.raises((AssertionError, ValueError)) as caught:
            writer.add_scalar("two", np.zeros(2), 0)
        assert caught.value.__context__ is None
        with pytest.raises(TypeError):
            writer.add_hparams(None, {})
    assert the_run().metrics == {} and the_run().problems == []


def test_a_writer_opens_no_run_and_what_it_gets_before_one_is_kept_for_it(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_is_first", True)
    writer = make()
    writer.add_scalar("early", 0.5, 3)
    writer.add_hparams({"batch": 32}, {})
    assert len(fitscribe.search_runs()) == 0
    with fitscribe.start_run():
        writer.add_scalar("loss", 1.0, 4)
    run = the_run()
    assert series(run, "early") == ([3], [0.5]) and run.params["batch"] == 32
    writer.add_scalar("lost", 1.0)
    with fitscribe.start_run("second"):
        writer.add_scalar("loss", 1.0, 4)
    (second,) = (each for each in fitscribe.search_runs() if each.name == "second")
    assert "lost" not in second.metrics
    assert [each["what"] for each in second.unseen] == ["1 report of the script's"]


def test_the_methods_pickle_as_they_did(make: Any) -> None:
    kind = type(make())
    assert pickle.loads(pickle.dumps(kind.add_scalar)) is kind.add_scalar


def test_tensors(make: Any) -> None:
    torch = pytest.importorskip("torch")
    writer = make()
    with fitscribe.start_run():
        writer.add_scalar("loss", torch.tensor(0.5, requires_grad=True), torch.tensor(3))
        writer.add_scalars("both", {"a": torch.tensor([2.0])}, 1)
        writer.add_hparams({"lr": torch.tensor([0.25])}, {"acc": torch.tensor(0.75)})
    run = the_run()
    assert series(run, "loss") == ([3], [0.5]) and series(run, "both/a") == ([1], [2.0])
    assert run.params["lr"] == 0.25 and run.metrics["acc"] == 0.75


def test_a_number_on_a_device_is_the_one_that_the_writer_has_read(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    from fitscribe.tracking import scalars, summaries

    writer = make()
    tensor = torch.tensor(0.5)
    # As a tensor on a device is: reading it is not to be thought of.
    monkeypatch.setattr(summaries, "scalar", lambda value: None if value is tensor else scalars.scalar(value))
    with fitscribe.start_run():
        writer.add_scalar("loss", tensor, 3)
    assert series(the_run(), "loss") == ([3], [0.5])
