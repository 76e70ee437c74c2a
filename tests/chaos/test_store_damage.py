"""Stores of which any file is torn, damaged, replaced or made up: whoever reads them sees the rest."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chaos.conftest import rounds
from tests.chaos.damaging import copied, spoil
from tests.chaos.reading import by_browser, by_commands, by_python
from tests.ui.conftest import Client, serving

from fitscribe.store import Store

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
