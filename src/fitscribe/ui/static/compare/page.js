// The page that compares runs.

import { getComparison, getRuns, reported } from "../api.js";
import { Board } from "../chart/board.js";
import { viewOf } from "../chart/view.js";
import { debounced, h, keepFocus, put } from "../dom.js";
import { explorationOf, keepExploration } from "../explore/address.js";
import { Explorer } from "../explore/explorer.js";
import { plural } from "../format.js";
import { listen } from "../live.js";
import { notice } from "../notice.js";
import { select } from "../selection.js";
import { go, here } from "../state.js";
import { codePanel } from "./code.js";
import { differences } from "./differences.js";
import { legend, marked } from "./legend.js";
import { results } from "./results.js";

const PAUSE = 150;
// Fewer runs say nothing of what a parameter does.
const EXPLORED = 4;
const FILTERED = 6;
// What the exploration keeps in the address is not what the curves do.
const EXPLORE = "explore.";
const MOST = 200;
const NAMED = 5;

/** The comparison; see `app.js` for what a page is. */
export class ComparePage {
  constructor(main) {
    this.main = main;
    this.board = null;
    this.refresh = debounced(PAUSE, () => this.board?.refresh());
    this.endLive = listen(({ changed }) => {
      if (changed === null || this.ids?.some((id) => changed.includes(id))) this.refresh();
    });
  }

  async start() {
    this.ids = reported ?? here().query.get("runs")?.split(",").filter(Boolean) ?? [];
    if (this.ids.length < 2) {
      const table = h("a", { href: "#/runs" }, "the table");
      this.fill([
        h("h1", {}, "Compare"),
        notice("Two runs or more are needed.", ["Select them in ", table, "."]),
      ]);
      return;
    }
    const { found, lost } = await this.find();
    if (found === null) {
      this.fill([h("h1", {}, "Compare"), this.lost(lost)]);
      return;
    }
    const runs = marked(found.runs);
    const legendNode = legend(runs, { point: (id) => this.point(id), remove: (id) => this.remove(id) });
    this.legend = legendNode;
    const curves = this.curves(found.series, runs);
    const slots = {
      results: h("section.section", { hidden: true, "aria-label": "Results" }),
      explore: h("section.section", { "aria-label": "Parameters and metrics" }),
    };
    this.fill([
      h("div.head", {}, h("h1", {}, "Compare"), h("span.soft", {}, plural(runs.length, "run"))),
      lost.length > 0 && this.lost(lost),
      legendNode,
      curves,
      h(
        "section.section",
        { "aria-label": "Differences" },
        h("h2", {}, "What differs"),
        differences(found.sections, runs),
      ),
      slots.results,
      h("section.section", { "aria-label": "Code" }, h("h2", {}, "Code"), codePanel(runs)),
      slots.explore,
    ]);
    const [shown] = await Promise.all([results(found.records, runs), this.explore(slots.explore, runs)]);
    slots.results.hidden = shown === null;
    if (shown !== null) put(slots.results, h("h2", {}, "Results"), shown);
  }

  fill(content) {
    keepFocus(this.main, () => put(this.main, h("div.page", {}, content)), this.main);
  }

  /** The comparison of those runs that are there; null of fewer than two. */
  async find() {
    try {
      return { found: await getComparison(this.ids), lost: [] };
    } catch (error) {
      if (error.kind !== "not_found" || reported !== null) throw error;
    }
    const { rows } = await getRuns({ run: this.ids, nest: 0, limit: MOST });
    const there = new Set(rows.map((row) => row.id));
    const lost = this.ids.filter((id) => !there.has(id));
    return { found: there.size > 1 ? await getComparison([...there]) : null, lost };
  }

  lost(ids) {
    return notice(
      `${plural(ids.length, "run")} of these ${ids.length === 1 ? "is" : "are"} not here: ${ids.slice(0, NAMED).join(", ")}${ids.length > NAMED ? ", …" : ""}.`,
      ["It may be in ", h("a", { href: "#/trash" }, "the trash"), "."],
      "warn",
    );
  }

  curves(series, runs) {
    this.board?.destroy();
    const shown = series.filter((each) => !each.system && each.name !== "epoch");
    if (shown.length === 0) return null;
    const byId = new Map(runs.map((run) => [run.id, run]));
    const charts = shown.map((each) => ({
      title: each.name,
      note: each.runs.length < runs.length ? `${each.runs.length} of ${runs.length} runs` : "",
      lines: each.runs.map((id) => ({
        run: id,
        name: each.name,
        group: id,
        label: byId.get(id).label,
        color: byId.get(id).color,
        dash: byId.get(id).dash,
      })),
    }));
    this.board = new Board(charts, viewOf(here().query), (id) => this.lift(id));
    if (charts.length > FILTERED) {
      this.board.controls.element.append(
        h("input", {
          type: "search",
          placeholder: "Find a curve",
          "aria-label": "Find a curve",
          oninput: (event) => this.board.filter(event.currentTarget.value),
        }),
      );
    }
    return h("section.section", { "aria-label": "Curves" }, h("h2", {}, "Curves"), this.board.element);
  }

  async explore(slot, runs) {
    if (reported !== null || runs.length < EXPLORED) return;
    this.explorer = new Explorer(
      { run: runs.map((run) => run.id) },
      explorationOf(here().query, EXPLORE),
      (state) => keepExploration(state, EXPLORE),
    );
    put(slot, h("h2", {}, "Parameters and metrics"), this.explorer.element);
    await this.explorer.start();
  }

  point(id) {
    this.board?.highlight(id);
    this.lift(id);
  }

  /** Show in the list of runs which of them is under the pointer. */
  lift(id) {
    for (const item of this.legend.children) {
      item.style.opacity = id === null || item.dataset.run === id ? "1" : "0.45";
    }
  }

  remove(id) {
    select(id, false);
    go(["compare"], {
      ...Object.fromEntries(here().query),
      runs: this.ids.filter((each) => each !== id).join(","),
    });
  }

  async follow() {
    const wanted = here().query.get("runs");
    if (reported === null && wanted !== this.ids.join(",")) {
      this.stop();
      await this.start();
      return;
    }
    this.board?.set(viewOf(here().query));
  }

  redraw() {
    this.board?.redraw();
  }

  stop() {
    this.board?.destroy();
    this.board = null;
    this.explorer?.destroy();
    this.explorer = null;
  }

  end() {
    this.endLive();
    this.stop();
  }
}
