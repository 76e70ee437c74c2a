"""The facts of a launch, which a thread finds out while the training goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe

# What fitscribe itself imports beside the training, before the thread comes to the packages.
IMPORTS_BESIDE = """
import fitscribe
from fitscribe import capture

source = capture.source


def importing():
    import narwhals

    return source()


capture.source = importing
with fitscribe.start_run():
    pass
"""


@pytest.mark.parametrize("before", ["", "import narwhals"])
def test_packages_are_those_that_were_imported_when_the_first_run_began(tmp_path: Path, before: str) -> None:
    script = f"{before}\n{IMPORTS_BESIDE}"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)
    listed = fitscribe.search_runs()[0].environment["distributions"]
    assert "fitscribe" in listed and ("narwhals" in listed) == bool(before)
