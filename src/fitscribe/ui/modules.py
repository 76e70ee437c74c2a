"""The page's modules as one script, and that with styles and data in one HTML file, which asks for nothing.

A browser takes several milliseconds for each module, however near it is: of seventy that makes most of the
time that a page takes to open.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STATIC = Path(__file__).with_name("static")

FIRST = "app.js"
_STYLES = re.compile(r'<link\s+rel="stylesheet"\s+href="/static/([^"]+)"')
# As docs/ui-api.md asks for them; those in braces may be spread over lines.
_IMPORT = re.compile(r'^import\s+(\w+|\{[^}]*\})\s+from\s+"(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function|class|const)\b\*?\s*(\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export\s+default\s+(\w+);$", re.MULTILINE)
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
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
</head>
<body>
<noscript>This report is drawn by JavaScript.</noscript>
<script type="module">{script}</script>
</body>
</html>
"""


def bundle() -> str:
    """Return all modules as one script: each is a function there, whose result is what it exports."""
    done: dict[str, str] = {}
    _add(FIRST, done)
    return "\n".join(["const $modules = {};", *done.values()])


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
        script=bundle().replace("</script", "<\\/script").replace("<!--", "<\\!--"),
    )


def _add(name: str, done: dict[str, str]) -> None:
    """Add a module behind those that it imports: none imports one that waits for it."""
    source = (STATIC / name).read_text(encoding="utf-8")
    for found in _IMPORT.finditer(source):
        needed = _path(name, found)
        if needed not in done:
            _add(needed, done)

    def take(found: re.Match[str]) -> str:
        of = f'$modules["{_path(name, found)}"]'
        names = found[1]
        return (
            f"const {names.replace(' as ', ': ')} = {of};"
            if names[0] == "{"
            else f"const {names} = {of}.default;"
        )

    exported = [*_EXPORT.findall(source), *(f"default: {each}" for each in _DEFAULT.findall(source))]
    body = _DEFAULT.sub("", _EXPORT.sub("", _IMPORT.sub(take, source)))
    done[name] = f'$modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();'


def _path(name: str, imported: re.Match[str]) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), imported[2]))


def _script_json(data: Any) -> str:
    """Data as JSON that cannot end the script element that it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
