// What each feature counts for: importances and coefficients, the heaviest first.

import { h, put } from "../dom.js";
import { count, exact, number, text, toNumber } from "../format.js";
import { Unreadable } from "./records.js";

const SHOWN = 15;

/**
 * The weights of a record, heaviest first.
 *
 * @param {object} data `features`, and `values`: a number for each, or a list of those for each class
 * @returns {{feature: string, values: number[]}[]}
 */
export function weightsOf(data) {
  const { features, values } = data ?? {};
  if (!Array.isArray(features) || !Array.isArray(values))
    throw new Unreadable("it holds no features with values");
  const lists = values.length > 0 && values.every(Array.isArray) ? values : [values];
  const found = lists.map((list) => list.map(toNumber));
  if (found.some((list) => list.length !== features.length || list.includes(null))) {
    throw new Unreadable("not every feature has a value");
  }
  const heavy = (each) => Math.max(...each.values.map((value) => Math.abs(value) || 0));
  return features
    .map((feature, i) => ({ feature: text(feature), values: found.map((list) => list[i]) }))
    .sort((a, b) => heavy(b) - heavy(a));
}

/** Bars of importances; coefficients of several classes as a table, with what they are added to. */
export function weights(data) {
  return [...drawn(data), intercept(data), notKept(data)];
}

function notKept({ rows, values }) {
  if (!(rows > values.length)) return null;
  return h("p.small.soft", {}, `Of ${count(rows)} classes the first ${count(values.length)} were kept.`);
}

function intercept({ intercept: found, classes }) {
  const values = (Array.isArray(found) ? found : [found]).map(toNumber).filter((each) => each !== null);
  if (values.length === 0) return null;
  const names = values.length > 1 && Array.isArray(classes) ? classes.map((each) => `${text(each)}: `) : [];
  return h(
    "p.small.soft.wrap",
    {},
    "intercept ",
    values.map((each, i) => [i > 0 && ", ", names[i], h("span", { title: exact(each) }, number(each))]),
  );
}

function drawn(data) {
  const every = weightsOf(data);
  const draw = every[0]?.values.length > 1 ? (shown) => tableOf(shown, data.classes) : barsOf;
  const box = h("div.scroll", {}, draw(every.slice(0, SHOWN)));
  const rest = Math.max(data.of ?? 0, every.length) - Math.min(every.length, SHOWN);
  if (rest <= 0) return [box];
  if (every.length <= SHOWN)
    return [box, h("p.small.soft", {}, `and ${count(rest)} more that were not kept`)];
  const more = h(
    "button.quiet.small",
    { type: "button", onclick: () => (put(box, draw(every)), more.remove()) },
    `Show ${count(every.length - SHOWN)} more`,
  );
  return [box, more];
}

function barsOf(shown) {
  const largest = Math.max(1e-300, ...shown.map((each) => Math.abs(each.values[0]) || 0));
  return h(
    "div.weights.small",
    { role: "list" },
    shown.map(({ feature, values: [value] }) => [
      h("span.name", { role: "listitem", title: feature }, feature),
      h("span.num", {}, number(value)),
      h("span.weight", {
        class: value < 0 ? "below" : "",
        style: { "--share": String(Math.abs(value) / largest || 0) },
      }),
    ]),
  );
}

function tableOf(shown, names) {
  const heads = shown[0].values.map((_, i) => text(Array.isArray(names) ? (names[i] ?? i) : i));
  return h(
    "table.plain.small",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "feature"),
        heads.map((head) => h("th.num", { scope: "col" }, head)),
      ),
    ),
    h(
      "tbody",
      {},
      shown.map((each) =>
        h(
          "tr",
          {},
          h("td", {}, each.feature),
          each.values.map((value) => h("td.num", {}, number(value))),
        ),
      ),
    ),
  );
}
