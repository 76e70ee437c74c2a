from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

import fitscribe

pd = pytest.importorskip("pandas")


def test_an_artifact_that_cannot_be_made_is_noted_and_hurts_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Figure:
        def savefig(self, *_: object, **__: object) -> None:
            raise RuntimeError("no LaTeX here")

    with fitscribe.start_run() as run:
        run.log_figure(Figure(), "plot")
        run.log_metric("after", 1)
    read = fitscribe.get_run(run.id)
    assert read.metrics == {"after": 1.0} and not read.artifacts
    assert "no LaTeX here" in str(read.unseen)
    assert [path.name for path in (run.path / "artifacts").iterdir()] == []


def test_a_folder_that_holds_the_store_links_and_a_pipe(tmp_path: Path, own_store: Path) -> None:
    folder = tmp_path
    (folder / "file.txt").write_text("x")
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "dangling").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    with fitscribe.start_run() as run:
        run.log_artifact(folder, "all")
    kept = run.path / "artifacts" / "all"
    assert (kept / "file.txt").is_file() and (kept / "sub").is_dir()
    assert not (kept / own_store.name).exists() and not (kept / "sub" / "up").exists()
    read = fitscribe.get_run(run.id)
    assert "a part of artifact all" in str(read.unseen)
    assert [artifact["name"] for artifact in read.artifacts] == ["all"]


def devices(folder: Path) -> dict[str, str]:
    """Paths of what is no file, and what each is called."""
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    kinds = {"pipe": "a named pipe", "zero": "a character device", "socket": "a socket"}
    return {str(folder / name): kind for name, kind in kinds.items()}


def test_what_is_no_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    found = {**devices(Path(".")), "/dev/zero": "a character device"}
    with fitscribe.start_run() as run:
        for path, kind in found.items():
            with pytest.raises(
                ValueError, match=f"log_artifact takes a file or a folder, not {kind}: '{path}'"
            ):
                run.log_artifact(path)
    assert not fitscribe.get_run(run.id).artifacts and not (run.path / "artifacts").exists()


def test_what_is_no_file_in_a_folder_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("logs")
    folder.mkdir()
    (folder / "file.txt").write_text("x")
    found = devices(folder)
    with fitscribe.start_run() as run:
        run.log_artifact("logs")
    assert [path.name for path in (run.path / "artifacts" / "logs").iterdir()] == ["file.txt"]
    (said,) = fitscribe.get_run(run.id).unseen
    assert said["what"] == "a part of artifact logs"
    assert all(f"{Path(path).name} ({kind})" in said["why"] for path, kind in found.items())


def test_links_of_a_folder_are_followed_from_where_they_lie(own_store: Path, tmp_path: Path) -> None:
    # As in a cache of models, whose files are links to blobs elsewhere.
    snapshot = tmp_path / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "1").write_text("weights")
    (snapshot / "model").symlink_to("../../blobs/1")
    (snapshot / "gone").symlink_to("../../blobs/2")
    with fitscribe.start_run() as run:
        run.log_artifact(snapshot, "hf")
    assert (run.path / "artifacts" / "hf" / "model").read_text() == "weights"
    (said,) = fitscribe.get_run(run.id).unseen
    assert said["what"] == "a part of artifact hf" and "gone" in said["why"]


