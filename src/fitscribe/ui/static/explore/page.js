// The page that explores a choice of runs: those of a filter, the children of one run, or some that were picked.

import { getRun } from "../api.js";
import { h, put } from "../dom.js";
import { address, here } from "../state.js";
import { explorationOf, keepExploration } from "./address.js";
import { Explorer } from "./explorer.js";

/** The explorer as a page; see `app.js` for what a page is. */
export class ExplorePage {
  constructor(main) {
    this.main = main;
  }

  async start() {
    const { query } = here();
    const runs = query.get("runs")?.split(",").filter(Boolean) ?? [];
    const [filter, parent] = [query.get("filter") ?? "", query.get("parent") ?? ""];
    this.key = JSON.stringify([runs, filter, parent]);
    const run = parent ? await getRun(parent) : null;
    this.explorer = new Explorer({ filter, parent, run: runs }, explorationOf(query), (state) =>
      keepExploration(state),
    );
    const what = runs.length
      ? `${runs.length} picked runs`
      : filter
        ? h("code.wrap", {}, filter)
        : run
          ? ""
          : "all runs";
    put(
      this.main,
      h(
        "div.page",
        {},
        h(
          "div.head",
          {},
          h("h1", {}, "Explore"),
          h("span.soft", {}, what, run && ["in ", h("a", { href: address(["run", run.id]) }, run.name)]),
        ),
        h("h2.unseen", {}, "Parameters and metrics"),
        this.explorer.element,
      ),
    );
    await this.explorer.start();
  }

  follow() {
    const { query } = here();
    const runs = query.get("runs")?.split(",").filter(Boolean) ?? [];
    const key = JSON.stringify([runs, query.get("filter") ?? "", query.get("parent") ?? ""]);
    if (key === this.key) return undefined;
    this.end();
    return this.start();
  }

  end() {
    this.explorer?.destroy();
  }
}
