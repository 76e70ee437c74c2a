// The bar above the table: what is shown, or what can be done with the runs that were picked.

import { urlOf } from "../api.js";
import { h } from "../dom.js";
import { count, plural } from "../format.js";
import { clearSelection } from "../selection.js";
import { address } from "../state.js";
import { groupChoice } from "./columns.js";

// The server compares as many, and gives so many at once.
const MOST_COMPARED = 200;
const MOST_PICKED = 10_000;

/** What is shown, and how: the number of runs, groups, columns. */
export function viewTools(list, state, parent, known, calls) {
  const { sort, by } = state;
  const isGrouped = state.by.length > 0;
  const found =
    list.matching > list.total && !isGrouped
      ? `${plural(list.matching, "run")}, ${count(list.total)} on top`
      : plural(list.total, isGrouped ? "group" : "run");
  const choice = { filter: state.filter, parent: state.parent };
  return [
    h("span.soft", { role: "status" }, found),
    parent &&
      h(
        "span.chip",
        {},
        h("b", {}, "in"),
        h("a", { href: address(["run", parent.id]) }, parent.name),
        h("a", { href: "#/runs", "aria-label": "Show all runs" }, "×"),
      ),
    h("span.grow", {}),
    groupChoice(known.columns, state.by, calls.regroup),
    h("button", { type: "button", onclick: calls.choose }, "Columns"),
    h(
      "a.button",
      {
        href: address(["explore"], choice),
        title: "Scatter, parallel coordinates and importance of parameters",
      },
      "Explore",
    ),
    h(
      "a.button.wide",
      {
        href: urlOf("export", {
          format: "csv",
          ...choice,
          sort,
          ...(isGrouped ? { by, column: list.fields.ofGroups } : { nest: 0 }),
        }),
        download: isGrouped ? "groups.csv" : "runs.csv",
      },
      "CSV",
    ),
  ];
}

/** What can be done with the runs that were picked, of so many that are listed. */
export function selectionTools(picked, listed, calls) {
  const runs = picked.join(",");
  const cannot = picked.length < 2 || picked.length > MOST_COMPARED;
  return [
    h("strong", { role: "status" }, `${count(picked.length)} selected`),
    h(
      "button.quiet",
      { type: "button", onclick: calls.pickAll },
      listed > MOST_PICKED ? `Select the first ${count(MOST_PICKED)}` : `Select all ${count(listed)}`,
    ),
    h("button.quiet", { type: "button", onclick: clearSelection }, "Clear"),
    h("span.grow", {}),
    h(
      "button.main",
      {
        type: "button",
        disabled: cannot,
        title: cannot ? `Of 2 to ${MOST_COMPARED} runs` : "Compare (c)",
        onclick: calls.compare,
      },
      "Compare",
    ),
    h("a.button", { href: address(["explore"], { runs }) }, "Explore"),
    h("button", { type: "button", onclick: (event) => calls.tag(event.currentTarget) }, "Tag"),
    h("button.danger", { type: "button", onclick: calls.trash }, "Move to trash"),
  ];
}
