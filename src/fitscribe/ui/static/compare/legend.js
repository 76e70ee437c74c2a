// The runs that are compared, each with its colour, which it keeps in every drawing of the page.

import { reported } from "../api.js";
import { colorAt, dashAt } from "../chart/drawing.js";
import { swatch as lineOf } from "../chart/swatch.js";
import { h } from "../dom.js";
import { ago, clock } from "../format.js";
import { icon } from "../icons.js";
import { status } from "../runs/cells.js";
import { address } from "../state.js";

/** A run's place in the drawings. */
export function marked(runs) {
  return runs.map((run, i) => ({
    ...run,
    color: colorAt(i),
    dash: dashAt(i) ?? undefined,
    label: `${run.name || run.short} ${run.short}`,
  }));
}

/** A line as a run has it in the drawings. */
export const swatch = (run) => lineOf(run.color, run.dash);

/**
 * The list of runs.
 *
 * @param {object[]} runs as `marked` gives them
 * @param {object} calls `point(id | null)` and `remove(id)`
 */
export function legend(runs, calls) {
  return h(
    "ul.legend",
    { "aria-label": "Runs" },
    runs.map((run) =>
      h(
        "li",
        {
          "data-run": run.id,
          onpointerenter: () => calls.point(run.id),
          onpointerleave: () => calls.point(null),
        },
        h(
          "span.button",
          {},
          swatch(run),
          status(run.status, true),
          h(
            "a",
            {
              href: address(["run", run.id]),
              title: `${run.name}, ${clock(run.started)}, ${ago(run.started)}`,
              onfocus: () => calls.point(run.id),
              onblur: () => calls.point(null),
            },
            run.name || run.short,
          ),
          h("span.mono.small.soft", {}, run.short),
          reported === null &&
            runs.length > 2 &&
            h(
              "button.quiet",
              {
                type: "button",
                // The focus goes on to the next one.
                "data-key": "leave out",
                "aria-label": `Leave ${run.name} out`,
                style: { padding: "0", "min-height": "0" },
                onclick: () => calls.remove(run.id),
              },
              icon("close"),
            ),
        ),
      ),
    ),
  );
}
