// What a run saw and what its model takes: data sets with their holes and classes, lineage, signature.

import { Unreadable } from "../chart/records.js";
import { h } from "../dom.js";
import { count, lastPart, number, percent, plural, shape, size, text } from "../format.js";
import { lineage } from "./lineage.js";

const CLASSES = 8;
const COLUMNS = 12;

/** The section of data; null where nothing is known. */
export function dataSection({ datasets, signature, lineages }) {
  const parts = [
    datasets.length > 0 && h("div.grid.small-ones", {}, datasets.map(datasetPanel)),
    lineages.map((each) => graph(each.data)),
    signature &&
      h(
        "div.panel",
        {},
        h("header", {}, h("h3", {}, "Signature"), h("span.role", {}, "what the model takes and gives")),
        signatureTable(signature),
      ),
  ];
  return parts.flat().some(Boolean) ? h("div.section", {}, parts) : null;
}

function graph(data) {
  let drawn;
  try {
    drawn = lineage(data);
  } catch (error) {
    if (!(error instanceof Unreadable) && !(error instanceof TypeError)) throw error;
    drawn = h("p.warn", {}, `Not drawn: ${error.message}.`);
  }
  return h(
    "div.panel",
    {},
    h("header", {}, h("h3", {}, "Lineage"), h("span.role", {}, "where the data comes from")),
    h("div.section", {}, drawn),
  );
}

function datasetPanel({ role, description }) {
  const found = description ?? {};
  return h(
    "div.panel",
    {},
    h(
      "header",
      {},
      h("h3", {}, role),
      found.name && h("span.role", {}, text(found.name)),
      found.fingerprint &&
        h(
          "span.role.mono.more",
          { title: `Fingerprint ${text(found.fingerprint)}` },
          text(found.fingerprint).slice(0, 8),
        ),
    ),
    h("dl.pairs.small", {}, describe(found)),
    found.target && [
      h("h3", { style: { margin: "12px 0 6px" } }, "Target"),
      h("dl.pairs.small", {}, describe(found.target)),
      found.target.classes && balance(found.target.classes),
    ],
    found.classes && balance(found.classes),
  );
}

function describe(found) {
  const types = Array.isArray(found.dtypes) ? tally(found.dtypes) : found.dtype;
  const by =
    found.missing_by_column &&
    Object.entries(found.missing_by_column).map(([name, amount]) => `${name} ${count(amount)}`);
  const rows = [
    ["shape", Array.isArray(found.shape) && shape(found.shape)],
    ["container", found.container && h("span", { title: text(found.container) }, lastPart(found.container))],
    ["types", types && text(types)],
    ["size", Number.isFinite(found.bytes) && size(found.bytes)],
    ["filled", Number.isFinite(found.density) && `${percent(found.density)} (sparse)`],
    [
      "missing",
      found.missing > 0 &&
        h("span.warn", {}, `${count(found.missing)}${by ? `: ${by.slice(0, 6).join(", ")}` : ""}`),
    ],
    [
      "range",
      found.min !== undefined &&
        found.min !== null &&
        `${number(found.min)} to ${number(found.max)}${found.mean === undefined || found.mean === null ? "" : `, mean ${number(found.mean)}`}`,
    ],
    ["labels", Number.isFinite(found.distinct) && `${count(found.distinct)} different ones`],
    ["device", found.device && text(found.device)],
    ["not read", found.not_read && h("span.warn", {}, text(found.not_read))],
    ["columns", Array.isArray(found.columns) && found.columns.length > 0 && columnList(found.columns)],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

function tally(names) {
  const counts = new Map();
  for (const each of names) counts.set(text(each), (counts.get(text(each)) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([name, amount]) => (counts.size === 1 ? name : `${amount} ${name}`))
    .join(", ");
}

function columnList(columns) {
  const names = columns.map(text);
  if (names.length <= COLUMNS) return names.join(", ");
  return h(
    "details",
    {},
    h("summary", {}, `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`),
    names.slice(4).join(", "),
  );
}

/** How many rows each class has, as bars. */
function balance(classes) {
  const entries = Object.entries(classes).filter(([, amount]) => Number.isFinite(amount));
  const total = entries.reduce((sum, [, amount]) => sum + amount, 0) || 1;
  const largest = Math.max(1, ...entries.map(([, amount]) => amount));
  const bars = (some) =>
    h(
      "div.weights.small",
      {},
      some.map(([name, amount]) => [
        h("span.name", {}, name),
        h("span.num", {}, `${count(amount)} (${percent(amount / total)})`),
        h("span.weight", { style: { "--share": String(amount / largest) } }),
      ]),
    );
  const rest = entries.slice(CLASSES);
  return h(
    "div",
    { style: { "margin-top": "8px" } },
    bars(entries.slice(0, CLASSES)),
    rest.length > 0 &&
      h("details", {}, h("summary.small", {}, `${plural(rest.length, "class", "classes")} more`), bars(rest)),
  );
}

function signatureTable(signature) {
  const sides = [
    ["in", signature.inputs],
    ["out", signature.outputs],
  ].filter(([, each]) => each);
  return h(
    "dl.pairs.small",
    {},
    sides.map(([side, each]) => [h("dt", {}, side), h("dd", {}, specification(each))]),
    signature.batch && [h("dt", {}, "batch"), h("dd", {}, batch(signature.batch))],
  );
}

function specification(each) {
  if (!Array.isArray(each))
    return [
      shape(Array.isArray(each.shape) ? each.shape : []),
      text(each.type ?? ""),
      each.sparse ? "sparse" : "",
      each.missing ? "with holes" : "",
    ]
      .filter(Boolean)
      .join(" ");
  const fields = each.map((field) =>
    "shape" in field
      ? `${field.name ? `${field.name}: ` : ""}${specification({ ...field })}`
      : `${text(field.name)}: ${text(field.type)}${field.missing ? "?" : ""}`,
  );
  return fields.length <= COLUMNS
    ? fields.join(", ")
    : h(
        "details",
        {},
        h("summary", {}, `${plural(fields.length, "column")}: ${fields.slice(0, 4).join(", ")}, …`),
        fields.join(", "),
      );
}

function batch(each) {
  const fields = Array.isArray(each.fields)
    ? each.fields.map((field) => `${field.name ? `${field.name}: ` : ""}${specification(field)}`)
    : [];
  return `${lastPart(each.container)}${Number.isFinite(each.batch_size) ? ` of ${count(each.batch_size)}` : ""}${fields.length ? `: ${fields.join(", ")}` : ""}`;
}
