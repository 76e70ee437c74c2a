// The page of one run: what was trained on what, how it went, and how good it is.

import { getRun, reported } from "../api.js";
import { viewOf } from "../chart/view.js";
import { debounced, h, keepFocus, put } from "../dom.js";
import { listen } from "../live.js";
import { notice } from "../notice.js";
import { here } from "../state.js";
import { children, leftOut } from "./children.js";
import { code } from "./code.js";
import { coverage } from "./coverage.js";
import { curveNames, curves } from "./curves.js";
import { dataSection } from "./data.js";
import { evaluation, importances, isEvaluation, isWeights } from "./evaluation.js";
import { files, isFile } from "./files.js";
import { lead } from "./lead.js";
import { metricsTable, pairs, paramsTable } from "./numbers.js";
import { treePanel } from "./trees.js";

const TREES = new Set(["structure", "modules"]);
const PAUSE = 150;
const REST = 2000;

const isTree = (each) => TREES.has(each.kind) && each.data !== undefined;
const isLineage = (each) => each.kind === "lineage" && each.data !== undefined;
const isElse = (each) =>
  !isFile(each) && !isEvaluation(each) && !isWeights(each) && !isTree(each) && !isLineage(each);

/** Sections in their order: what each is made of tells when it has to be made anew. */
const SECTIONS = [
  {
    id: "children",
    title: "Runs in it",
    of: (run) => [run.children, run.child_roles, run.chosen],
    make: (run) => (reported === null ? children(run) : leftOut(run)),
  },
  { id: "numbers", title: "Metrics and parameters", of: (run) => [run.role, run.metrics, run.params], make: numbers },
  { id: "curves", title: "Curves", of: curveNames },
  {
    id: "evaluation",
    title: "Evaluation",
    of: (run) => run.artifacts.filter(isEvaluation),
    make: (run) => evaluation(run.artifacts),
  },
  {
    id: "importances",
    title: "Importances",
    of: (run) => run.artifacts.filter(isWeights),
    make: (run) => importances(run.artifacts),
  },
  { id: "data", title: "Data", of: dataOf, make: (run) => dataSection(dataOf(run)) },
  { id: "structure", title: "Structure", of: (run) => run.artifacts.filter(isTree), make: structure },
  {
    id: "fitted",
    title: "Fitted",
    of: (run) => run.facts,
    make: (run) => (run.facts.length ? h("div.panel", {}, pairs(run.facts)) : null),
  },
  {
    id: "files",
    title: "Files",
    of: (run) => [run.models, run.artifacts.filter(isFile), run.artifacts.filter(isElse)],
    make: (run) => files(run, run.models, run.artifacts.filter(isFile), run.artifacts.filter(isElse)),
  },
  {
    id: "code",
    title: "Code and environment",
    of: (run) => [run.source, run.environment, run.packages],
    make: code,
  },
  { id: "coverage", title: "Coverage", of: (run) => [run.coverage, run.cost], make: coverage },
];

function numbers(run) {
  const [metrics, params] = [metricsTable(run.metrics), paramsTable(run.params)];
  if (metrics === null && params === null) return null;
  return h(
    "div.two",
    {},
    metrics &&
      h(
        "div.panel",
        {},
        h(
          "header",
          {},
          h("h3", {}, "Metrics"),
          run.role === "sweep" && h("span.role", {}, "of its last training"),
        ),
        h("div.section", {}, metrics),
      ),
    params && h("div.panel", {}, h("header", {}, h("h3", {}, "Parameters")), h("div.section", {}, params)),
  );
}

function dataOf(run) {
  return { datasets: run.datasets, signature: run.signature, lineages: run.artifacts.filter(isLineage) };
}

function structure(run) {
  const trees = run.artifacts.filter(isTree);
  return trees.length ? h("div.section", {}, trees.map(treePanel)) : null;
}

