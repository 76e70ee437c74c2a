"""The page's modules, scripts and styles in one HTML file, which asks nobody for anything."""

from __future__ import annotations

import base64
import html
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STATIC = Path(__file__).with_name("static")

_FIRST = "app.js"
_STYLES = re.compile(r'<link\s+rel="stylesheet"\s+href="/static/([^"]+)"')
# Static imports, as docs/ui-api.md asks for them; also those that are spread over lines.
_IMPORT = re.compile(
    r'(?m)(^\s*import\s[^;"]*?"|^\}\s*from\s+"|^\s*export\s[^;"]*?\sfrom\s+"|^\s*import\s+")(\.[^"]+)"'
)
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{styles}</style>
<script type="application/json" id="fitscribe-report">{data}</script>
<script type="importmap">{modules}</script>
</head>
<body>
<noscript>This report is drawn by JavaScript.</noscript>
<script type="module">import "fitscribe/{first}";</script>
</body>
</html>
"""


def one_file(title: str, data: Mapping[str, Any]) -> str:
    """Return the page with everything that it needs in it.

    Args:
        title: of the page.
        data: what it shows: see "In a report" in docs/ui-api.md.
    """
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    styles = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in _STYLES.findall(index))
    return _PAGE.format(
        policy=html.escape(_POLICY),
        title=html.escape(title),
        styles=styles.replace("</", "<\\/"),
        data=_script_json(data),
        modules=_script_json({"imports": _modules()}),
        first=_FIRST,
    )


def _modules() -> dict[str, str]:
    """By names that do not depend on where an import stands, the modules as URLs that hold them."""
    found: dict[str, str] = {}
    waiting = [_FIRST]
    while waiting:
        name = waiting.pop()
        if f"fitscribe/{name}" in found:
            continue
        source, needed = _renamed(name, (STATIC / name).read_text(encoding="utf-8"))
        content = base64.b64encode(source.encode()).decode()
        found[f"fitscribe/{name}"] = f"data:text/javascript;base64,{content}"
        waiting += needed
    return found


def _renamed(name: str, source: str) -> tuple[str, list[str]]:
    """A module with names in the place of paths in its imports, and the modules that these are of."""
    needed: list[str] = []

    def rename(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2]))
        needed.append(path)
        return f'{found[1]}fitscribe/{path}"'

    return _IMPORT.sub(rename, source), needed


def _script_json(data: Any) -> str:
    """Data as JSON that cannot end the script element that it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
