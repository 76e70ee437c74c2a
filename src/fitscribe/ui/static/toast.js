// Short messages at the bottom of the page: what was done, and the way back.

import { h } from "./dom.js";
import { sentence } from "./format.js";

const STAYS = 8000;
let shown = null;
let timer = 0;

/**
 * Say something.
 *
 * @param {string} message what
 * @param {{label: string, call: () => void}} [action] what can be done about it
 */
export function toast(message, action) {
  dismiss();
  clearTimeout(timer);
  shown = h(
    "div.toast",
    { role: "status" },
    h("span", {}, message),
    action && h("button", { type: "button", onclick: () => (dismiss(), action.call()) }, action.label),
  );
  document.body.append(shown);
  timer = setTimeout(dismiss, STAYS);
}

/** Take the message away; whoever stood on its button stands in the page again. */
function dismiss() {
  const hadFocus = shown?.contains(document.activeElement);
  shown?.remove();
  shown = null;
  if (hadFocus) (document.querySelector("[role=treegrid]") ?? document.getElementById("main")).focus();
}

/** Say what went wrong, and what to do about it; what was given up is nothing wrong. */
export function complain(error) {
  if (error.name === "AbortError") return;
  toast(error.remedy ? `${sentence(error.message)} ${error.remedy}` : error.message);
}
