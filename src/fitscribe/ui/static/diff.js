// A unified diff, line by line.

import { h, put } from "./dom.js";
import { count } from "./format.js";

const LINES = 1500;

function kindOf(line) {
  if (line.startsWith("diff ") || line.startsWith("+++") || line.startsWith("---")) return "file";
  if (line.startsWith("@@")) return "at";
  if (line.startsWith("+")) return "plus";
  if (line.startsWith("-")) return "minus";
  return "";
}

/**
 * The text of a diff, coloured.
 *
 * @param {string} diff unified
 * @param {string} label what it is a diff of
 */
export function diffView(diff, label) {
  const lines = diff.replace(/\n$/, "").split("\n");
  const line = (each) => h("div", { class: kindOf(each) }, each === "" ? " " : each);
  const box = h(
    "div.diff",
    { tabindex: 0, role: "region", "aria-label": label },
    lines.slice(0, LINES).map(line),
  );
  if (lines.length <= LINES) return [box];
  const more = h(
    "button.quiet.small",
    { type: "button", onclick: () => (put(box, lines.map(line)), more.remove()) },
    `Show all ${count(lines.length)} lines`,
  );
  return [box, more];
}