def test_a_linked_file_keeps_the_name_of_the_link(own_store: Path, tmp_path: Path) -> None:
    for name in ("train", "test"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_text(name)
        (tmp_path / f"{name}.csv").symlink_to(tmp_path / name / "data")
    with fitscribe.start_run() as run:
        run.log_artifact(tmp_path / "train.csv")
        run.log_artifact(tmp_path / "test.csv")
    kept = run.path / "artifacts"
    assert (kept / "train.csv").read_text() == "train" and (kept / "test.csv").read_text() == "test"


def test_names_that_are_no_text_are_refused(own_store: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with fitscribe.start_run() as run:
        for log in (
            lambda: run.log_model({}, 3),
            lambda: run.log_artifact(tmp_path / "file", 3),
            lambda: run.log_dataset([1], role=3),
            lambda: run.log_dataset("train", [1]),
        ):
            with pytest.raises(TypeError, match="names are non-empty strings"):
                log()
    assert not fitscribe.get_run(run.id).damage


@pytest.mark.parametrize("inner", ["", "runs", "own"])
def test_a_folder_that_is_the_store_or_lies_in_it(own_store: Path, inner: str) -> None:
    with fitscribe.start_run() as before:
        before.log_text("x", "note")
    with fitscribe.start_run() as run:
        run.log_text("y", "own")
        run.log_artifact(run.path if inner == "own" else own_store / inner, "copy")
    copied = [path for path in (run.path / "artifacts" / "copy").rglob("*") if path.is_file()]
    assert copied and not any(
        "copy" in path.relative_to(run.path / "artifacts" / "copy").parts for path in copied
    )
    assert any(path.name == ("own.txt" if inner == "own" else "note.txt") for path in copied)


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (pd.DataFrame({"a": [1, None]}), ["a", "1.0", "nan"]),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a,a", "1,2"]),
        (pd.DataFrame({"v": [1]}, index=pd.Index(["p"], name="k")), ["k,v", "p,1"]),
        (
            pd.DataFrame({"g": [1, 1], "v": [1, 3]}).groupby("g").agg({"v": ["min", "max"]}),
            ["g,v/min,v/max", "1,1,3"],
        ),
        ([{"a": 1}, {"b": 2}], ["a,b", "1,", ",2"]),
        ({}, [""]),
        ([], [""]),
    ],
)
def test_tables(table: Any, lines: list[str]) -> None:
    with fitscribe.start_run() as run:
        run.log_table(table, "t")
    assert (run.path / "artifacts" / "t.csv").read_text().splitlines() == lines


def test_columns_of_different_lengths_are_refused() -> None:
    with fitscribe.start_run() as run, pytest.raises(TypeError, match="different lengths"):
        run.log_table({"a": [1], "b": []}, "t")


def test_a_dataset_is_described_not_kept() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_dataset(pd.DataFrame({"a": [1, 2]}), "iris", role="valid", target=["x", "y"])
    (dataset,) = fitscribe.get_run(run.id).datasets
    assert dataset["role"] == "valid"
    assert "iris" in str(dataset) and "fingerprint" in str(dataset) and "classes" in str(dataset)


def test_each_group_says_what_it_cost_and_what_was_watched() -> None:
    fitscribe.autolog()
    try:
        with fitscribe.start_run() as run:
            run.log_param("a", 1)
    finally:
        fitscribe.disable()
    read = fitscribe.get_run(run.id)
    assert read.cost is not None and read.coverage


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("lr=0.1", "lr=0.1.png"),
        ("v1.2", "v1.2.png"),
        ("loss.final", "loss.final.png"),
        ("plot", "plot.png"),
        ("plot.svg", "plot.svg"),
        ("plot.PDF", "plot.PDF"),
    ],
)
def test_a_figure_ends_in_a_format_of_matplotlib(name: str, kept: str) -> None:
    figures = pytest.importorskip("matplotlib.figure")
    with fitscribe.start_run() as run:
        fitscribe.log_figure(figures.Figure(), name)
    read = fitscribe.get_run(run.id)
    assert not read.unseen and [each["name"] for each in read.artifacts] == [kept]
    assert (run.path / "artifacts" / kept).stat().st_size


def test_what_follows_a_decimal_point_is_no_ending() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_table({"a": [1]}, "lr=0.1")
        fitscribe.log_text("", "v1.2")
        fitscribe.log_text("", "notes.md")
    names = [each["name"] for each in fitscribe.get_run(run.id).artifacts]
    assert names == ["lr=0.1.csv", "v1.2.txt", "notes.md"]


def test_what_is_missing_in_a_table_is_no_text() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", None, float("nan")],
            "string": pd.Series(["b", pd.NA, "c"], dtype="string"),
            "count": pd.Series([1, pd.NA, 3], dtype="Int64"),
            "day": pd.to_datetime(["2020-01-02", None, "2020-01-03"]),
            "kind": pd.Categorical(["x", None, "y"]),
            "loss": [0.5, float("nan"), 1.0],
            "yes": [True, False, True],
        }
    )
    with fitscribe.start_run() as run:
        run.log_table(frame, "frame")
        run.log_table(frame[[]], "empty")
        run.log_table(frame[["text"]].set_index([["i", "j", "k"]]), "indexed")
    kept = {path.name: path.read_text() for path in (run.path / "artifacts").iterdir()}
    assert kept["frame.csv"].splitlines() == [
        "text,string,count,day,kind,loss,yes",
        "a,b,1,2020-01-02 00:00:00,x,0.5,True",
        ",,,,,nan,False",
        ",c,3,2020-01-03 00:00:00,y,1.0,True",
    ]
    assert kept["indexed.csv"].splitlines() == [",text", "i,a", "j,", "k,"]
    assert len(kept["empty.csv"].splitlines()) == 4
