// The legend of a chart: what each line has come to; one of several can be hidden there.

import { swatch } from "../chart/swatch.js";
import { h } from "../dom.js";
import { named, number } from "../format.js";

/**
 * The legend of some metrics.
 *
 * @param {object[]} metrics of a run's page
 * @param {object[]} lines of them, in the same order
 * @param {string} title of their chart, which need not be said again
 * @param {Set<string>} hidden the groups of the lines that are not drawn
 * @param {(group: string) => void} toggle hides a line, or shows it again
 */
export function legend(metrics, lines, title, hidden, toggle) {
  const entry = ({ name, last }, { group, color, dash }) => {
    const said = [
      swatch(color, dash),
      h("span", {}, `${lines.length > 1 || name !== title ? named(name) : "last"} ${number(last)}`),
    ];
    if (lines.length === 1) return h("span.field", {}, said);
    const press = {
      type: "button",
      title: hidden.has(group) ? "Show the line" : "Hide the line",
      "data-key": group,
      "aria-pressed": String(!hidden.has(group)),
      onclick: () => toggle(group),
    };
    return h("button.field.entry", press, said);
  };
  return h(
    "ul.legend.small",
    {},
    metrics.map((metric, i) => h("li", {}, entry(metric, lines[i]))),
  );
}
