// What parameters do to a metric, over many runs: importance, parallel coordinates, and a scatter of any two columns.

import { getColumns, getImportance, getValues } from "../api.js";
import { h, put } from "../dom.js";
import { labelOf } from "../fields.js";
import { count, plural } from "../format.js";
import { selectAll } from "../selection.js";
import { go } from "../state.js";
import { complain } from "../toast.js";
import { onTheme } from "../theme.js";
import { importanceTable, whyNone } from "./importances.js";
import { isWide } from "./marks.js";
import { Parallel } from "./parallel.js";
import { Scatter } from "./scatter.js";

const AXES = 7;

/**
 * The explorer of a choice of runs.
 *
 * @param {object} choice `filter`, `parent` or `run`, as the API takes it
 * @param {object} state `metric`, `x`, `y`, `color`: fields; `logx`, `logy`; `kept`: ranges of values by field. What is
 *   missing is chosen
 * @param {(state: object) => void} keep is told of another state
 */
export class Explorer {
  constructor(choice, state, keep = () => {}) {
    this.choice = choice;
    this.state = state;
    this.keep = keep;
    this.head = h("div.bar", {});
    const waiting = (role) => h("p.soft", { role }, "Reading the runs …");
    this.importance = h("div", {}, waiting());
    this.parallel = h("div", {}, waiting("status"));
    this.scatter = h("div", {}, waiting());
    this.kept = h("div.bar", { "aria-live": "polite" });
    this.element = h(
      "div.section",
      {},
      this.head,
      h(
        "div.panel",
        {},
        h(
          "div.head",
          {},
          h("h3", {}, "Parallel coordinates"),
          h("span.small.soft", {}, "drag along an axis to keep the runs that pass there"),
          h("div.more", {}, this.kept),
        ),
        this.parallel,
      ),
      h(
        "div.two",
        {},
        h("div.panel", {}, h("div.head", {}, h("h3", {}, "What explains it")), this.importance),
        h("div.panel", {}, this.scatter),
      ),
    );
    this.drawings = [];
    this.endTheme = onTheme(() => this.drawings.forEach((each) => each.draw()));
  }

  destroy() {
    this.endTheme();
    this.drawings.forEach((each) => each.destroy());
  }

  async start() {
    const { columns, suggested } = await getColumns(this.choice);
    this.columns = columns;
    const metrics = columns.filter((each) => each.table === "metrics" && each.numeric);
    if (metrics.length === 0) {
      put(this.element, h("p.soft", {}, "These runs have no metric that their parameters could explain."));
      return;
    }
    const wanted =
      this.state.metric ?? suggested.find((each) => each.startsWith("metrics.")) ?? metrics[0].field;
    await this.show(wanted);
  }

  async show(metric) {
    this.element.classList.add("waiting");
    try {
      await this.fill(metric);
    } finally {
      this.element.classList.remove("waiting");
    }
  }

  async fill(metric) {
    this.state = { ...this.state, metric };
    const found = await getImportance({ ...this.choice, metric });
    const fields = found.rows.slice(0, AXES).map((row) => row.field);
    this.state.x ??= fields[0] ?? "started";
    this.state.y ??= metric;
    const values = await getValues({ ...this.choice, column: [...fields, metric] });
    this.drawHead(values);
    put(this.importance, importanceTable(found, values.ids.length));
    this.drawParallel(values, fields, found);
    await this.drawScatter();
  }

  set(changes) {
    this.keep({ ...this.state, ...changes });
    this.state = { ...this.state, ...changes };
  }

  drawHead(values) {
    const metrics = this.columns.filter((each) => each.table === "metrics");
    const choose = (event) => {
      const metric = event.currentTarget.value;
      this.set({ metric, y: metric });
      this.show(metric).catch(complain);
    };
    put(
      this.head,
      h("label.field", {}, "Metric", this.select("Metric", metrics, this.state.metric, choose)),
      h(
        "span.soft.small",
        {},
        values.total > values.ids.length
          ? `the first ${count(values.ids.length)} of ${plural(values.total, "run")}`
          : plural(values.ids.length, "run"),
      ),
    );
  }

  select(label, columns, chosen, onchange, none) {
    const known =
      columns.some((each) => each.field === chosen) || !chosen
        ? columns
        : [{ field: chosen, name: labelOf(chosen) }, ...columns];
    return h(
      "select",
      { "aria-label": label, onchange },
      none && h("option", { value: "" }, none),
      known.map((each) => h("option", { value: each.field, selected: each.field === chosen }, each.name)),
    );
  }

  drawParallel(values, fields, found) {
    this.replace("lines", null);
    if (fields.length === 0) {
      put(this.parallel, h("p.soft", {}, whyNone(found, values.ids.length)));
      return;
    }
    const drawing = new Parallel(values, {
      open: (id) => go(["run", id]),
      kept: (ids, ranges) => {
        this.set({ kept: ranges });
        this.drawKept(ids);
      },
    }, this.state.kept ?? {});
    this.replace("lines", drawing);
    put(this.parallel, drawing.element);
    this.drawKept(drawing.keptIds());
  }

  drawKept(ids) {
    put(
      this.kept,
      ids && h("span.soft.small", {}, `${plural(ids.length, "run")} kept`),
      ids?.length > 0 && h("button.small", { type: "button", onclick: () => selectAll(ids) }, "Select these"),
      ids?.length > 1 &&
        ids.length <= 200 &&
        h(
          "button.small",
          { type: "button", onclick: () => go(["compare"], { runs: ids.join(",") }) },
          "Compare these",
        ),
    );
  }

  async drawScatter() {
    const { x, y, color } = this.state;
    const values = await getValues({ ...this.choice, column: [x, y, color].filter(Boolean) });
    const log = { logX: this.state.logx ?? isWide(values.columns[0]), logY: this.state.logy ?? false };
    const drawing = new Scatter(values, log, (id) => go(["run", id]));
    this.replace("dots", drawing);
    const choose = (name) => (event) => {
      // Whether an axis is logarithmic is said of the column that it has.
      const log = name === "color" ? {} : { [`log${name}`]: null };
      this.set({ [name]: event.currentTarget.value || null, ...log });
      this.drawScatter().catch(complain);
    };
    const toggle = (name, on, label) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(on),
          onclick: () => (this.set({ [name]: !on }), this.drawScatter().catch(complain)),
        },
        label,
      );
    put(
      this.scatter,
      h(
        "div.head",
        {},
        h("h3", {}, "Scatter"),
        h(
          "div.bar",
          {},
          h("label.field", {}, "x", this.select("x", this.columns, x, choose("x"))),
          h("label.field", {}, "y", this.select("y", this.columns, y, choose("y"))),
          h("label.field", {}, "colour", this.select("colour", this.columns, color, choose("color"), "none")),
          h(
            "span.segments",
            { role: "group", "aria-label": "Logarithmic axes" },
            toggle("logx", log.logX, "Log x"),
            toggle("logy", log.logY, "Log y"),
          ),
        ),
      ),
      drawing.element,
    );
  }

  /** One drawing in the place of the one before. */
  replace(role, drawing) {
    this[role]?.destroy();
    this.drawings = this.drawings.filter((each) => each !== this[role]);
    this[role] = drawing;
    if (drawing !== null) this.drawings.push(drawing);
  }
}
