"""What a script has made of scikit-learn before the one line is the same to it afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

SCORERS = """
import pickle

from sklearn.datasets import load_iris
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

own = make_scorer(f1_score, average="macro")
several = {"macro": own, "accuracy": "accuracy"}
depths = {"max_depth": [1, 2]}
search = GridSearchCV(DecisionTreeClassifier(), depths, scoring=make_scorer(f1_score, average="micro"))
made = own, several, search
before = pickle.dumps(made)

import fitscribe

fitscribe.autolog()
assert pickle.dumps(made) == before
search.fit(*load_iris(return_X_y=True))
pickle.dumps(search)
assert fitscribe.get_run("latest").models, fitscribe.get_run("latest").unseen
fitscribe.disable()
assert pickle.dumps((own, several)) == pickle.dumps(pickle.loads(before)[:2])
assert own._score_func is f1_score
"""

NAMES = """
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

model = LogisticRegression()
before = repr(train_test_split), repr(LogisticRegression.fit), repr(model.fit)

import fitscribe

fitscribe.autolog()
assert (repr(train_test_split), repr(LogisticRegression.fit), repr(model.fit)) == before
"""


@pytest.mark.parametrize("script", [SCORERS, NAMES], ids=["scorers", "names"])
def test_made_before_the_one_line(script: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(script)
    done = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
