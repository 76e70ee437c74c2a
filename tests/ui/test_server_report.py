"""The report: one file with everything in it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.cli import main
from fitscribe.reading import Run, get_run, search_runs
from fitscribe.store import Store
from fitscribe.ui.modules import bundle
from fitscribe.ui.report import report


def data_in(text: str) -> dict[str, Any]:
    (found,) = re.findall(
        r'<script type="application/json" id="fitscribe-report">(.*?)</script>', text, re.DOTALL
    )
    data: dict[str, Any] = json.loads(found)
    return data


def only(store: Store, query: str) -> Run:
    return search_runs(query, store=store, limit=1)[0]


def test_all_that_a_report_shows_is_in_it(trained_store: Store) -> None:
    runs = [only(trained_store, f"name = '{name}'") for name in ("by hand", "MLPClassifier")]
    data = data_in(report(trained_store, runs))
    hand, network = (run.id for run in runs)
    assert data["runs"] == [hand, network]
    answers = data["answers"]
    assert answers[f"run/{network}"]["early_stopping"]["reason"]
    assert answers[f"series/{hand}/train/loss"]["count"] == 50
    assert [row["id"] for row in answers["rows"]["rows"]] == [hand, network]
    assert answers["compare"]["series"] and answers["code"]["runs"] and f"diff/{hand}" in answers
    artifacts = {each["name"]: each for each in answers[f"run/{hand}"]["artifacts"]}
    assert artifacts["curve.png"]["image"].startswith("data:image/png;base64,")
    assert artifacts["table.csv"]["shown"]["rows"] == [["1", "a"], ["2", "b"]]
    assert artifacts["note.txt"]["shown"]["text"] == "hello"
    assert "/api/" not in json.dumps(data)


def test_a_report_has_the_script_in_it(trained_store: Store) -> None:
    text = report(trained_store, [get_run("latest", store=trained_store)])
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    assert script.replace("<\\/script", "</script") == bundle()


def test_a_report_asks_nobody_for_anything(trained_store: Store) -> None:
    text = report(trained_store, list(search_runs("experiment = 'cancer'", store=trained_store)))
    assert "default-src &#x27;none&#x27;" in text and "connect-src" not in text
    shell = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="', shell)
    assert not re.findall(r"url\((?!data:|#)", shell)
    assert "@import" not in shell


def test_hostile_texts_stay_texts(own_store: Path) -> None:
    hostile = "</script><script>alert(1)</script><!--"
    store = Store(own_store)
    run = write_run(store, hostile, params={hostile: hostile}, notes=hostile, metrics={hostile: [1.0, 2.0]})
    text = report(store, [get_run(run, store=store)])
    assert hostile not in text and text.count("</script>") == 2
    assert data_in(text)["answers"][f"run/{run}"]["name"] == hostile


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_among_the_files_is_not_waited_for(own_store: Path) -> None:
    store = Store(own_store)
    logged = {"name": "pipe", "path": "artifacts/pipe", "type": "file"}
    run = write_run(store, "with a pipe", events=[("artifact", logged)])
    folder = store.run_folder(run) / "artifacts"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (artifact,) = data_in(report(store, [get_run(run, store=store)]))["answers"][f"run/{run}"]["artifacts"]
    assert artifact["shown"]["kind"] == "none"


def test_the_command_writes_it(
    trained_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = only(trained_store, "name = 'by hand'")
    target = tmp_path / "out.html"
    assert main(["report", run.id[:8], "--output", str(target)]) == 0
    assert str(target) in capsys.readouterr().err
    assert data_in(target.read_text())["runs"] == [run.id]
    assert main(["report", "nobody"]) == 1
    assert main(["report", run.id, "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")


def opened(page: Any, folder: Path, text: str) -> list[str]:
    """Open a report from the disk, without a network; returns what it asked others for."""
    target = folder / "report.html"
    target.write_text(text, encoding="utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.goto(target.as_uri())
    page.get_by_text("report of").wait_for()
    return [url for url in asked if url != target.as_uri() and not url.startswith("data:")]


def test_one_run_opens_from_the_disk_without_a_network(
    page: Any, trained_store: Store, tmp_path: Path
) -> None:
    run = only(trained_store, "name = 'by hand'")
    assert opened(page, tmp_path, report(trained_store, [run])) == []
    page.get_by_role("heading", name="by hand").wait_for()
    page.locator("figure.chart canvas").first.wait_for()
    page.get_by_text("what was tried").wait_for()
    page.locator("img[src^='data:image/png']").first.wait_for()


def test_several_runs_are_compared_without_a_network(page: Any, trained_store: Store, tmp_path: Path) -> None:
    runs = list(search_runs("experiment = 'cancer'", store=trained_store))
    assert opened(page, tmp_path, report(trained_store, runs)) == []
    page.get_by_role("heading", name="Compare").wait_for()
    page.get_by_text("logisticregression__C", exact=True).wait_for()
    page.get_by_role("link", name=runs[0].name).first.click()
    page.get_by_role("heading", name=runs[0].name).wait_for()
    assert runs[0].id in page.url


def test_a_report_of_a_search_says_that_its_candidates_are_not_in_it(
    page: Any, trained_store: Store, tmp_path: Path
) -> None:
    assert opened(page, tmp_path, report(trained_store, [only(trained_store, "name ~ 'GridSearchCV'")])) == []
    page.get_by_role("heading", name="Runs in it").wait_for()
    page.get_by_text("4 candidates: not in this report").wait_for()


def test_every_page_of_a_report_leads_back(page: Any, trained_store: Store, tmp_path: Path) -> None:
    opened(page, tmp_path, report(trained_store, [only(trained_store, "name = 'by hand'")]))
    heading = page.get_by_role("heading", name="by hand")
    heading.wait_for()
    start = page.url
    page.keyboard.press("g")
    page.keyboard.press("r")
    assert page.url == start
    for elsewhere, said in (("runs", "no such page"), ("run/other", "not in the report")):
        page.evaluate("(name) => (location.hash = `#/${name}`)", elsewhere)
        page.get_by_text(said).wait_for()
        page.get_by_role("link", name="To the report").click()
        heading.wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    assert page.get_by_text("trash").count() == 0


def test_a_hostile_run_does_nothing_in_a_report(page: Any, own_store: Path, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    store = Store(own_store)
    run = write_run(store, hostile, params={hostile: hostile}, notes=hostile, metrics={hostile: [1.0, 2.0]})
    assert opened(page, tmp_path, report(store, [get_run(run, store=store)])) == []
    page.get_by_text(hostile).first.wait_for()
    assert "owned" not in page.title().replace(hostile, "")
