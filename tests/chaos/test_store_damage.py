"""Stores of which any file is torn, damaged, replaced or made up: whoever reads them sees the rest."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chaos.conftest import rounds
from tests.chaos.damaging import changed, copied, spoil
from tests.chaos.reading import by_browser, by_commands, by_python, command
from tests.ui.conftest import Client, serving

from fitscribe import start_run
from fitscribe.models import ModelNotLoadable, UntrustedModel
from fitscribe.reading import get_run, index, search_runs
from fitscribe.store import Store
from fitscribe.tracking import options_for

KINDS = {
    "lines": "runs/*/w-*.jsonl",
    "points": "runs/*/w-*.bin",
    "artifacts": "runs/*/artifacts/**/*",
    "launch": "launches/*/*",
    "trash": "trash/*/**/*",
}


pytestmark = pytest.mark.usefixtures("as_users_have_it")


@pytest.fixture
def as_users_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file says wrongly is no defect that is to surface."""
    monkeypatch.delenv("FITSCRIBE_RERAISE")


@pytest.fixture
def server(own_store: Path) -> Iterator[Client]:
    with serving(Store(own_store)) as (_, client):
        yield client


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_reads_a_damaged_store_sees_no_traceback(
    kind: str,
    recorded: Path,
    own_store: Path,
    server: Client,
    dice: random.Random,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dice.seed(f"{dice.random()} {kind}")
    store = Store(own_store)
    for number in range(rounds(3)):
        copied(recorded, own_store)
        files = sorted(path for path in own_store.glob(KINDS[kind]) if path.is_file())
        done = [spoil(dice, path) for path in dice.sample(files, min(len(files), dice.randint(1, 4)))]
        print(f"round {number}: {', '.join(done)}")
        by_python(store)
        by_browser(store, server)
        by_commands(store)
    assert "Traceback" not in capfd.readouterr().err


def test_a_model_that_was_changed_is_refused_and_says_so(
    recorded: Path, own_store: Path, dice: random.Random
) -> None:
    for _ in range(rounds(20)):
        copied(recorded, own_store)
        file = dice.choice(sorted(own_store.glob("runs/*/artifacts/**/model.pkl")))
        before = file.read_bytes()
        done = spoil(dice, file)
        run = get_run(next(part for part in file.parts if part in Store(own_store).run_ids()))
        (model,) = run.models
        if file.is_file() and file.read_bytes() == before:
            run.load_model(model["name"])
            continue
        with pytest.raises((UntrustedModel, ModelNotLoadable, OSError)) as refused:
            run.load_model(model["name"])
        assert str(refused.value), done


def test_what_is_said_of_a_model_is_signed_or_does_no_harm(
    recorded: Path, own_store: Path, dice: random.Random
) -> None:
    for _ in range(rounds(20)):
        copied(recorded, own_store)
        lines = dice.choice([*own_store.glob("runs/*/w-*-0.jsonl")])
        documents = [json.loads(line) for line in lines.read_text().splitlines()]
        documents = [changed(dice, each) if each["event"] == "model" else each for each in documents]
        lines.write_text("".join(json.dumps(document) + "\n" for document in documents))
        run = get_run(lines.parent.name)
        for model in run.models:
            with contextlib.suppress(UntrustedModel, ModelNotLoadable, LookupError, OSError):
                run.load_model(str(model["name"]))


def test_an_index_in_any_state_is_made_anew_or_done_without(
    recorded: Path, own_store: Path, dice: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_PATIENCE_S", 0.02)
    copied(recorded, own_store)
    store = Store(own_store)
    wanted = {run.id: run.metrics for run in search_runs()}
    path = index.index_file(store)
    for number in range(rounds(20)):
        holder, done = None, ""
        if path.is_dir():
            path.rmdir()
            search_runs()
        if number % 5 == 4:
            holder = sqlite3.connect(path, isolation_level=None)
            holder.execute("BEGIN EXCLUSIVE")
        elif path.is_file() and not path.is_symlink():
            done = spoil(dice, path)
            print(f"round {number}: {done}")
        found = {run.id: run.metrics for run in search_runs()}
        if done.startswith(("flip", "insert", "mix")):
            # SQLite has no checksums: another value where one was is not told from what was written.
            path.unlink(missing_ok=True)
        else:
            assert found == wanted, number
        assert command("ls", "--json")[0] == 0
        if holder is not None:
            holder.close()
        if path.is_symlink():
            path.unlink()
    assert {run.id: run.metrics for run in search_runs()} == wanted


OPTIONS = (
    b'[project]\nname = "x"\n[tool.fitscribe]\nmodels = true\nquiet = false\n# text\n'
    b'[tool.other]\nfitscribe = ["a", {b = 1}]\n'
)


def test_options_in_any_state_are_said_to_be_wrong_and_nothing_more(
    dice: random.Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(rounds(40)):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "pyproject.toml").write_bytes(OPTIONS)
        done = spoil(dice, folder / "pyproject.toml")
        monkeypatch.chdir(folder)
        said = ["fitscribe"]
        try:
            options_for()
        except ValueError as error:  # which stops a script at `autolog`, and names the place
            said.append(str(error))
        assert "fitscribe" in said[-1], done
        for arguments in (("ls",), ("ls", "--json")):
            command(*arguments)


def test_a_part_of_a_page_that_cannot_be_shown_costs_that_part(own_store: Path) -> None:
    with start_run("odd") as run:
        run.log_description({"container": "array", "classes": {"a": "many", "b": []}}, role="train")
        run.log_params({"C": 1.5})
        run.log_dict({"a": 1}, "settings")
    code, shown, _ = command("show", run.id)
    assert code == 0 and "the data cannot be shown" in shown
    assert "1.5" in shown and "settings.json" in shown
