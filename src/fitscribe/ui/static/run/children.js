// The runs that lie in a run: the best first, with what differs between them.

import { getColumns, getImportance, getRuns } from "../api.js";
import { h } from "../dom.js";
import { labelOf } from "../fields.js";
import { count, decimalsOf, duration, exact, number, plural, text, toNumber } from "../format.js";
import { status } from "../runs/cells.js";
import { address } from "../state.js";

const SHOWN = 20;
const PARAMS = 6;
const METRICS = 4;
// Means of the same folds in another order differ by as much.
const ROUNDED = 1e-12;

/** `25 candidates, 1 training`. */
const rolesOf = (run) =>
  Object.entries(run.child_roles)
    .map(([role, amount]) => plural(amount, role))
    .join(", ") || plural(run.children, "run");

/** What a report says of children, which it does not hold; null where there are none. */
export const leftOut = (run) =>
  run.children > 0
    ? h("p.panel.soft", {}, `${rolesOf(run)}: not in this report, which holds the runs that it was made of.`)
    : null;

/**
 * The section of children; null where there are none.
 *
 * @param {object} run its page
 */
export async function children(run) {
  if (run.children === 0) return null;
  const first = await getRuns({ parent: run.id, limit: 1 });
  if (first.total === 0) return null;
  const { columns, params, metrics, sort } = await interesting(run);
  // How good they are is seen first, on a phone, too.
  const heads = [...metrics.slice(0, 1), ...params, ...metrics.slice(1)];
  const [answer, chosen] = await Promise.all([
    getRuns({ parent: run.id, limit: SHOWN, sort, column: heads }),
    run.chosen && getRuns({ run: run.chosen, nest: 0, column: heads }),
  ]);
  const winner = chosen?.rows[0];
  if (sort !== "started") putFirst(winner, answer.rows);
  const isNumeric = (field) =>
    field.startsWith("metrics.") || columns.find((each) => each.field === field)?.numeric;
  const decimals = heads.map((_, i) => decimalsOf(answer.rows.map((row) => row.cells[i])));
  const fails = answer.rows.some((row) => row.status !== "finished");
  return h(
    "div.panel",
    {},
    h(
      "header",
      {},
      h("h3", {}, rolesOf(run)),
      sort !== "started" &&
        h("span.role", {}, `the best ${labelOf(sort.replace(/ (asc|desc)$/, ""))} first`),
      winner &&
        h(
          "span.role",
          {},
          "chosen: ",
          h("a", { href: address(["run", winner.id]) }, winner.name || winner.short),
        ),
      h(
        "span.more",
        {},
        h("a", { href: address(["runs"], { parent: run.id, sort }) }, "All as a table"),
        h("a", { href: address(["explore"], { parent: run.id, metric: run.ranked_by }) }, "Explore"),
      ),
    ),
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
            h("th", { scope: "col" }, "run"),
            heads.map((field) =>
              h("th", { scope: "col", class: isNumeric(field) ? "num" : "" }, labelOf(field)),
            ),
            h("th.num", { scope: "col" }, "took"),
          ),
        ),
        h(
          "tbody",
          {},
          answer.rows.map((row) =>
            h(
              "tr",
              {},
              h(
                "td.run",
                {},
                h("a", { href: address(["run", row.id]) }, row.name || row.short),
                row.id === winner?.id && [" ", h("span.chip", {}, "chosen")],
                fails && [" ", status(row.status, true)],
              ),
              row.cells.map((cell, i) =>
                h(
                  isNumeric(heads[i]) ? "td.num" : "td",
                  { title: heads[i].startsWith("metrics.") ? exact(cell) : null },
                  cell === null ? "" : heads[i].startsWith("metrics.") ? number(cell, decimals[i]) : text(cell),
                ),
              ),
              h("td.num.soft", {}, duration(row.duration)),
            ),
          ),
        ),
      ),
    ),
    answer.total > SHOWN &&
      h(
        "p.small.soft",
        { style: { "margin-top": "8px" } },
        h(
          "a",
          { href: address(["runs"], { parent: run.id, sort }) },
          `and ${count(answer.total - SHOWN)} more`,
        ),
      ),
  );
}

/** Put what a search has chosen before others of the same value: which of them it lists first is chance. */
function putFirst(winner, rows) {
  const value = toNumber(winner?.cells[0]);
  if (value === null) return;
  const isLike = (row) => Math.abs(toNumber(row.cells[0]) - value) <= ROUNDED * Math.abs(value);
  const at = rows.findIndex(isLike);
  if (at < 0) return;
  const before = rows.findIndex((row) => row.id === winner.id);
  rows.splice(before < 0 ? rows.length - 1 : before, 1);
  rows.splice(at, 0, winner);
}

/** What to show of children: the metrics that say most, the parameters that matter for them, the best first. */
async function interesting(run) {
  const { columns, suggested, directions } = await getColumns({ parent: run.id });
  const metrics = suggested.filter((each) => each.startsWith("metrics."));
  const ranked = metrics[0];
  let params = suggested.filter((each) => each.startsWith("params."));
  if (ranked) {
    const found = await getImportance({ parent: run.id, metric: ranked });
    const varied = found.rows.map((row) => row.field);
    params = [...varied, ...params.filter((each) => !varied.includes(each))];
  }
  // Folds are no rivals, and of what may be better either way nobody knows the best.
  const way = run.child_roles.fold > 0 ? null : directions[ranked];
  const sort = way ? `${ranked} ${way === "min" ? "asc" : "desc"}` : "started";
  return { columns, params: params.slice(0, PARAMS), metrics: metrics.slice(0, METRICS), sort };
}
