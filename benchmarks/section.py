"""Parts of docs/benchmarks.md that other measurements leave as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """What stands between two marks."""

    name: str

    @property
    def _pattern(self) -> re.Pattern[str]:
        begin, end = (re.escape(mark) for mark in self._marks)
        return re.compile(f"{begin}.*?{end}", re.DOTALL)

    @property
    def _marks(self) -> tuple[str, str]:
        return f"<!-- {self.name} -->", f"<!-- end of {self.name} -->"

    def marked(self, text: str) -> str:
        """The text between the marks."""
        begin, end = self._marks
        return f"{begin}\n{text}\n{end}"

    def placed(self, page: str, found: str) -> str:
        """The page with a section in the place of the one that it has, or at its end.

        Args:
            page: docs/benchmarks.md.
            found: the section; empty for none.
        """
        before = self.kept(page)
        if found and before:
            return page.replace(before, found)
        rest = self._pattern.sub("", page).rstrip("\n")
        return f"{rest}\n\n{found}\n" if found else f"{rest}\n"

    def kept(self, page: str) -> str:
        """The section that a page has; empty where it has none."""
        found = self._pattern.search(page)
        return "" if found is None else found[0]


PEERS = Section("other trackers")
BROWSER = Section("browser view")


def with_sections_of(before: str, page: str) -> str:
    """A page that is written anew, with the sections of the one before."""
    for each in (PEERS, BROWSER):
        page = each.placed(page, each.kept(before))
    return page
