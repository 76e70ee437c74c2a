// Which columns the table has: chosen in a dialog, remembered by the browser.

import { h, put } from "../dom.js";
import { labelOf } from "../fields.js";
import { plural } from "../format.js";
import { remember, remembered } from "../state.js";

const TABLES = {
  run: "Run",
  metrics: "Metrics",
  params: "Parameters",
  tags: "Tags",
  environment: "Environment",
};
/** All tags of a run in one column: the page's own. */
const TAGS = { field: "tags", table: "run", name: "all tags", runs: 0, numeric: false };
const HIDDEN = new Set(["name", "parent"]);
/** What there is of a series beside its last value. */
const PARTS = ["best", "min", "max"];
const MOST_SHOWN = 400;

/** The columns that were chosen; those that the server suggests where nobody has chosen. */
export function chosenColumns(suggested) {
  const found = remembered("columns", null);
  if (Array.isArray(found)) return found.filter((each) => typeof each === "string");
  const most = suggested.filter((each) => !["name", "started", "duration", "status"].includes(each));
  // A phone has room for one or two beside the name.
  const isNarrow = matchMedia("(max-width: 720px)").matches;
  return isNarrow ? [...most, "started", "duration", "tags"] : ["started", "duration", ...most, "tags"];
}

export const chosenWidths = () => remembered("widths", {});

export function rememberWidth(field, width) {
  remember("widths", { ...chosenWidths(), [field]: width });
}

/** A column, and where it is a metric those of its parts; these are shown to whoever looks for it. */
function withParts(column) {
  if (column.table !== "metrics") return [column];
  const of = (part) => ({
    ...column,
    field: `${column.field}.${part}`,
    name: `${column.name}.${part}`,
    isPart: true,
  });
  return [column, ...PARTS.map(of)];
}

/**
 * Let a person choose columns.
 *
 * @param {object[]} columns of the store
 * @param {string[]} chosen fields, in order
 * @param {(fields: string[]) => void} done is told the choice
 */
export function chooseColumns(columns, chosen, done) {
  const every = [TAGS, ...columns.filter((each) => !HIDDEN.has(each.field)).flatMap(withParts)];
  for (const field of chosen) {
    if (!every.some((each) => each.field === field))
      every.push({ field, table: field.split(".")[0], name: labelOf(field), runs: 0, numeric: false });
  }
  const picked = new Set(chosen);
  const list = h("div.columns", {});
  const order = h("ol.bar", { "aria-label": "Columns in their order" });
  const search = h("input", {
    type: "search",
    placeholder: "Find a column: loss, loss.best",
    title: "Of a metric also its best, min and max",
    "aria-label": "Find a column",
    oninput: () => draw(),
    autofocus: true,
  });
  const names = new Map(every.map((each) => [each.field, each.name]));
  const draw = () => {
    const wanted = search.value.toLowerCase();
    const found = every.filter(
      (each) =>
        (!each.isPart || wanted || picked.has(each.field)) &&
        (each.name.toLowerCase().includes(wanted) || each.field.toLowerCase().includes(wanted)),
    );
    const groups = Object.keys(TABLES).map((table) => [
      table,
      found.filter((each) => each.table === table).slice(0, MOST_SHOWN),
    ]);
    put(
      list,
      groups
        .filter(([, columns]) => columns.length)
        .map(([table, columns]) => [h("h3", {}, TABLES[table]), columns.map(choice)]),
      found.length === 0 && h("p.soft", {}, "No column has such a name."),
    );
  };
  const choice = (column) =>
    h(
      "label",
      { title: column.field },
      h("input", {
        type: "checkbox",
        prop: { checked: picked.has(column.field) },
        onchange: (event) => {
          if (event.currentTarget.checked) picked.add(column.field);
          else picked.delete(column.field);
          drawOrder();
        },
      }),
      h("span.wrap", {}, column.name),
      h("span", {}, column.runs ? plural(column.runs, "run") : ""),
    );
  const drawOrder = () =>
    put(
      order,
      [...picked].map((field, i) =>
        h(
          "li",
          {},
          h(
            "button.small",
            {
              type: "button",
              title: "Move it to the left",
              "aria-label": `Move ${names.get(field)} to the left`,
              disabled: i === 0,
              onclick: () => moveLeft(i),
            },
            i > 0 && "‹",
            names.get(field) ?? labelOf(field),
          ),
        ),
      ),
    );
  const moveLeft = (i) => {
    const fields = [...picked];
    fields.splice(i - 1, 0, ...fields.splice(i, 1));
    picked.clear();
    for (const field of fields) picked.add(field);
    drawOrder();
    order.children[i - 1].firstChild.focus();
  };
  const close = () => dialog.close();
  const finish = (fields) => {
    remember("columns", fields);
    close();
    done();
  };
  const dialog = h(
    "dialog",
    { "aria-label": "Columns", onclose: () => dialog.remove() },
    h("div.head", {}, h("h2", {}, "Columns"), search),
    order,
    list,
    h(
      "div.actions",
      {},
      h("button.quiet", { type: "button", onclick: () => finish(null) }, "As suggested"),
      h("button", { type: "button", onclick: close }, "Cancel"),
      h("button.main", { type: "button", onclick: () => finish([...picked]) }, "Show these"),
    ),
  );
  draw();
  drawOrder();
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * A choice of columns to group by.
 *
 * @param {object[]} columns of the store
 * @param {string[]} chosen fields
 * @param {(fields: string[]) => void} set is told the choice
 */
export function groupChoice(columns, chosen, set) {
  const options = (chosenField) =>
    Object.entries(TABLES).map(([table, label]) => {
      const found = columns.filter(
        (each) =>
          each.table === table && !["id", "started", "duration", "notes", "parent"].includes(each.field),
      );
      return (
        found.length > 0 &&
        h(
          "optgroup",
          { label },
          found.map((each) =>
            h("option", { value: each.field, selected: each.field === chosenField }, each.name),
          ),
        )
      );
    });
  const one = (field, i) =>
    h(
      "select",
      {
        "aria-label": i === 0 ? "Group by" : "then by",
        onchange: (event) =>
          set([...chosen.slice(0, i), event.currentTarget.value, ...chosen.slice(i + 1)].filter(Boolean)),
      },
      h("option", { value: "" }, i === 0 ? "nothing" : "nothing else"),
      options(field),
    );
  const fields = chosen.length ? [...chosen, ""] : [""];
  return h(
    "span.field",
    {},
    h("span", {}, "Group by"),
    fields.slice(0, 3).map((field, i) => one(field, i)),
  );
}
