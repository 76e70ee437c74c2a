// A box that says something about the page itself.

import { h } from "./dom.js";
import { sentence } from "./format.js";

/** What is to be said, what can be done about it, and how bad it is: ``, `warn` or `bad`. */
export function notice(message, remedy = "", kind = "") {
  return h(
    "div.notice",
    { class: kind, role: kind === "bad" ? "alert" : "note" },
    h("div", {}, h("strong", {}, remedy ? sentence(message) : message), " ", remedy),
  );
}
