"""Runs whose every name and value is an attack are shown as the text that they are."""

from __future__ import annotations

from typing import Any

import pytest

import fitscribe

expect: Any = pytest.importorskip("playwright.sync_api").expect

BAD = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'`${alert(3)}"


@pytest.fixture
def hostile(empty: Any) -> Any:
    """A run with an attack in every field that a script can fill."""
    with fitscribe.start_run(BAD, experiment=BAD, tags={BAD: BAD}, notes=BAD) as run:
        fitscribe.log_params({BAD: BAD, "long": "x" * 100_000, "nul": "a\0b\u202ec\ud800"})
        for step in range(3):
            fitscribe.log_metric(BAD, float(step), step=step)
        fitscribe.log_metric("loss", float("nan"))
        fitscribe.log_text(BAD, "note")
        fitscribe.log_table({BAD: [BAD, BAD]}, "table")
        fitscribe.log_dict({BAD: BAD}, "settings")
        run.log_record(f"test/{BAD}", "confusion_matrix", {"labels": [BAD, BAD], "counts": [[1, 2], [3, 4]]})
        run.log_record("test/roc", "roc", {"curves": BAD})
        run.log_record("test/pr", "pr", {"curves": [{"label": BAD, "recall": [0, BAD], "precision": [1]}]})
        run.log_record(
            "lineage", "lineage", {"nodes": [{"id": "a", "by": BAD, "of": ["a", "b"]}], "roles": {BAD: "a"}}
        )
        run.log_record("structure", "structure", {"steps": [{"path": "a", "parent": "a", "name": BAD}]})
        run.log_record("modules", "modules", {"modules": [{"name": BAD, "class": BAD, "parts": BAD}]})
        run.log_record("importance", "feature_importance", {"features": [BAD], "values": [1.0]})
        run.log_record("strange", BAD, {BAD: BAD})
        run.log_facts({BAD: BAD})
    with fitscribe.start_run("javascript:alert(1)"):
        fitscribe.log_params({BAD: "other"})
        fitscribe.log_metric(BAD, 1.0)
        fitscribe.log_metric(BAD, 2.0)
    return run


@pytest.fixture
def quiet(page: Any) -> Any:
    """A page that fails the test where any script of a run has run."""
    shown: list[str] = []
    page.on("dialog", lambda dialog: (shown.append(dialog.message), dialog.dismiss()))
    yield page
    assert shown == []
    assert page.locator("main img[src=x], main script").count() == 0


def test_in_the_table(quiet: Any, hostile: Any, empty: Any) -> None:
    quiet.goto(f"http://127.0.0.1:{empty.port}/")
    expect(quiet.locator("[data-run]")).to_have_count(2)
    expect(quiet.locator(".td.first a").filter(has_text="<script>alert(2)</script>")).to_be_visible()
    quiet.get_by_role("button", name="Columns").click()
    expect(quiet.get_by_role("dialog")).to_contain_text("<script>")


def test_on_its_page(quiet: Any, hostile: Any, empty: Any) -> None:
    quiet.goto(f"http://127.0.0.1:{empty.port}/#/run/{hostile.id}")
    expect(quiet.get_by_role("heading", level=1)).to_have_text(BAD)
    expect(quiet.locator("#coverage")).to_be_visible()
    expect(quiet.locator("table.matrix th").filter(has_text="<img").first).to_be_visible()
    expect(quiet.get_by_text("Not drawn").first).to_be_visible()
    for name in ("note.txt", "table.csv", "settings.json"):
        artifact = quiet.locator(f"[data-artifact='{name}']")
        artifact.locator("summary").click()
        expect(artifact).to_contain_text("<script>alert(2)</script>")


def test_compared(quiet: Any, hostile: Any, empty: Any) -> None:
    other = next(run for run in fitscribe.search_runs() if run.id != hostile.id)
    quiet.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={hostile.id},{other.id}")
    expect(quiet.locator("[data-section=params]")).to_contain_text("<script>alert(2)</script>")
    expect(quiet.locator("figure.chart h3")).to_have_text(BAD)


def test_a_name_turns_nothing_around(quiet: Any, empty: Any) -> None:
    with fitscribe.start_run("abc\u202edef", tags={"\u2067t": "v"}) as run:
        fitscribe.log_metric("loss", 1.0)
    url = f"http://127.0.0.1:{empty.port}/"
    quiet.goto(url)
    expect(quiet.locator(".td.first a")).to_have_text(r"abc\u202edef")
    quiet.goto(f"{url}#/run/{run.id}")
    expect(quiet.get_by_role("heading", level=1)).to_have_text(r"abc\u202edef")
    expect(quiet.locator(".chip")).to_contain_text(r"\u2067t")
    expect(quiet.get_by_role("heading", level=1)).to_have_css("unicode-bidi", "isolate")


def test_an_address_that_is_an_attack(quiet: Any, client: Any) -> None:
    quiet.allowed.append("404")
    quiet.allowed.append("400")
    for path in ("run/<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "runs?filter=<img src=x>"):
        quiet.goto(f"http://127.0.0.1:{client.port}/#/{path}")
        expect(quiet.locator("main")).not_to_be_empty()
