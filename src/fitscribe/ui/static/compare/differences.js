// What differs between runs, side by side, and nothing else.

import { breakable, h } from "../dom.js";
import { change, decimalsOf, exact, named, number } from "../format.js";
import { valueText } from "../run/numbers.js";
import { swatch } from "./legend.js";

const TITLES = {
  run: "Run",
  params: "Parameters",
  metrics: "Metrics",
  tags: "Tags",
  facts: "Fitted",
  datasets: "Data",
  signature: "Signature",
  environment: "Environment",
  packages: "Packages",
  source: "Source",
};
const DIFF = "diff";
const ROWS = 40;
// Beyond so many runs the rows are high, and fewer of them are shown at first.
const [MANY, FEW_ROWS] = [10, 15];

/**
 * The panels of differences, section by section.
 *
 * @param {object[]} sections as the comparison has them
 * @param {object[]} runs as `marked` gives them
 * @param {Set<string>} opened the names of those that are shown to their end, which is added to
 */
export function differences(sections, runs, opened) {
  const some = sections.filter((section) => section.rows.length > 0);
  if (some.length === 0) return h("p.panel.soft", {}, "No difference but time.");
  const shown = some.map(withoutDiff).filter((section) => section.rows.length > 0);
  if (shown.length === 0) return h("p.panel.soft", {}, "No difference but the code.");
  return h(
    "div.section",
    {},
    shown.map((section) => panel(section, runs, opened)),
  );
}

/** A diff is many lines, and no value to be put beside others: the panel of code shows it. */
function withoutDiff(section) {
  if (section.name !== "source") return section;
  return { ...section, rows: section.rows.filter((row) => row.name !== DIFF) };
}

/** Whether values that differ still do with numbers as people read them. */
function differAsMuch(values) {
  const there = values.filter((value) => value !== null);
  const amount = (texts) => new Set(texts).size;
  return (
    amount(there.map((value) => value.short ?? value.text)) === amount(there.map((value) => value.text))
  );
}

function panel(section, runs, opened) {
  const isNumeric = section.name === "metrics";
  const hasChange = section.rows.some((row) => row.change !== null);
  const most = opened.has(section.name) ? section.rows.length : runs.length > MANY ? FEW_ROWS : ROWS;
  const body = h("tbody", {});
  const line = (row) => {
    const decimals = isNumeric ? decimalsOf(row.values.map((value) => value?.number)) : undefined;
    const isShort = differAsMuch(row.values);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, breakable(named(row.name))),
      row.values.map((value) =>
        h(
          isNumeric ? "td.num" : "td",
          { title: isNumeric && value ? exact(value.number) : value?.short && value.text },
          value === null
            ? h("span.soft", {}, "–")
            : isNumeric && value.number !== undefined
              ? number(value.number, decimals)
              : h("div", {}, valueText(value, isShort)),
        ),
      ),
      hasChange && h("td.num.soft", {}, row.change === null ? "" : change(row.change)),
    );
  };
  body.append(...section.rows.slice(0, most).map(line));
  const rest = section.rows.length - most;
  const more =
    rest > 0 &&
    h(
      "button.quiet.small",
      {
        type: "button",
        onclick: () => {
          opened.add(section.name);
          body.append(...section.rows.slice(most).map(line));
          more.remove();
        },
      },
      `Show ${rest} more`,
    );
  return h(
    "div.panel",
    { "data-section": section.name },
    h(
      "header",
      {},
      h("h3", {}, TITLES[section.name] ?? section.name),
      h("span.role", {}, `${section.rows.length} differ`),
    ),
    h(
      "div.scroll",
      {},
      h(
        "table.plain.differ",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, h("span.unseen", {}, "name")),
            runs.map((run) =>
              h(
                "th",
                { scope: "col", class: isNumeric ? "num" : "", title: run.name },
                swatch(run),
                " ",
                run.short,
              ),
            ),
            hasChange && h("th.num", { scope: "col" }, "change"),
          ),
        ),
        body,
      ),
    ),
    more,
  );
}
