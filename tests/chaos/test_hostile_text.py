"""Texts of a store that would steer a terminal, a page, a spreadsheet or a typesetter steer nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.ui.conftest import serving

import fitscribe
from fitscribe.cli import main
from fitscribe.models import UntrustedModel
from fitscribe.reading import export, get_run, search_runs
from fitscribe.reading.latex import to_latex
from fitscribe.store import Store

from .hostile import MARKUP, STEER, artifact_event, hostile_bytes, model_event, run_of, write_raw

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|x",
    "-2+3+cmd|x",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("http://x")',
]


def hostile_run(store: Store, bad: str, run_id: str = "hostile") -> Path:
    """A run with `bad` in every place that a file can fill."""
    launch = store.launch_folder(run_id)
    launch.mkdir(parents=True)
    source = {
        "kind": bad,
        "path": bad,
        "module": bad,
        "argv": [bad, bad],
        "folder": bad,
        "git": {"branch": bad, "commit": bad, "remote": bad, "root": bad, "dirty": True, "untracked": [bad]},
    }
    (launch / "launch.json").write_text(
        json.dumps({"source": source, "host": {"name": bad}, "variables": {bad: bad}, "user": bad})
    )
    (launch / "environment.json").write_text(
        json.dumps(
            {
                "python": bad,
                "platform": bad,
                "distributions": {bad: bad},
                "gpus": [{"name": bad}],
                "cpu": {"model": bad},
            }
        )
    )
    folder = run_of(
        store,
        run_id,
        {
            "event": "params",
            "values": {bad: bad, "list": [bad], "dict": {bad: bad}, "r": {"$repr": [bad, bad]}},
        },
        {"event": "tags", "values": {bad: bad}},
        {"event": "notes", "text": bad},
        {"event": "facts", "values": {bad: bad, "early_stopping": {bad: bad}}},
        {
            "event": "dataset",
            "role": bad,
            "description": {"kind": bad, "name": bad, "columns": [bad], "dtypes": [bad], "shape": [1, 1]},
        },
        {
            "event": "signature",
            "signature": {"inputs": [{"name": bad, "type": bad}], "outputs": [{"name": bad, "type": bad}]},
        },
        {"event": "unseen", "what": bad, "why": bad},
        {"event": "problem", "where": bad, "error": bad},
        {"event": "lost", "points": 1, "why": bad},
        {"event": "coverage", "points": [{"id": bad, "state": bad, "reason": bad}]},
        {"event": "metrics", "first": 1, "names": [bad, f"train/{bad}"]},
        artifact_event(f"artifacts/{bad}", bad, bad),
        model_event("artifacts/model.pkl", "pickle", bad, type=bad, description={bad: bad}),
        {
            "event": "artifact",
            "name": f"test/{bad}",
            "kind": "confusion_matrix",
            "data": {"labels": [bad], "counts": [[1]]},
        },
        {
            "event": "artifact",
            "name": "lineage",
            "kind": "lineage",
            "data": {"nodes": [{"id": bad, "by": bad, "path": bad}]},
        },
        {
            "event": "artifact",
            "name": "structure",
            "kind": "structure",
            "data": {"steps": [{"path": bad, "name": bad, "class": bad}]},
        },
        {
            "event": "child",
            "id": f"{run_id}-child",
            "events": [{"event": "run", "name": bad}, {"event": "params", "values": {bad: bad}}],
        },
        {"event": "end", "status": "failed", "error": {"type": bad, "message": bad, "traceback": bad}},
        name=bad,
        experiment=bad,
        site=bad,
        launch=run_id,
        framework=bad,
        framework_version=bad,
        point=bad,
        host=bad,
    )
    writer = {"event": "writer", "format": 1, "host": bad, "boot": bad, "pidns": bad, "pid": 1, "start": 1}
    write_raw(folder, writer, {"event": "sealed"}, writer="w-evil-2-1-0")
    (folder / "w-evil-1-1-0.bin").write_bytes(
        b"".join(struct.pack("<qqdd", 1 + i % 2, i, 1.7e9 + i, float(i)) for i in range(8))
    )
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "model.pkl").write_bytes(b"x")
    return folder


# -- terminals

COMMANDS = (
    "ls",
    "ls --all",
    "ls --columns name,experiment,site,framework",
    "show hostile",
    "show hostile --full",
    "show other",
    "compare hostile other",
    "compare hostile other --all",
    "doctor --fast --full",
    "show nothing",
    "rm hostile-child",
    "ls --trash",
    "ls --filter name~'x'",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_steers_the_terminal(
    own_store: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(own_store)
    hostile_run(store, f"evil{STEER}name")
    hostile_run(store, f"other{STEER}name", "other")
    hostile_run(store, f"gone{STEER}name", "gone")
    store.trash(["gone"])
    main([*command.split(), "--store", str(store.root)])
    out, err = capsys.readouterr()
    assert out or err
    assert hostile_bytes(out + err) == [], command


def test_a_store_whose_path_steers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / f"evil{STEER}".replace("\r\n", ""))
    run_of(store, "run")
    for command in ("ls", "show run", "doctor --fast", "show nothing", "rm nothing", "purge --yes"):
        main([*command.split(), "--store", str(store.root)])
        out, err = capsys.readouterr()
        assert hostile_bytes(out + err) == [], command


def test_files_whose_names_steer(own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(own_store)
    folder = run_of(store, "run")
    bad = STEER.replace("\r\n", "")
    (folder / f"w-{bad}.jsonl").write_text("no json\n")
    launch = store.launch_folder("launch")
    launch.mkdir(parents=True)
    (launch / f"{bad}.json").write_text("no json")
    (launch / "launch.json").mkdir()
    for command in ("doctor --fast --full", "show run", "ls"):
        main([*command.split(), "--store", str(store.root)])
        out, err = capsys.readouterr()
        assert hostile_bytes(out + err) == [], command


def test_an_error_of_a_model_steers_no_terminal(own_store: Path) -> None:
    """A traceback shows its message as it is."""
    store = Store(own_store)
    bad = f"evil{STEER}"
    hostile_run(store, bad)
    run = get_run("hostile", store=store)
    errors = []
    for name in (bad, "other"):
        with pytest.raises((UntrustedModel, LookupError)) as caught:
            run.load_model(name)
        errors.append(str(caught.value))
    (store.run_folder("hostile") / "artifacts" / "model.pkl").rename(
        store.run_folder("hostile") / "artifacts" / "\x1b[2J.pkl"
    )
    run_of(store, "hostile", model_event("artifacts/\x1b[2J.pkl"), name=bad)
    with pytest.raises(UntrustedModel) as caught:
        get_run("hostile", store=store).load_model()
    assert all(hostile_bytes(each) == [] for each in [*errors, str(caught.value)])


def test_the_line_at_the_end_steers_no_terminal(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import fitscribe\n"
        f"bad = {STEER!r}\n"
        "with fitscribe.start_run('evil' + bad, experiment=bad) as run:\n"
        "    fitscribe.log_metric('train/' + bad, 1.0)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=True
    )
    assert "evil" in done.stderr and hostile_bytes(done.stderr) == []


# -- pages


class Elements(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def elements_of(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    return elements


def test_a_notebook_shows_text(own_store: Path) -> None:
    store = Store(own_store)
    hostile_run(store, MARKUP)
    hostile_run(store, f"{MARKUP} too", "other")
    runs = search_runs(store=store)
    for page in (runs[0]._repr_html_(), runs._repr_html_()):
        found = elements_of(page)
        assert (
            not found.tags & {"script", "img", "iframe", "a", "style"} and "onerror" not in found.attributes
        )
        assert "&lt;script&gt;" in page


def test_a_report_holds_data_alone(own_store: Path) -> None:
    from fitscribe.ui.report import report

    store = Store(own_store)
    hostile_run(store, MARKUP)
    run_of(store, "plain", name="plain")
    ours = elements_of(report(store, [get_run("plain", store=store)]))
    for runs in (["hostile"], ["hostile", "plain"]):
        page = report(store, [get_run(each, store=store) for each in runs])
        found = elements_of(page)
        assert found.tags == ours.tags and found.attributes == ours.attributes
        assert page.count("</script") == 2 and "default-src 'none'" in page.replace("&#x27;", "'")


# -- tables


def csv_cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_computes_nothing(own_store: Path, formula: str) -> None:
    pytest.importorskip("starlette")
    store = Store(own_store)
    events = [
        {"event": "params", "values": {formula: formula, "p": formula}},
        {"event": "tags", "values": {"t": formula}},
    ]
    run_of(store, "run", *events, name=formula, experiment=formula, framework=formula)
    texts = [export(search_runs(store=store), "csv"), search_runs(store=store).to_csv()]
    with serving(store) as (_, client):
        for parameters in (
            {"format": "csv"},
            {"format": "csv", "column": ["params.p", "name", "experiment", "tags.t"]},
            {"format": "csv", "by": ["params.p", "name"], "column": ["tags.t"]},
        ):
            answer = client.answer("export", **parameters)
            assert answer.status == 200, answer.content
            texts.append(answer.content.decode())
    for text in texts:
        cells = csv_cells(text)
        assert any(formula.strip() in cell for cell in cells)
        assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []


def test_a_table_of_numbers_stays_one_of_numbers(own_store: Path) -> None:
    store = Store(own_store)
    values = {
        "a": -1.5,
        "b": "-1e-3",
        "c": "+7",
        "d": "-inf",
        "e": float("-inf"),
        "f": "-",
        "g": "a=b",
        "h": -3,
    }
    with fitscribe.start_run("run", experiment="-0.5") as run:
        run.log_params(values)
        run.log_metric("loss", -2.0)
    (row,) = csv.DictReader(io.StringIO(export(search_runs(store=store), "csv")))
    assert {name: row[f"params.{name}"] for name in values} == {
        "a": "-1.5",
        "b": "-1e-3",
        "c": "+7",
        "d": "-inf",
        "e": "-inf",
        "f": "-",
        "g": "a=b",
        "h": "-3",
    }
    assert row["metrics.loss"] == "-2.0" and row["experiment"] == "-0.5"


_COMMAND = re.compile(r"\\([A-Za-z]+|.)")


def test_a_typesetter_runs_nothing(own_store: Path) -> None:
    store = Store(own_store)
    evil = r"\immediate\write18{rm -rf ~}\input{/etc/passwd}$x$&%#_^~{}|<>\\" + "\n\n\\end{tabular}"
    run_of(store, "run", {"event": "params", "values": {evil: evil, "a": evil}}, name=evil)
    run_of(store, "other", {"event": "params", "values": {evil: "x", "a": 1}}, name="x")
    table = to_latex(search_runs(store=store))
    assert "write18" in table
    known = {
        "begin",
        "end",
        "toprule",
        "midrule",
        "bottomrule",
        "textbackslash",
        "textasciitilde",
        "textasciicircum",
    }
    known |= {"textless", "textgreater", "textbar", "textquotedbl", "textbf", "\\"} | set("&%$#_{}")
    assert set(_COMMAND.findall(table)) <= known
    assert table.count("\\end{tabular}") == 1


def test_what_runs_say_reaches_json_as_it_is(own_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escaped for terminals and pages alone: programs read all of it."""
    store = Store(own_store)
    hostile_run(store, f"evil{STEER}{MARKUP}")
    assert main(["show", "hostile", "--json", "--store", str(store.root)]) == 0
    document: Any = json.loads(capsys.readouterr().out)
    assert f"evil{STEER}{MARKUP}" in document["params"]
