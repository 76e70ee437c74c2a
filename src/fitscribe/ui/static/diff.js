// A unified diff, line by line.

import { h, put } from "./dom.js";
import { count } from "./format.js";

const LINES = 1500;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const KINDS = { "+": "plus", "-": "minus" };

/** What each line of a diff is: only what stands above a hunk can name a file, whatever its lines begin with. */
export function kindsOf(lines) {
  let [before, after] = [0, 0];
  return lines.map((line) => {
    // One of which the end was not kept may stop within a hunk.
    if (line.startsWith("diff --git ")) [before, after] = [0, 0];
    if (before > 0 || after > 0) {
      if (line.startsWith("\\")) return "";
      if (!line.startsWith("+")) before -= 1;
      if (!line.startsWith("-")) after -= 1;
      return KINDS[line[0]] ?? "";
    }
    const hunk = HUNK.exec(line);
    if (hunk === null) return /^(diff |--- |\+\+\+ )/.test(line) ? "file" : "";
    [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
    return "at";
  });
}

/**
 * The text of a diff, coloured.
 *
 * @param {string} diff unified
 * @param {string} label what it is a diff of
 */
export function diffView(diff, label) {
  const lines = diff.replace(/\n$/, "").split("\n");
  const kinds = kindsOf(lines);
  const line = (each, i) => h("div", { class: kinds[i] }, each === "" ? " " : each);
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
