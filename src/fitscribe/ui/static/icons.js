// The few signs that the page uses, drawn.

import { s } from "./dom.js";

const PATHS = {
  search: ["M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10Z", "m11 11 3.5 3.5"],
  twist: ["m4.5 2 4 4-4 4"],
  star: ["m8 1.8 1.9 4 4.4.6-3.2 3 .8 4.3L8 11.6l-3.9 2.1.8-4.3-3.2-3 4.4-.6Z"],
  close: ["m4 4 8 8", "m12 4-8 8"],
  theme: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z"],
  grow: ["M9.5 2H14v4.5", "M14 2 9 7", "M6.5 14H2V9.5", "m2 14 5-5"],
  reset: ["M2.5 8a5.5 5.5 0 1 0 1.7-4", "M2.5 2.5v3h3"],
  copy: ["M5.5 5.5h8v8h-8z", "M10.5 5.5v-3h-8v8h3"],
};

/** A sign, hidden from those who listen: what it stands on has a label. */
export function icon(name) {
  const size = name === "twist" ? 12 : 16;
  return s(
    "svg.sign",
    { viewBox: `0 0 ${size} ${size}`, width: size, height: size, "aria-hidden": "true" },
    PATHS[name].map((d) => s("path", { d, "stroke-linecap": "round", "stroke-linejoin": "round" })),
    name === "theme" && s("path", { d: "M8 2a6 6 0 0 1 0 12Z", fill: "currentColor", stroke: "none" }),
  );
}

/** The mark of fitscribe: a curve of losses that is being written. */
export function mark() {
  return s(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("rect", { width: 24, height: 24, rx: 6, fill: "var(--accent)" }),
    s("path", {
      d: "M4.5 6c2 7.5 4 10 7 10.8",
      fill: "none",
      stroke: "var(--on-accent)",
      "stroke-width": 2.2,
      "stroke-linecap": "round",
    }),
    s("path", { d: "m11.3 17.6 1.2-3.6 5-5 2.4 2.4-5 5Z", fill: "var(--on-accent)" }),
  );
}
