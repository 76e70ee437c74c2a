// What fitscribe saw, what it did not see and why, and what it cost.

import { h } from "../dom.js";
import { count, duration, plural } from "../format.js";

const BY_HAND = "Nobody has said what could be missing: this run was logged by hand.";

/** Patch points by their state: `19 patch points in use, 1 waiting`. */
function statesOf(points) {
  const states = new Map();
  for (const { state } of points) states.set(state, (states.get(state) ?? 0) + 1);
  const others = [...states].filter(([state]) => state !== "applied");
  return [
    `${plural(states.get("applied") ?? 0, "patch point")} in use`,
    ...others.map(([state, amount]) => `${count(amount)} ${state}`),
  ].join(", ");
}

/** In a few words what a run says of its coverage. */
export function coverageInShort({ points, not_seen: notSeen, damage }) {
  const missing = notSeen.length + damage.length;
  if (missing > 0) return `${plural(missing, "thing")} not seen`;
  return points.length > 0 ? "nothing known to be missing" : "logged by hand";
}

/** The section of coverage. */
export function coverage(run) {
  const { points, not_seen: notSeen, damage } = run.coverage;
  const missing = [...notSeen, ...damage.map((each) => `the run's files: ${each}`)];
  const spent = run.cost?.cpu_s;
  const share = run.cost?.share;
  const cost =
    spent === undefined || spent === null
      ? ""
      : `fitscribe itself took ${duration(spent)} of CPU${share === null || share === undefined ? "" : `, ${(share * 100).toFixed(1)} % of the run`}.`;
  return h(
    "div.panel",
    {},
    missing.length > 0
      ? h(
          "ul.section",
          { style: { gap: "6px" } },
          missing.map((each) => h("li.warn.wrap", {}, each)),
        )
      : h(
          "p",
          {},
          points.length > 0
            ? `Nothing is known to be missing: ${statesOf(points)}.`
            : BY_HAND,
        ),
    cost && h("p.soft", { style: { "margin-top": "8px" } }, cost),
    points.length > 0 &&
      h(
        "details",
        { style: { "margin-top": "8px" } },
        h("summary", {}, plural(points.length, "patch point")),
        h(
          "div.scroll",
          {},
          h(
            "table.plain.small",
            {},
            h(
              "tbody",
              {},
              points.map((point) =>
                h(
                  "tr",
                  {},
                  h("td.mono", {}, point.id),
                  h("td", { class: point.state === "applied" ? "soft" : "warn" }, point.state),
                  h("td.wrap.soft", {}, point.reason ?? ""),
                ),
              ),
            ),
          ),
        ),
      ),
  );
}
