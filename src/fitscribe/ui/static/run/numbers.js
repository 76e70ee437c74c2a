// All metrics and parameters of a run.

import { breakable, h } from "../dom.js";
import { decimalsOf, exact, named, number, plural } from "../format.js";

const MOST_ROLES = 6;
// What was held out says most, and is in sight on a phone.
const FIRST_ROLES = ["test", "valid", "cv", "train"];
const AT_A_GLANCE = 24;

/** The last value of every metric: of several roles, a table of metric by role. */
export function metricsTable(metrics) {
  const shown = metrics.filter((each) => !each.system && each.name !== "epoch");
  if (shown.length === 0) return null;
  const plainOnes = shown.filter((each) => !each.background);
  const found = new Set(plainOnes.map((each) => each.role));
  const roles = [...new Set([...FIRST_ROLES.filter((role) => found.has(role)), ...found])].filter(Boolean);
  const isByRole = roles.length > 1 && roles.length <= MOST_ROLES;
  const inTable = isByRole ? plainOnes.filter((each) => each.role !== "" && each.means_of === null) : [];
  const alone = shown.filter((each) => !inTable.includes(each));
  return [inTable.length > 0 && byRole(inTable, roles), alone.length > 0 && oneByOne(alone)];
}

function byRole(metrics, roles) {
  const names = [...new Set(metrics.map((each) => each.metric))];
  const found = new Map(metrics.map((each) => [`${each.role} ${each.metric}`, each]));
  const usual = decimalsOf(metrics.map((each) => each.last));
  return h(
    "div.scroll",
    {},
    h(
      "table.plain",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, h("span.unseen", {}, "metric")),
          roles.map((role) => h("th.num", { scope: "col" }, role)),
        ),
      ),
      h(
        "tbody",
        {},
        names.map((name) =>
          h(
            "tr",
            {},
            h("th.wrap", { scope: "row" }, breakable(named(name))),
            line(
              roles.map((role) => found.get(`${role} ${name}`)),
              usual,
            ),
          ),
        ),
      ),
    ),
  );
}

/** The cells of a metric; a score that is 1 or 0 everywhere has the decimals of others. */
function line(metrics, usual) {
  const values = metrics.filter(Boolean).map((each) => each.last);
  const decimals = values.every((each) => each === 0 || each === 1) ? usual : decimalsOf(values);
  return metrics.map((each) =>
    each ? h("td.num", { title: range(each) }, number(each.last, decimals)) : h("td.num", {}),
  );
}

function range(metric) {
  const last = exact(metric.last);
  return metric.count > 1
    ? `${last}, the last of ${plural(metric.count, "point")} from ${exact(metric.min)} to ${exact(metric.max)}`
    : last;
}

function oneByOne(metrics) {
  const rows = (some) =>
    h(
      "dl.pairs",
      {},
      some.map((each) => [h("dt", {}, named(each.name)), h("dd", { title: range(each) }, number(each.last))]),
    );
  const [first, rest] = [metrics.slice(0, AT_A_GLANCE), metrics.slice(AT_A_GLANCE)];
  return [
    rows(first),
    rest.length > 0 && h("details", {}, h("summary", {}, `${rest.length} more`), rows(rest)),
  ];
}

/** Parameters: those that somebody set first, the defaults below. */
export function paramsTable(params) {
  if (params.length === 0) return null;
  const isKnown = params.some((each) => each.changed !== null);
  const set = isKnown ? params.filter((each) => each.changed !== false) : params;
  const rest = params.filter((each) => !set.includes(each));
  return [
    set.length > 0 ? pairs(set, isKnown) : h("p.soft", {}, "All at their defaults."),
    rest.length > 0 &&
      h(
        "details",
        { open: set.length === 0 },
        h("summary", {}, `${rest.length} at their defaults`),
        pairs(rest),
      ),
  ];
}

/** Names and values: numbers as people read them, all of their digits for whoever points at one. */
export function pairs(entries, areSet = false) {
  return h(
    "dl.pairs",
    {},
    entries.map(({ name, value }) => [
      h("dt", {}, breakable(named(name))),
      h(
        "dd",
        { class: areSet ? "set" : "", title: value.short === undefined ? value.type : value.text },
        valueText(value, true),
      ),
    ]),
  );
}

/** A value of the API as text, all of it or with numbers as people read them; one that was cut says so. */
export function valueText(value, isShort) {
  if (value.cut) return [value.text, h("span.soft", {}, ` … of ${value.cut} characters`)];
  if (value.text === "") return h("span.soft", {}, "''");
  return isShort ? (value.short ?? value.text) : value.text;
}
