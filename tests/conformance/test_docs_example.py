"""The pages about integrations say what is so: their example runs, and their table lists every check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from fitscribe.testing.checks import CHECKS

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^<!-- (\S+\.py) -->\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_smallest_integration_conforms(tmp_path: Path) -> None:
    files = dict(BLOCK.findall((DOCS / "adding-an-integration.md").read_text("utf-8")))
    assert sorted(files) == ["fitscribe_statistics.py", "test_statistics.py"]
    assert files["fitscribe_statistics.py"].count("\n") < 40
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_statistics.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=170)
    assert done.returncode == 0, done.stdout


def test_the_page_lists_every_check() -> None:
    rows = re.findall(
        r"^\| `((?!test_)\w+)` \| (.*?) \|", (DOCS / "conformance.md").read_text("utf-8"), re.MULTILINE
    )
    assert dict(rows) == {check.name: check.proves for check in CHECKS.values()}
