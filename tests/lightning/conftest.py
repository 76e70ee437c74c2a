"""Small modules and data for both of Lightning's packages, and runs of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

import fitscribe

Runs = Callable[[], list[Any]]

PACKAGES = {"lightning": "lightning.pytorch", "pytorch_lightning": "pytorch_lightning"}
SILENT = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
# What Lightning, and what it brings, warn of with newer neighbours; and that these trainings are tiny.
IGNORED = (
    "ignore:.*pkg_resources.*",
    "ignore:.*does not have many workers.*",
    "ignore:.*is smaller than the logging interval.*",
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::UserWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for line in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(params=list(PACKAGES))
def pl(request: pytest.FixtureRequest) -> Any:
    """The package of the trainer."""
    torch.set_num_threads(1)
    pytest.importorskip(request.param)
    return importlib.import_module(PACKAGES[request.param])


@pytest.fixture
def runs(pl: Any, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record the package during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    root = pl.__name__.partition(".")[0]
    fitscribe.autolog(root)
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    fitscribe.disable(root)


@pytest.fixture
def only_run(runs: Runs) -> Callable[[], Any]:
    """The one run that the test has made."""

    def find() -> Any:
        (run,) = runs()
        return run

    return find


@pytest.fixture
def trainer(pl: Any, tmp_path: Path) -> Callable[..., Any]:
    """Make a trainer that says nothing, and writes below the folder of the test."""

    def make(**settings: Any) -> Any:
        given = {"max_epochs": 2, "logger": False, "enable_checkpointing": False, **SILENT, **settings}
        return pl.Trainer(default_root_dir=tmp_path, **given)

    return make


@pytest.fixture
def csv_logger(pl: Any, tmp_path: Path) -> Any:
    """A logger of Lightning's own, which is the truth of what was logged."""
    return importlib.import_module(f"{pl.__name__}.loggers").CSVLogger(tmp_path / "csv")
