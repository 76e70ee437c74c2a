// A piece of a line, as legends show it.

import { h } from "../dom.js";

/** A piece of a line of some colour, with its dashes. */
export function swatch(color, dash) {
  if (!dash) return h("span.swatch", { style: { "--of": color } });
  let at = 0;
  const stops = dash.map((length, i) => {
    const from = at;
    at += length;
    return `${i % 2 === 0 ? "var(--of)" : "transparent"} ${from}px ${at}px`;
  });
  const background = `repeating-linear-gradient(to right, ${stops.join(", ")})`;
  return h("span.swatch.dashed", { style: { "--of": color, background } });
}
