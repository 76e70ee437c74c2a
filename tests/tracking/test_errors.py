"""What a failed run keeps of the error: what the console shows, and nothing of fitscribe."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.tracking.outcome import described

pytest.importorskip("sklearn")

HEAD = """
import fitscribe
fitscribe.autolog()
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

class Own(LogisticRegression):
    def fit(self, X, y):
        return super().fit(X, y)

def train(model):
    return model.fit([[1.0], [2.0]], [0, 1, 1])

"""


def without_marks(text: str) -> list[str]:
    """The lines, those left out that mark a part of the one before, which frames on the stack have not."""
    return [line for line in text.splitlines() if line.strip(" ^~")]


@pytest.mark.parametrize(
    "line",
    [
        "train(LogisticRegression())",
        "train(make_pipeline(StandardScaler(), Own()))",
        "SGDClassifier().partial_fit([[1.0], [2.0]], [0])",
        "cross_val_score(LogisticRegression(), [[1.0]] * 4, [0] * 4, cv=2, error_score='raise')",
        "with fitscribe.start_run():\n    [][1]",
        "with fitscribe.start_run():\n    train(LogisticRegression())",
    ],
    ids=["fit", "own class in a pipeline", "partial_fit", "cross-validation", "start_run", "in start_run"],
)
def test_it_is_the_traceback_of_the_console(tmp_path: Path, line: str) -> None:
    (tmp_path / "train.py").write_text(HEAD + line)
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=tmp_path,
        env={**os.environ, "FITSCRIBE_QUIET": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    failed: list[Any] = fitscribe.search_runs("status = 'failed'")
    assert failed
    assert all(without_marks(run.error["traceback"]) == without_marks(done.stderr) for run in failed)


def deep(levels: int) -> None:
    if levels:
        deep(levels - 1)
    raise ValueError("deep down")


def test_of_a_deep_stack_the_ends_are_kept_and_the_error_is_as_it_was() -> None:
    with pytest.raises(ValueError, match="deep down") as raised:
        deep(500)
    before = traceback.format_exception(raised.value)
    told = described(raised.value)
    assert told is not None
    assert 20 < told["traceback"].count("\n") < 120
    assert told["traceback"].endswith("ValueError: deep down\n")
    assert traceback.format_exception(raised.value) == before


class WithoutWords(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_error_that_cannot_be_put_in_words_keeps_its_traceback() -> None:
    with pytest.raises(WithoutWords) as raised:
        raise WithoutWords
    told = described(raised.value)
    assert told is not None
    assert told["message"] == "<exception str() failed>"
    assert "raise WithoutWords\n" in told["traceback"]


def test_an_error_that_was_never_raised_has_no_frames() -> None:
    assert described(ValueError("no")) == {
        "type": "ValueError",
        "message": "no",
        "traceback": "ValueError: no\n",
    }
