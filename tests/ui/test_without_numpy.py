"""What draws with NumPy, where it is not installed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.reading.conftest import write_run

from fitscribe.store import Store

from .conftest import Client

HIDDEN = "import sys; sys.modules['numpy'] = None\n"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", f"{HIDDEN}from fitscribe.cli import main; sys.exit(main({arguments!r}))"]


def report(run: str, target: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("report", run, "-o", str(target)), capture_output=True, text=True, check=False
    )


def test_a_report_without_curves_needs_none(own_store: Path, tmp_path: Path) -> None:
    run = write_run(Store(own_store), metrics={"loss": 1.0})
    assert report(run, tmp_path / "report.html").returncode == 0
    assert run in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_with_curves_names_the_remedy(own_store: Path, tmp_path: Path) -> None:
    run = write_run(Store(own_store), metrics={"loss": [2.0, 1.0]})
    done = report(run, tmp_path / "report.html")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "numpy" in done.stderr and "pip install numpy" in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_the_server_answers_all_but_curves(own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"loss": [2.0, 1.0]})
    process = subprocess.Popen(command("ui", "--port", "0"), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        process.stderr.readline()
        client = Client(int(process.stderr.readline().strip().rstrip("/").rpartition(":")[2]))
        process.stderr.readline()
        assert client.get(f"runs/{run}")["metrics"]
        assert client.error("series", run=run, name="loss")["remedy"] == "pip install numpy"
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert said == ""
