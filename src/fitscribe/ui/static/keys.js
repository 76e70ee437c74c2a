// What the keyboard does everywhere, and the list of all that it does.

import { reported } from "./api.js";
import { h } from "./dom.js";

// A report has no table, and no other pages.
const HELP = [
  [
    "Everywhere",
    reported === null
      ? [
          ["?", "this list"],
          ["/", "to the filter"],
          ["g r", "runs"],
          ["g t", "trash"],
          ["g e", "explore"],
          ["c", "compare what is selected"],
        ]
      : [
          ["?", "this list"],
          ["g r", "back to what the report is of"],
          ["c", "compare"],
        ],
    [
      ["d", "light, dark, as the system has it"],
      ["Esc", "close, or leave a box"],
    ],
  ],
  reported === null && [
    "In the filter",
    [
      ["↓ ↑", "choose what may stand there"],
      ["Tab", "complete the word that is begun, or lead on"],
    ],
  ],
  reported === null && [
    "In the table",
    [
      ["↑ ↓ j k", "move"],
      ["← →", "close and open what lies in a run"],
      ["Enter", "open the run"],
      ["Space", "select; with Shift, all up to here"],
      ["s", "star"],
      ["t", "tags"],
      ["n", "notes"],
      ["Del", "move to the trash"],
    ],
  ],
  [
    "On a curve",
    [
      ["← →", "read its points, one by one; with Shift, by ten"],
      ["↑ ↓", "read the line above or below"],
      ["Home End", "its first point in sight, its last one"],
      ["+ −", "zoom"],
      ["0", "all of it again; a double click does, too"],
    ],
  ],
].filter(Boolean);

const TYPING = "input:not([type=checkbox], [type=range]), textarea, select, [contenteditable], .pop";

/** Whether a key is meant for what has the focus, and for nothing else. */
const isTyped = (event) =>
  event.ctrlKey ||
  event.metaKey ||
  event.altKey ||
  event.target.closest?.(TYPING) ||
  document.querySelector("dialog[open]");

/**
 * Listen to keys that mean the same on every page.
 *
 * @param {object} actions by key, or by two keys after each other: `g r`
 */
export function startKeys(actions) {
  let before = "";
  const answer = (event, action) => {
    if (!action) return;
    before = "";
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  // The second of two keys may be one that the table knows: these come first.
  document.addEventListener(
    "keydown",
    (event) => {
      if (isTyped(event)) return;
      const pair = `${before} ${event.key}`;
      before = event.key;
      answer(event, actions[pair]);
    },
    true,
  );
  document.addEventListener("keydown", (event) => isTyped(event) || answer(event, actions[event.key]));
}

/** Show what the keys do. */
export function showKeys() {
  const dialog = h(
    "dialog",
    { "aria-label": "Keys", onclose: () => dialog.remove() },
    h("h2", {}, "Keys"),
    HELP.map(([title, ...rows]) => [
      h("h3.soft", {}, title),
      h(
        "dl.keys",
        {},
        rows.flat().map(([keys, what]) => [
          h(
            "dt",
            {},
            keys.split(" ").map((key) => [h("kbd", {}, key), " "]),
          ),
          h("dd", {}, what),
        ]),
      ),
    ]),
    h("div.actions", {}, h("button.main", { type: "button", onclick: () => dialog.close() }, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}
