"""The figures, each measured by the page's own clock in headless Chromium.

A figure is the time from what a person does (a key, a click, an address) to the frame in which the page shows
what came of it: what is waited for is looked for in every frame.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROWS = "document.querySelectorAll('[data-run]').length > 10"
GROUPS = "document.querySelectorAll('[data-group]').length === 12"
DRAWN = "document.querySelector('figure.chart')?.dataset.points"
THINNED = f"{DRAWN} === 'thinned'"

# From the first moment of every page: when had it come? The time is that of the frame after, which shows it.
FIRSTS = (
    """
window.firsts = {};
const wanted = {rows: () => ROWS, groups: () => GROUPS, thinned: () => THINNED, drawn: () => DRAWN};
const look = () => {
  for (const [name, has] of Object.entries(wanted)) {
    if (name in firsts || !has()) continue;
    firsts[name] = null;
    requestAnimationFrame(() => (firsts[name] = performance.now()));
  }
  requestAnimationFrame(look);
};
look();
""".replace("ROWS", ROWS)
    .replace("GROUPS", GROUPS)
    .replace("THINNED", THINNED)
    .replace("DRAWN", DRAWN)
)

# The same from an action on.
WATCH = """
() => new Promise((resolve, reject) => {
  const begun = performance.now();
  ACTION;
  const look = () => {
    if (CONDITION) requestAnimationFrame(() => resolve(performance.now() - (window.begun ?? begun)));
    else if (performance.now() > begun + 30000) reject(new Error("it never came"));
    else requestAnimationFrame(look);
  };
  look();
})
"""
_PATIENCE = 60.0


def opened(page: Any, url: str, name: str) -> float:
    """Milliseconds from an address that is opened anew to something on the screen."""
    page.goto("about:blank")
    page.goto(url, wait_until="commit")
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = page.evaluate(f"window.firsts?.{name} ?? null")
        if found is not None:
            return float(found)
        time.sleep(0.02)
    raise TimeoutError(f"{name} never came at {url}")


def acted(page: Any, action: str, condition: str) -> float:
    """Milliseconds from an action, in JavaScript, to something on the screen."""
    found: float = page.evaluate(WATCH.replace("ACTION", action).replace("CONDITION", condition))
    return found


TYPE = """
const box = document.querySelector(".filter input");
box.value = "QUERY";
box.dispatchEvent(new InputEvent("input"));
box.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
"""
HEADING = """
window.heading = [...document.querySelectorAll("[role=columnheader]")].find((each) =>
  each.innerText.trim().startsWith("test/accuracy"));
