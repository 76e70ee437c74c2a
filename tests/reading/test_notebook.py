"""What a notebook shows of runs, and tables for papers."""

from __future__ import annotations

import csv
import io
import math
from html.parser import HTMLParser

import pytest

from fitscribe.reading import QueryError, get_run, search_runs
from fitscribe.reading.notebook import sparkline
from fitscribe.store import Store

from .conftest import MakeRun

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    """The elements of a piece of HTML; it must be whole."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.seen.append(tag)
        if tag != "path":
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def chosen(**params: object) -> tuple[str, dict[str, object]]:
    """Parameters of which nobody knows the defaults."""
    return "params", {"values": params}


def html_of(shown: object) -> Elements:
    return Elements(shown._repr_html_())  # type: ignore[attr-defined] # what notebooks call


def test_a_run_at_a_glance(make_run: MakeRun, store: Store) -> None:
    run = make_run(
        "forest",
        params={"max_depth": 6},
        metrics={"train/loss": [3.0, 2.0, 1.0], "test/accuracy": 0.95},
        notes="good",
        events=[("unseen", {"what": "the model", "why": "too large"})],
        framework="sklearn",
    )
    page = html_of(get_run(run, store=store))
    text = " ".join(page.words)
    for word in (
        "forest",
        run,
        "finished",
        "sklearn",
        "test/accuracy",
        "0.95",
        "good",
        "the model: too large",
    ):
        assert word in text
    assert page.seen.count("svg") == 1


def test_runs_are_a_table(make_run: MakeRun, store: Store) -> None:
    for depth in range(40):
        make_run(
            f"tree {depth}", events=[chosen(max_depth=depth, same=1)], metrics={"test/accuracy": depth / 40}
        )
    page = html_of(search_runs(store=store))
    assert page.seen.count("tr") == 31 and "40 runs, the first 30 of them" in page.words
    assert "max_depth" in page.words and "test/accuracy" in page.words and "same" not in page.words
    assert "no runs" in html_of(search_runs("name = 'none'", store=store)).words


def test_texts_of_runs_are_no_html(make_run: MakeRun, store: Store) -> None:
    run = make_run(
        HOSTILE,
        params={HOSTILE: HOSTILE},
        metrics={HOSTILE: [1.0, 2.0]},
        notes=HOSTILE,
        framework=HOSTILE,
        status=None,
        events=[
            ("unseen", {"what": HOSTILE, "why": HOSTILE}),
            ("end", {"status": "failed", "error": {"type": HOSTILE, "message": HOSTILE}}),
        ],
    )
    for shown in (get_run(run, store=store), search_runs(store=store)):
        assert not {"script", "img"} & set(html_of(shown).seen)


def test_a_sparkline_has_gaps_and_extremes() -> None:
    assert sparkline([math.nan, math.inf]) == ""
    assert sparkline([1.0, math.nan, 2.0]).count("M") == 2
    assert sparkline([1.0, math.nan, 2.0]).count("h0") == 2, "a point between gaps is a dot"
    long = [0.0] * 10_000
    long[5_000] = 9.0
    assert "L75" in sparkline(long) or "L74" in sparkline(long)
    assert "0.0 to 9.0" in sparkline(long)


def test_a_long_name_is_cut(make_run: MakeRun, store: Store) -> None:
    run = get_run(make_run("n" * 5000, experiment="e" * 5000), store=store)
    assert len(run._repr_html_()) < 3000


def test_what_is_not_finite_is_not_the_best_in_latex(make_run: MakeRun, store: Store) -> None:
    for name, loss in (("a", -math.inf), ("b", 0.5), ("c", 0.7), ("d", math.nan)):
        make_run(name, metrics={"loss": loss, "test/accuracy": math.inf if name == "a" else loss})
    lines = search_runs(order_by="name", store=store).to_latex(
        ["name", "metrics.loss", "metrics.`test/accuracy`"]
    )
    bold = [line.split(" & ")[0] for line in lines.splitlines() if "textbf" in line]
    assert bold == ["b", "c"]
    assert r"\textbf{0.5} & 0.5" in lines
    assert r"0.7 & \textbf{0.7}" in lines


def test_latex(make_run: MakeRun, store: Store) -> None:
    make_run("50% & more_", events=[chosen(C=1.5)], metrics={"test/accuracy": 0.9, "loss": [2.0, 0.5]})
    make_run("b", events=[chosen(C=20.0)], metrics={"test/accuracy": 0.95})
    runs = search_runs(order_by="name", store=store)
    assert runs.to_latex() == "\n".join(
        [
            r"\begin{tabular}{lrrr}",
            r"\toprule",
            r"name & C & test/accuracy & loss \\",
            r"\midrule",
            r"50\% \& more\_ & 1.5 & 0.90 & 0.5 \\",
            r"b & 20.0 & \textbf{0.95} & -- \\",
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )
    some = runs.to_latex(["name", "metrics.loss.max", "status"])
    assert r"name & loss (max) & status \\" in some and r"more\_ & 2.0 & finished" in some
    with pytest.raises(QueryError, match="no field"):
        runs.to_latex(["colour"])


def test_latex_shows_small_numbers_and_marks_what_looks_the_same_alike(
    make_run: MakeRun, store: Store
) -> None:
    for name, accuracy, error in (("a", 0.912341, 0.00149), ("b", 0.912344, 0.00092), ("c", 0.9, 0.001)):
        make_run(name, metrics={"test/accuracy": accuracy, "test/mse": error})
    runs = search_runs(order_by="name", store=store)
    lines = runs.to_latex(["name", "metrics.test/accuracy", "metrics.test/mse"]).splitlines()[4:7]
    assert lines == [
        r"a & \textbf{0.9123} & 0.00149 \\",
        r"b & \textbf{0.9123} & \textbf{0.00092} \\",
        r"c & 0.9000 & 0.001 \\",
    ]


def test_csv(make_run: MakeRun, store: Store) -> None:
    make_run("a", params={"C": 1.5})
    (row,) = csv.DictReader(io.StringIO(search_runs(store=store).to_csv()))
    assert (row["name"], row["params.C"]) == ("a", "1.5")
