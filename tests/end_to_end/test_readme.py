"""README.md shows what its demo really prints."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe.engine.compat import load_compat
from fitscribe.engine.versions import is_among

sklearn = pytest.importorskip("sklearn")
pytest.importorskip("pandas")

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What differs from run to run and from machine to machine, in the order in which it is masked.
CHANGING = (
    (r"\b[a-z2-7]{12}\b", "ID"),
    (r"(?m)(?:^|(?<=show ))[a-z2-7]{6}\b", "ID"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE"),
    (r"just now|\d+ (s|min) ago", "AGO"),
    (r"[█▉▊▋▌▍▎▏]+", "BAR"),
    (r"<?\d+(\.\d+)? (ms|s|µs)\b", "TIME"),
    (r"\d+(\.\d+)?%", "SHARE"),
    (r"\d+(\.\d+)? (B|kB|MB)\b", "SIZE"),
    (r"sklearn [\d.]+", "sklearn VERSION"),
    (r" +", " "),
)


def command(name: str) -> str:
    """The shell line under a marker of README.md."""
    found = re.search(rf"<!-- command: {name} -->\n```\n(.+?)\n```", README, re.DOTALL)
    assert found, f"README.md has no command {name!r}"
    return found[1]


def masked(text: str) -> list[str]:
    for pattern, stand_in in CHANGING:
        text = re.sub(pattern, stand_in, text)
    return [line.rstrip() for line in text.strip().splitlines()]


def in_a_terminal(command: str) -> str:
    """What a shell command prints to a plain terminal."""
    terminal, other_end = pty.openpty()
    folder = str(Path(sys.executable).parent)
    environment = os.environ | {"TERM": "dumb"}
    environment["PATH"] = folder + os.pathsep + environment["PATH"]
    process = subprocess.Popen(
        ["bash", "-c", command], cwd=ROOT, env=environment, stdout=other_end, stderr=other_end
    )
    os.close(other_end)
    printed = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux tells that nobody holds the other end any more
            break
        if not part:
            break
        printed += part
    os.close(terminal)
    assert process.wait(timeout=60) == 0, printed.decode()
    return printed.decode().replace("\r\n", "\n")


@pytest.mark.skipif(
    not is_among(sklearn.__version__, load_compat("sklearn", None).tested[-1:]),
    reason="README.md shows the newest tested scikit-learn",
)
def test_the_demo_prints_what_readme_shows() -> None:
    """The part of the command after the installation, which this environment has behind it."""
    installing, demo = command("demo").split("pip install -q -e '.[demo]' && ")
    assert installing.startswith("python3 -m venv")
    printed = in_a_terminal(demo)
    shown = re.search(r"<!-- output: demo -->\n```\n(.+?)\n```\n<!-- end -->", README, re.DOTALL)
    assert shown, "README.md shows no output"
    lines = masked(printed)
    missing = [line for line in masked(shown[1]) if line not in lines and line != "..."]
    assert not missing, f"README.md shows {missing}, which the demo does not print:\n{printed}"
