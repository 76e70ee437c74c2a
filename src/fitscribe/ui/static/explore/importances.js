// How much of a metric each parameter explains, as a table with bars.

import { breakable, h } from "../dom.js";
import { labelOf } from "../fields.js";
import { count, number, percent } from "../format.js";

const BARS = 12;

/** What more of a parameter does to the metric, which gets better one way, or nobody knows how; empty for nothing. */
function effect({ shape, at }, direction) {
  if (shape === null) return "";
  const isUp = shape === "up" || shape === "peak";
  const isGood = isUp === (direction === "max");
  if (shape === "up" || shape === "down") {
    if (direction !== null) return `higher is ${isGood ? "better" : "worse"}`;
    return isUp ? "rises with it" : "falls with it";
  }
  const place = direction !== null ? (isGood ? "best" : "worst") : isUp ? "highest" : "lowest";
  return `${place} near ${number(at)}`;
}

/**
 * Why no parameter can be told to matter.
 *
 * @param {object} found as `/api/importance` has it
 * @param {number} total how many runs were looked at
 */
export function whyNone({ metric, runs }, total) {
  const name = labelOf(metric);
  if (total === 0) return "There are no such runs.";
  if (total === 1) return "There is one such run, and nothing to compare it with.";
  if (runs === 0) return `None of these ${count(total)} runs has a finite ${name}.`;
  if (runs === 1)
    return `Only one of these ${count(total)} runs has a finite ${name}: there is nothing to compare.`;
  return runs < total
    ? `No parameter differs between the ${count(runs)} of ${count(total)} runs that have a finite ${name}.`
    : "No parameter differs between these runs.";
}

/**
 * The table of importances.
 *
 * @param {object} found as `/api/importance` has it, heaviest first
 * @param {number} total how many runs were looked at
 */
export function importanceTable(found, total) {
  const rows = found.rows.slice(0, BARS);
  if (rows.length === 0) return h("p.soft", {}, whyNone(found, total));
  return [
    h(
      "div.scroll",
      {},
      h(
        "table.plain.small",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "parameter"),
            h("th", { scope: "col", colspan: 2 }, "share of the variance"),
            h("th", { scope: "col" }, "effect"),
            h("th.num", { scope: "col" }, "runs"),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              {},
              h("td", {}, breakable(labelOf(row.field))),
              h("td.num", {}, percent(row.importance)),
              h(
                "td",
                { style: { width: "30%", "vertical-align": "middle" } },
                h("div.weight", { style: { "--share": String(row.importance) } }),
              ),
              h(
                "td.effect",
                {
                  title: row.correlation === null ? "" : `Spearman's correlation ${number(row.correlation)}`,
                },
                effect(row, found.direction),
              ),
              h("td.num.soft", {}, count(row.runs)),
            ),
          ),
        ),
      ),
    ),
    h(
      "p.small.soft",
      {},
      "How much of the metric's ranks each parameter explains alone, less what chance would. Parameters that work together can be worth more than this says.",
    ),
  ];
}
