// What stands in the cells of the table.

import { add, h } from "../dom.js";
import { labelOf } from "../fields.js";
import { ago, clock, decimalsOf, duration, exact, number, plural, text, toNumber } from "../format.js";

/** Columns that rows have of themselves; all others are asked for. */
const OWN = {
  status: (row) => status(row.status),
  started: (row) => ({ text: ago(row.started), title: clock(row.started) }),
  duration: (row) => duration(row.duration),
  experiment: (row) => row.experiment,
  framework: (row) => row.framework ?? "",
  id: (row) => h("span.mono", {}, row.short),
  parent: (row) =>
    row.parent === null
      ? ""
      : h(
          "a.mono",
          { href: `#/run/${encodeURIComponent(row.parent)}`, tabindex: -1 },
          row.parent.slice(0, 8),
        ),
  tags: (row) => Object.entries(row.tags).map(([name, value]) => chip(name, value)),
  notes: (row) => row.notes.split("\n")[0],
};

const WIDTHS = {
  status: 118,
  started: 116,
  duration: 108,
  tags: 210,
  notes: 220,
  id: 96,
  parent: 96,
  experiment: 130,
  framework: 104,
};
const RIGHT = new Set(["started", "duration"]);
const NOT_GROUPED = new Set(["tags", "id", "notes", "parent"]);

export const isOwn = (field) => Object.hasOwn(OWN, field);

/** Whether groups have the column: what has no mean, and not few values, says nothing of them. */
export const isGrouped = (field) => !NOT_GROUPED.has(field);

/** The sign of how a run is doing. */
export function status(name, bare = false) {
  return h(
    "span.status",
    { class: `${name}${bare ? " bare" : ""}`, title: name },
    bare ? h("span.unseen", {}, name) : name,
  );
}

/** A tag. */
export function chip(name, value, remove) {
  const said = value === "" || value === "True" ? null : `=${value}`;
  return h(
    "span.chip",
    { title: `${name}=${value}` },
    said ? [h("b", {}, name), said.slice(1)] : name,
    remove,
  );
}

/**
 * A column as the table shows it.
 *
 * @param {string} field what is shown
 * @param {Map<string, object>} known columns of the store by field
 * @param {object} widths chosen ones, by field
 * @param {boolean} [grouped] whether rows are groups
 */
export function columnOf(field, known, widths, grouped = false) {
  const column = known.get(field);
  const isNumeric = column?.numeric || RIGHT.has(field) || field.startsWith("metrics.");
  const label = field === "duration" ? "took" : labelOf(field);
  // A mean takes as much room again for its deviation.
  const least = isNumeric ? (grouped ? 176 : 92) : 110;
  const room = Math.min(210, Math.max(least, label.length * 7.4 + 40));
  return {
    field,
    label,
    isNumeric,
    isChosen: widths[field] !== undefined,
    /** How long the longest number is that has been seen; see `Table`. */
    digits: 0,
    isEditable: field === "tags" || field === "notes" || field.startsWith("tags."),
    width: widths[field] ?? (grouped && isNumeric ? Math.round(room) : (WIDTHS[field] ?? Math.round(room))),
  };
}

/** Give numbers of one column as many decimals as the rows that are there need. */
export function alignDecimals(columns, rows) {
  const cells = [...rows.values()].map((row) => row.cells);
  const asked = columns.filter((each) => each.isAsked);
  asked.forEach((column, i) => Object.assign(column, { decimals: decimalsOf(cells.map((each) => each[i])) }));
}

/** The content of a cell of a run, put into the cell. */
export function fillCell(cell, column, row, value) {
  const found = isOwn(column.field) ? OWN[column.field](row) : plain(value, column);
  if (found?.title !== undefined && !(found instanceof Node)) {
    cell.title = found.title;
    add(cell, found.text);
  } else {
    if (column.field.startsWith("metrics.")) cell.title = exact(value);
    else if (typeof found === "string" && found.length > 14) cell.title = found;
    add(cell, found);
  }
}

function plain(value, column) {
  if (value === null) return "";
  // What somebody chose is shown as it was chosen, what came out of it with the digits that people read.
  if (!column.field.startsWith("metrics.")) return text(value);
  return toNumber(value) === null ? text(value) : number(value, column.decimals);
}

/** A deviation says how many digits of its mean count: two of its own are enough. */
const deviation = (value) => number(Number(toNumber(value).toPrecision(2)));

/** The content of a cell of a group: mean and deviation, or the most frequent values. */
export function fillGroupCell(cell, value) {
  if (value === null || value === undefined) return;
  if ("mean" in value) return fillMean(cell, value);
  const shown = value.values.join(", ");
  cell.title = shown;
  add(
    cell,
    value.distinct > value.values.length
      ? [shown, h("span.soft", {}, ` and ${value.distinct - value.values.length} more`)]
      : shown,
  );
}

/** A mean, and how many runs have come to nothing that could be in it. */
function fillMean(cell, { n, not_finite: odd, mean, std, min, max }) {
  const spread = std === null ? "" : ` ± ${exact(std)}`;
  cell.title = [
    n > 0 && `${exact(mean)}${spread}, ${plural(n, "run")} from ${exact(min)} to ${exact(max)}`,
    odd > 0 && `${plural(odd, "run")} with nan or inf${n > 0 ? ", not in the mean" : ""}`,
  ]
    .filter(Boolean)
    .join("; ");
  add(
    cell,
    n > 0 && [number(mean), std !== null && h("span.pm", {}, ` ± ${deviation(std)}`)],
    // Beside a deviation there is no room for the words.
    odd > 0 && [
      h("span.warn.small", {}, `${n > 0 ? " " : ""}⚠ ${odd}`),
      h(std === null ? "span.warn.small" : "span.unseen", {}, " not finite"),
    ],
  );
}
