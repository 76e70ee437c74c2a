// Confusion matrices: counts and rates, and what they say of each class.

import { h, put } from "../dom.js";
import { count, decimalsOf, exact, number, percent, text } from "../format.js";
import { Unreadable } from "./records.js";

// Beyond this many classes cells are colours, and their numbers are told by the pointer.
const READABLE = 14;
// Beyond this many they are smaller.
const TIGHT = 6;
// Beyond this many there is no room for the names of the classes.
const NAMED = 60;
const FAINTEST = 0.25;

const RATES = ["precision", "recall", "f1"];

const MODES = {
  counts: { label: "Counts", of: (matrix, i, j) => matrix[i][j] },
  true: { label: "By true class", of: (matrix, i, j) => share(matrix[i][j], sum(matrix[i])) },
  predicted: {
    label: "By predicted class",
    of: (matrix, i, j) => share(matrix[i][j], sum(matrix.map((row) => row[j]))),
  },
};

/**
 * A confusion matrix with a choice of counts and rates, and a table of its classes.
 *
 * @param {object} data `labels` and `counts`: what is true in rows, what was predicted in columns
 * @param {boolean} [plain] without the table of classes
 */
export function confusion(data, plain = false) {
  const labels = Array.isArray(data?.labels) ? data.labels.map(text) : [];
  const matrix = data?.counts;
  const isSquare =
    labels.length > 0 &&
    Array.isArray(matrix) &&
    matrix.length === labels.length &&
    matrix.every((row) => Array.isArray(row) && row.length === labels.length && row.every(Number.isFinite));
  if (!isSquare) throw new Unreadable("it is no square matrix of numbers");
  const box = h("div.scroll", {});
  const read = h(
    "p.small.soft",
    { "aria-live": "polite" },
    [
      data.folded && `(other) stands for ${count(data.folded)} classes`,
      labels.length > READABLE &&
        "Green is right, red is wrong, and each is darkest where it is most frequent. Point at a cell for its numbers",
    ]
      .filter(Boolean)
      .join(". "),
  );
  const buttons = Object.entries(MODES).map(([mode, { label }]) =>
    h("button", { type: "button", "data-mode": mode, onclick: () => show(mode) }, label),
  );
  const show = (mode) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    put(box, tableOf(labels, matrix, mode, read));
  };
  show("counts");
  const choice = h("div.segments.small", { role: "group", "aria-label": "What the cells show" }, buttons);
  return [choice, box, read, !plain && classes(labels, matrix)];
}

function tableOf(labels, matrix, mode, read) {
  const isDense = labels.length > READABLE;
  const values = matrix.map((row, i) => row.map((_, j) => MODES[mode].of(matrix, i, j)));
  const isNamed = labels.length <= NAMED;
  const largest = mode === "counts" ? Math.max(1e-12, ...values.flat()) : 1;
  const shade = isDense ? shadeApart(values) : (value) => Math.max(0, value / largest);
  const tell = (i, j) =>
    `true ${labels[i]}, predicted ${labels[j]}: ${count(round(matrix[i][j]))} (${percent(share(matrix[i][j], sum(matrix[i])))} of its rows)`;
  const cell = (value, i, j) => {
    return h(
      "td",
      {
        class: `${i === j ? "hit" : matrix[i][j] ? "miss" : "none"}`,
        style: { "--share": String(shade(value, i === j)) },
        title: tell(i, j),
        onpointerenter: isDense ? () => put(read, tell(i, j)) : null,
      },
      isDense ? "" : mode === "counts" ? count(round(value)) : value === 0 ? "0" : percent(value),
    );
  };
  return h(
    "table.matrix",
    { class: isDense ? `dense${isNamed ? " named" : ""}` : labels.length > TIGHT ? "tight" : "" },
    h("caption.unseen", {}, "Rows are true classes, columns predicted ones"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", { class: "none", style: { background: "none" } }),
        h("th", { colspan: labels.length, scope: "colgroup" }, "predicted"),
      ),
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "true"),
        labels.map((label) =>
          h("th", { scope: "col", title: label, class: isDense ? "upright" : "" }, isNamed && label),
        ),
      ),
    ),
    h(
      "tbody",
      {},
      values.map((row, i) =>
        h(
          "tr",
          {},
          h("th", { scope: "row", title: labels[i] }, isNamed && labels[i]),
          row.map((value, j) => cell(value, i, j)),
        ),
      ),
    ),
  );
}

/** Of many cells without numbers the misses, which are few, have a scale of their own: none is invisible. */
function shadeApart(values) {
  const largest = (isHit) =>
    Math.max(1e-12, ...values.flatMap((row, i) => row.filter((_, j) => (i === j) === isHit)));
  const [hit, miss] = [largest(true), largest(false)];
  return (value, isHit) => (value > 0 ? FAINTEST + (1 - FAINTEST) * (value / (isHit ? hit : miss)) : 0);
}

/** What the matrix says of each class, the worst recognised first where there are many. */
function classes(labels, matrix) {
  const rows = labels.map((label, i) => {
    const [hits, own, said] = [matrix[i][i], sum(matrix[i]), sum(matrix.map((row) => row[i]))];
    return {
      label,
      own,
      precision: share(hits, said),
      recall: share(hits, own),
      f1: share(2 * hits, own + said),
      worst: worst(labels, matrix, i),
    };
  });
  if (labels.length > READABLE) rows.sort((a, b) => a.f1 - b.f1);
  const decimals = Object.fromEntries(RATES.map((name) => [name, decimalsOf(rows.map((row) => row[name]))]));
  const heads = ["class", "rows", "precision", "recall", "F1", "mostly taken for"];
  return h(
    "details",
    { open: labels.length <= 10 },
    h("summary", {}, "Per class"),
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
            heads.map((head, i) => h("th", { scope: "col", class: i > 0 && i < 5 ? "num" : "" }, head)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.map((row) =>
            h(
              "tr",
              {},
              h("td", {}, row.label),
              h("td.num", {}, count(round(row.own))),
              RATES.map((name) => h("td.num", { title: exact(row[name]) }, number(row[name], decimals[name]))),
              h("td.soft", {}, row.worst),
            ),
          ),
        ),
      ),
    ),
  );
}

function worst(labels, matrix, i) {
  const others = matrix[i].map((value, j) => (j === i ? 0 : value));
  const most = Math.max(...others);
  return most > 0 ? `${labels[others.indexOf(most)]} (${count(round(most))})` : "";
}

const sum = (values) => values.reduce((total, each) => total + each, 0);
const share = (part, whole) => (whole > 0 ? part / whole : 0);
const round = (value) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));