/** The page of a run; see `app.js` for what a page is. */
export class RunPage {
  constructor(main) {
    this.main = main;
    this.wanted = here().path[1] ?? "latest";
    this.boards = [];
    this.curves = null;
    this.trouble = h("div", { hidden: true });
    this.lead = h("div.section", {});
    this.jump = h("nav.jump", { "aria-label": "Sections" });
    this.slots = SECTIONS.map((section) => ({
      ...section,
      known: undefined,
      node: h("section.section", { id: section.id, "aria-label": section.title, hidden: true }),
    }));
    this.sight = new IntersectionObserver(() => this.onSight(), { rootMargin: "-112px 0px -60% 0px" });
    this.reload = debounced(PAUSE, () => this.load().then(() => this.say(null), (error) => this.say(error)));
    this.endLive = listen(({ changed, structure }) => {
      const isOurs = [this.run?.id, this.run?.only_training].some((id) => changed?.includes(id));
      // A run that has gone to the trash, or came back, is none of those that changed.
      if (changed === null || structure || isOurs) this.reload();
    });
  }

  async start() {
    await this.load();
    put(
      this.main,
      h(
        "div.page",
        {},
        this.trouble,
        this.lead,
        this.jump,
        this.slots.map((slot) => slot.node),
      ),
    );
    for (const slot of this.slots) this.sight.observe(slot.node);
  }

  follow() {
    const view = viewOf(here().query);
    for (const board of this.boards) board.set(view);
  }

  end() {
    this.endLive();
    this.sight.disconnect();
    for (const board of this.boards) board.destroy();
  }

  redraw() {
    for (const board of this.boards) board.redraw();
  }

  /** Say above all that what is shown is no longer so; null: it is. That the server is gone the top bar says. */
  say(error) {
    if (error?.kind === "gone") return;
    this.trouble.hidden = error === null;
    put(this.trouble, error && notice(error.message, error.remedy ?? "", "bad"));
  }

  /** Look at the run again. */
  async load() {
    const run = await getRun(this.wanted);
    this.run = run;
    document.title = `${run.name || run.id} · fitscribe`;
    const head = lead(run, () => this.load());
    keepFocus(this.lead, () => put(this.lead, head), this.main);
    await Promise.all(this.slots.map((slot) => this.fill(slot, run)));
    this.drawJump();
  }

  async fill(slot, run) {
    const known = JSON.stringify(slot.of(run));
    if (slot.id === "curves") {
      if (slot.known !== known) this.drawCurves(slot, run);
      else this.curves?.renew(run);
    } else if (slot.known !== known) {
      // The children of a search that goes on change all the time, and take several requests to show.
      if (slot.id === "children" && run.status === "running" && Date.now() - slot.madeAt < REST) return;
      slot.madeAt = Date.now();
      slot.known = known;
      const made = await slot.make(run);
      slot.node.hidden = made === null;
      put(slot.node, made !== null && [h("h2", {}, slot.title), made]);
    }
    slot.known = known;
  }

  drawCurves(slot, run) {
    for (const board of this.boards) board.destroy();
    this.curves = curves(run, viewOf(here().query));
    this.boards = this.curves?.boards ?? [];
    slot.node.hidden = this.curves === null;
    put(slot.node, this.curves !== null && [h("h2", {}, slot.title), this.curves.element]);
  }

  drawJump() {
    const go = (slot) => (event) => {
      event.preventDefault();
      slot.node.scrollIntoView({
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
      });
    };
    const shown = this.slots.filter((slot) => !slot.node.hidden);
    put(
      this.jump,
      shown.map((slot) => h("a", { href: location.hash, "data-to": slot.id, onclick: go(slot) }, slot.title)),
    );
    this.onSight();
  }

  onSight() {
    const line = 130;
    const shown = this.slots.filter((slot) => !slot.node.hidden);
    const at = shown.findLast((slot) => slot.node.getBoundingClientRect().top <= line) ?? shown[0];
    for (const link of this.jump.children) {
      if (link.dataset.to === at?.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}
