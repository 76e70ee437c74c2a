// The page that compares runs.

import { getComparison, getRuns, reported } from "../api.js";
import { Board } from "../chart/board.js";
import { viewOf } from "../chart/view.js";
import { debounced, h, keepFocus, paced, put } from "../dom.js";
import { explorationOf, keepExploration } from "../explore/address.js";
import { Explorer } from "../explore/explorer.js";
import { plural } from "../format.js";
import { listen } from "../live.js";
import { notice } from "../notice.js";
import { select } from "../selection.js";
import { address, go, here } from "../state.js";
import { toast } from "../toast.js";
import { codePanel } from "./code.js";
import { differences } from "./differences.js";
import { legend, marked } from "./legend.js";
import { results } from "./results.js";

const PAUSE = 150;
// The comparison of many runs takes longer than the points of what can be seen.
const REST = 1000;
// Fewer runs say nothing of what a parameter does.
const EXPLORED = 4;
const FILTERED = 6;
// What the exploration keeps in the address is not what the curves do.
const EXPLORE = "explore.";
const MOST = 200;
const NAMED = 5;
const NONE = { found: null, lost: [] };

/** The comparison; see `app.js` for what a page is. */
export class ComparePage {
  constructor(main) {
    this.main = main;
    this.board = null;
    this.refresh = debounced(PAUSE, () => this.board?.refresh());
    // What cannot be renewed stays as it was: a run may have gone to the trash meanwhile.
    this.renewSoon = paced(REST, () => this.renew().catch((error) => toast(error.message)));
    this.endLive = listen(({ changed }) => {
      if (changed !== null && !this.ids?.some((id) => changed.includes(id))) return;
      this.refresh();
      this.renewSoon();
    });
  }

  async start() {
    this.ids = reported ?? here().query.get("runs")?.split(",").filter(Boolean) ?? [];
    this.slots = [];
    const { found, lost, left } = this.ids.length < 2 ? NONE : await this.find();
    if (found === null) {
      const table = h("a", { href: "#/runs" }, "the table");
      const link = left && h("a", { href: address(["run", left.id]) }, left.name || left.short);
      this.fill([
        h("h1", {}, "Compare"),
        lost.length > 0 && this.lost(lost),
        notice("Two runs or more are needed.", [
          link && ["There is only ", link, ". "],
          "Select them in ",
          table,
          ".",
        ]),
      ]);
      return;
    }
    const explored = h("section.section", { "aria-label": "Parameters and metrics" });
    this.slots = this.sections().map((section) => ({ ...section, known: undefined }));
    const shown = this.show(found);
    this.fill([
      h("div.head", {}, h("h1", {}, "Compare"), h("span.soft", {}, plural(found.runs.length, "run"))),
      lost.length > 0 && this.lost(lost),
      this.slots.map((slot) => slot.node),
      explored,
    ]);
    await Promise.all([shown, this.explore(explored, marked(found.runs))]);
  }

  /** The parts of the page in their order: what each is made of tells when it has to be made anew. */
  sections() {
    const calls = { point: (id) => this.point(id), remove: (id) => this.remove(id) };
    const opened = new Set();
    const section = (title) => h("section.section", { "aria-label": title, hidden: true });
    return [
      {
        node: h("div", {}),
        of: ({ runs }) => runs,
        make: (_, runs) => (this.legend = legend(runs, calls)),
      },
      {
        node: section("Curves"),
        of: ({ series }) => series,
        make: ({ series }, runs) => this.curves(series, runs),
      },
      {
        node: section("Differences"),
        of: ({ sections, runs }) => [sections, runs],
        make: ({ sections }, runs) => [h("h2", {}, "What differs"), differences(sections, runs, opened)],
      },
      {
        node: section("Results"),
        of: ({ records, runs }) => [records, runs.map((run) => run.status)],
        make: async ({ records }, runs) => {
          const shown = await results(records, runs);
          return shown && [h("h2", {}, "Results"), shown];
        },
      },
      {
        node: section("Code"),
        of: () => null,
        make: (_, runs) => [h("h2", {}, "Code"), codePanel(runs)],
      },
    ];
  }

  /** Show a comparison, of which only what has changed is made anew. */
  async show(found) {
    const runs = marked(found.runs);
    const fill = (slot, made) => {
      slot.node.hidden = made === null;
      keepFocus(slot.node, () => put(slot.node, made), this.main);
    };
    await Promise.all(
      this.slots.map((slot) => {
        const known = JSON.stringify(slot.of(found));
        if (slot.known === known) return null;
        slot.known = known;
        const made = slot.make(found, runs);
        // What need not be waited for is there at once.
        if (!(made instanceof Promise)) return fill(slot, made);
        return made.then((later) => slot.known === known && fill(slot, later));
      }),
    );
  }

  /** Compare again: a training goes on. */
  async renew() {
    const slots = this.slots;
    if (slots.length === 0 || document.hidden) return;
    const { found } = await this.find();
    if (found !== null && slots === this.slots) await this.show(found);
  }

  fill(content) {
    keepFocus(this.main, () => put(this.main, h("div.page", {}, content)), this.main);
  }

  /** The comparison of those runs that are there, and which are not; of fewer than two null, and the one there is. */
  async find() {
    try {
      return { found: await getComparison(this.ids), lost: [] };
    } catch (error) {
      if (error.kind !== "not_found" || reported !== null) throw error;
    }
    const { rows } = await getRuns({ run: this.ids, nest: 0, limit: MOST });
    const there = new Set(rows.map((row) => row.id));
    const lost = this.ids.filter((id) => !there.has(id));
    if (there.size < 2) return { found: null, lost, left: rows[0] };
    return { found: await getComparison([...there]), lost };
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
    return [h("h2", {}, "Curves"), this.board.element];
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