window.before = document.querySelector("#row-0").dataset.run;
"""
PLUS = """
window.before = document.querySelector("figure.chart").dataset.last;
document.querySelector(".plot").dispatchEvent(new KeyboardEvent("keydown", {key: "+", bubbles: true}));
"""
RELEASED = (
    'addEventListener("mouseup", () => (window.begun = performance.now()), {capture: true, once: true})'
)


def table(page: Any, url: str) -> dict[str, float]:
    """The table of 10,000 runs: opened, filtered, sorted, grouped, scrolled."""
    found = {"table of 10,000 runs usable": opened(page, url, "rows")}
    count = "Number(document.querySelector('.table').getAttribute('aria-rowcount'))"
    query = TYPE.replace("QUERY", "metrics.test/accuracy > 0.88 and params.max_depth <= 6")
    found["filtered, Enter to rows"] = acted(page, query, f"{count} < 10001 && {ROWS}")
    found["filter taken back"] = acted(page, TYPE.replace("QUERY", ""), f"{count} === 10001 && {ROWS}")
    page.evaluate(f"() => {{ {HEADING} }}")
    is_other = "document.querySelector('#row-0')?.dataset.run !== window.before"
    found["sorted by a metric"] = acted(page, "heading.querySelector('button').click()", is_other)
    scroll = "const box = document.querySelector('.table'); box.scrollTop = box.scrollHeight / 2"
    found["scrolled to the middle, rows loaded"] = acted(
        page, scroll, "document.querySelector('#row-5000[data-run]') !== null"
    )
    found["grouped by a parameter, opened anew"] = opened(page, url + "#/runs?by=params.max_depth", "groups")
    return found


def long_curve(page: Any, url: str, run: str) -> dict[str, float]:
    """A million points, and the raw points of a part of them."""
    chart = "document.querySelector('figure.chart')"
    address = f"{url}#/run/{run}"
    found = {"a million points, the first look of a new server": opened(page, address, "thinned")}
    found["a million points, opened anew to curve"] = opened(page, address, "thinned")
    page.evaluate("location.hash = '#/runs'")
    page.locator("[data-run]").first.wait_for()
    found["a million points, click to curve"] = acted(page, f"location.hash = '#/run/{run}'", THINNED)
    over = page.locator("figure.chart .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    left, middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(left + 6, middle, steps=3)
    page.evaluate(f"() => {{ {RELEASED} }}")
    page.mouse.up()
    found["zoom, button up to other points"] = acted(page, "", f"Number({chart}.dataset.last) < 900000")
    page.evaluate("delete window.begun")
    while page.evaluate(DRAWN) == "thinned":
        found["zoom to raw points"] = acted(page, PLUS, f"{chart}.dataset.last !== window.before")
    return found


def several_curves(page: Any, url: str, runs: list[str]) -> dict[str, float]:
    """Ten long runs over each other."""
    address = f"{url}#/compare?runs={','.join(runs)}"
    return {
        "ten runs of 100,000 points, the first look of a new server": opened(page, address, "thinned"),
        "ten runs of 100,000 points, opened anew to curves": opened(page, address, "thinned"),
    }


TRAINING = """
import sys, time
import fitscribe
with fitscribe.start_run("live") as run:
    fitscribe.log_metric("loss", 0.5, step=0)
    fitscribe.log_metric("loss", 0.4, step=1)
    print(run.id, flush=True)
    for step in range(2, 12):
        sys.stdin.readline()
        print(time.time() * 1000, flush=True)
        fitscribe.log_metric("loss", 1 / step, step=step)
"""


def live(page: Any, url: str, store: Path) -> dict[str, float]:
    """From a point that a training in another process logs to the screen, in milliseconds."""
    training = subprocess.Popen(
        [sys.executable, "-c", TRAINING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FITSCRIBE_STORE": str(store), "FITSCRIBE_QUIET": "1"},
    )
    assert training.stdin is not None
    assert training.stdout is not None
    run = training.stdout.readline().strip()
    opened(page, f"{url}#/run/{run}", "drawn")
    taken = []
    for step in range(2, 12):
        time.sleep(0.7)  # as long as an epoch might take, so that each point comes alone
        training.stdin.write("\n")
        training.stdin.flush()
        logged = float(training.stdout.readline())
        acted(page, "", f"document.querySelector('figure.chart').dataset.last === '{step}'")
        taken.append(page.evaluate("Date.now()") - logged)
    training.communicate()
    taken.sort()
    return {"point of a running training, median of ten": taken[5], "the slowest of the ten": taken[-1]}


def weight(browser: Any, url: str) -> dict[str, float]:
    """Kilobytes of the page without data: as they come over the wire, and unpacked."""
    context = browser.new_context()
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sent: dict[str, float] = {}
    unpacked: dict[str, float] = {}
    addresses: dict[str, str] = {}

    def on_response(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def on_data(event: dict[str, Any]) -> None:
        unpacked[event["requestId"]] = unpacked.get(event["requestId"], 0) + event["dataLength"]

    def on_finished(event: dict[str, Any]) -> None:
        sent[event["requestId"]] = event["encodedDataLength"]

    client.on("Network.responseReceived", on_response)
    client.on("Network.dataReceived", on_data)
    client.on("Network.loadingFinished", on_finished)
    page.goto(url)
    page.locator(".table, .empty").first.wait_for()
    own = [request for request, address in addresses.items() if "/api/" not in address]
    found = {
        "page weight over the wire": sum(sent.get(request, 0) for request in own) / 1000,
        "page weight, unpacked": sum(unpacked.get(request, 0) for request in own) / 1000,
        "files": float(len(own)),
    }
    context.close()
    return found
