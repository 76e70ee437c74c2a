// What to do in a store that holds no run yet.

import { h, put } from "../dom.js";
import { icon } from "../icons.js";

const SCRIPT = `import fitscribe

fitscribe.autolog()  # the one line

model.fit(X, y)      # your training, as it is`;

const COMMAND = "fitscribe run train.py";

/** The page of an empty store. */
export function emptyStore(store) {
  return h(
    "div.empty",
    {},
    h("h1", {}, "Nothing has been recorded here yet"),
    h("p.soft", {}, "Add one line to a training that exists:"),
    snippet(SCRIPT),
    h("p.soft", {}, "or none at all:"),
    snippet(COMMAND),
    h(
      "p.soft",
      {},
      "Its run appears here while it trains. This page looks at the store ",
      h("code.wrap", {}, store.path),
      ".",
    ),
    store.trashed > 0 &&
      h("p", {}, h("a", { href: "#/trash" }, `There is something in the trash: ${store.trashed}`)),
  );
}

function snippet(text) {
  const button = h(
    "button.quiet.icon",
    {
      type: "button",
      "aria-label": "Copy",
      onclick: async () => {
        await navigator.clipboard.writeText(text);
        put(button, "✓");
        setTimeout(() => put(button, icon("copy")), 1500);
      },
    },
    icon("copy"),
  );
  return h("div.snippet", {}, h("pre", {}, text), button);
}
