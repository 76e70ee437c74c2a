// The rows of the table: of runs, of groups, and of what is still on its way.

import { h } from "../dom.js";
import { ago, clock, count, duration, plural, text } from "../format.js";
import { icon } from "../icons.js";
import { isSelected } from "../selection.js";
import { fillCell, fillGroupCell, status } from "./cells.js";

const TWIST_ROOM = 18;

/**
 * A row of the table.
 *
 * @param {object} item `{list, row}` as `RowList.at` gives it
 * @param {object[]} columns as `columnOf` gives them
 * @param {number} position in the table, from 0
 */
export function rowOf({ list, row }, columns, position) {
  const frame = {
    role: "row",
    id: `row-${position}`,
    "aria-rowindex": position + 2,
    "aria-level": list.depth + 1,
    "data-position": position,
  };
  if (row === null) {
    return h(
      "div.tr",
      frame,
      h("div.td.first", { role: "gridcell" }, h("span.wait", {})),
      columns.map(() => h("div.td", { role: "gridcell" }, h("span.wait", {}))),
    );
  }
  return "key" in row ? groupRow(list, row, columns, frame) : runRow(list, row, columns, frame);
}

function runRow(list, row, columns, frame) {
  const chosen = isSelected(row.id);
  const name = row.name || row.short;
  const children = row.children > 0;
  const open = children ? String(list.isOpen(row)) : null;
  const first = h(
    "div.td.first",
    {
      role: "gridcell",
      "aria-expanded": open,
      style: { "padding-left": `${8 + list.depth * TWIST_ROOM}px` },
    },
    h("input", {
      type: "checkbox",
      tabindex: -1,
      "data-do": "pick",
      "aria-label": `Select ${name}`,
      prop: { checked: chosen },
    }),
    star(row),
    children ? twist(open, `children of ${name}`) : h("span.blank", {}),
    status(row.status, true),
    h(
      "a",
      { href: `#/run/${encodeURIComponent(row.id)}`, tabindex: -1, title: `${row.name} ${row.id}` },
      name,
    ),
    children && h("span.more", { title: plural(row.children, "child", "children") }, count(row.children)),
  );
  let asked = 0;
  return h(
    "div.tr",
    { ...frame, "aria-expanded": open, "aria-selected": String(chosen), "data-run": row.id },
    first,
    columns.map((column) => {
      const cell = h("div.td", {
        role: "gridcell",
        class: `${column.isNumeric ? "num" : ""}${column.isEditable ? " edit" : ""}`,
        "data-field": column.field,
      });
      // A column that was added is not in the rows that were there before.
      fillCell(cell, column, row, column.isAsked ? (row.cells[asked++] ?? null) : null);
      return cell;
    }),
  );
}

function groupRow(list, row, columns, frame) {
  const open = String(list.isOpen(row));
  const key = row.key.map((value) => (value === null ? "none" : text(value))).join(" · ");
  let asked = 0;
  return h(
    "div.tr.group",
    { ...frame, "aria-expanded": open, "data-group": JSON.stringify(row.key) },
    h(
      "div.td.first",
      { role: "gridcell", "aria-expanded": open },
      twist(open, `runs of ${key}`),
      h("span", { title: key, style: { overflow: "hidden", "text-overflow": "ellipsis" } }, key),
      h("span.more", {}, plural(row.runs, "run")),
    ),
    columns.map((column) => {
      const cell = h("div.td", { role: "gridcell", class: column.isNumeric ? "num" : "" });
      const value = column.isGrouped ? (row.cells[asked++] ?? null) : null;
      if (column.field === "started" && value && "mean" in value) {
        cell.append(ago(value.max));
        cell.title = `from ${clock(value.min)} to ${clock(value.max)}`;
      } else if (column.field === "duration" && value && "mean" in value) {
        cell.append(duration(value.mean));
        if (value.std !== null) cell.append(h("span.pm", {}, ` ± ${duration(value.std)}`));
      } else fillGroupCell(cell, value);
      return cell;
    }),
  );
}

function twist(open, what) {
  return h(
    "button.quiet.icon",
    { type: "button", tabindex: -1, "data-do": "twist", "aria-expanded": open, "aria-label": `Show ${what}` },
    h("span.twist", {}, icon("twist")),
  );
}

/** The star of a run, pressed or not. */
export function star(row) {
  const label = row.star ? "Take the star away" : "Give it a star";
  return h(
    "button.quiet.icon.star",
    {
      type: "button",
      tabindex: -1,
      "data-do": "star",
      "aria-pressed": String(row.star),
      "aria-label": label,
    },
    icon("star"),
  );
}
