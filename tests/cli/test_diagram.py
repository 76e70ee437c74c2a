"""`fitscribe show --diagram`: the HTML in which a model shows itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe
from fitscribe import models
from fitscribe.cli.diagram import _drawn
from fitscribe.models import Models


def _shown(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fitscribe.cli", "show", "latest", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
    )


def test_the_diagram_of_a_pipeline(own_store: Path, tmp_path: Path) -> None:
    with fitscribe.start_run("fit"):
        fitscribe.log_model(make_pipeline(StandardScaler(), Ridge(alpha=0.25)).fit([[0.0], [1.0]], [0, 1]))
    done = _shown("--diagram", "steps.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "steps.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "StandardScaler" in page and "alpha=0.25" in page


def test_a_run_without_a_model(own_store: Path, tmp_path: Path) -> None:
    with fitscribe.start_run("empty"):
        fitscribe.log_param("a", 1)
    done = _shown("--diagram", "steps.html", cwd=tmp_path)
    assert done.returncode == 1 and "No diagram of" in done.stderr and "model" in done.stderr
    assert not (tmp_path / "steps.html").exists()


def test_a_model_that_has_none(own_store: Path, tmp_path: Path) -> None:
    with fitscribe.start_run("dict"):
        fitscribe.log_model({"weights": [1.0]})
    done = _shown("--diagram", "steps.html", cwd=tmp_path)
    assert done.returncode == 1 and "dict has none" in done.stderr


def test_a_model_of_somebody_elses_is_not_loaded(
    own_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fitscribe.start_run("fit"):
        fitscribe.log_model(Ridge())
    monkeypatch.setenv("FITSCRIBE_KEY", "another key, of somebody else")
    done = _shown("--diagram", "steps.html", cwd=tmp_path)
    assert done.returncode == 1 and "trust=True" in done.stderr
    assert not (tmp_path / "steps.html").exists()


def test_a_file_that_cannot_be_written(own_store: Path, tmp_path: Path) -> None:
    with fitscribe.start_run("fit"):
        fitscribe.log_model(Ridge())
    done = _shown("--diagram", "missing/steps.html", cwd=tmp_path)
    assert done.returncode == 1 and "not written" in done.stderr


def test_the_integration_of_the_framework_draws_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        models, "models_of", lambda framework: Models(diagram=lambda model: f"<p>{framework}")
    )
    assert _drawn(Ridge()) == "<p>sklearn"
    monkeypatch.setattr(models, "models_of", lambda framework: Models(diagram=lambda model: ""))
    assert "Ridge" in _drawn(Ridge())
