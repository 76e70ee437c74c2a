"""The page's files: what they weigh, that they load all at once, and what no module of them may do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

import fitscribe.ui
from fitscribe.ui.modules import bundle

STATIC = Path(fitscribe.ui.__file__).parent / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
LONGEST = 310
# Bytes over the wire, where the files are compressed.
HEAVIEST = 165_000


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(STATIC).as_posix() for path in paths]


def test_all_modules_are_one_script() -> None:
    script = bundle()
    found = re.findall(r'^\$modules\["([^"]+)"\] = ', script, re.MULTILINE)
    assert sorted(found) == sorted(names([*MODULES, *(STATIC / "vendor").glob("*.js")]))
    assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
    # What a module takes from another is there by then, and under that name.
    for taken, name in re.findall(r'^const (\{[^}]*\}) = \$modules\["([^"]+)"\];$', script, re.MULTILINE):
        begins = script.index(f'$modules["{name}"] = ')
        (given,) = re.findall(r"^return (\{.*\});$", script[begins:], re.MULTILINE)[:1]
        assert begins < script.index(f'{taken} = $modules["{name}"]')
        wanted = {each.partition(":")[0].strip() for each in taken.strip("{}").split(",") if each.strip()}
        assert wanted <= {each.strip() for each in given.strip("{}").split(",")}, name


def test_a_page_has_three_files_to_load(empty: Any, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"http://127.0.0.1:{empty.port}/")
    page.locator("nav a").first.wait_for()
    files = [url.rpartition("/")[2] for url in asked if "/static/" in url]
    assert sorted(files) == ["app.js", "icon.svg", "style.css"]


def test_the_page_is_light() -> None:
    every = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg")]
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in every) < HEAVIEST


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_a_module_makes_no_markup_of_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
    )
    assert not re.search(forbidden, source)
    assert not re.search(r'setAttribute\(\s*"style"', source)
    assert source.count("\n") <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_a_module_imports_what_is_there(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "import(" not in source
    for found in re.findall(r'^(?:import|export)\b[^;]*?from "([^"]+)";', source, re.MULTILINE | re.DOTALL):
        assert found.startswith((".", ".."))
        assert (path.parent / found).resolve().is_file(), found


def test_no_module_waits_for_one_that_waits_for_it() -> None:
    imported = {
        path.resolve(): {
            (path.parent / found).resolve()
            for found in re.findall(
                r'^import\b[^;]*?from "([^"]+)";', path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
            )
        }
        for path in MODULES
    }
    free: set[Path] = set()
    waiting = dict(imported)
    while waiting:
        done = {path for path, needs in waiting.items() if not (needs & imported.keys()) - free}
        assert done, sorted(path.name for path in waiting)
        free |= done
        waiting = {path: needs for path, needs in waiting.items() if path not in done}


def test_what_is_not_ours_says_whose_it_is() -> None:
    vendor = STATIC / "vendor"
    said = (vendor / "README.md").read_text(encoding="utf-8")
    for path in vendor.glob("*.js"):
        assert path.name in said
    assert "MIT" in said
    assert "Permission is hereby granted" in (vendor / "uPlot-LICENSE.txt").read_text(encoding="utf-8")
