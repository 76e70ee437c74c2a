// Many plots of curves that share their axis, the range that is shown, and the line under the pointer.

import { getSeries } from "../api.js";
import { debounced, h, keepFocus, put } from "../dom.js";
import { count, named, plural } from "../format.js";
import { icon } from "../icons.js";
import { extent, isPlaced, linesOf, reached } from "./lines.js";
import { Plot } from "./plot.js";
import { controls, keep } from "./view.js";

// Charts whose points are asked for at once: the first ones are not to wait for the last.
const TOGETHER = 4;
const MOST_COLUMNS = 4000;

/**
 * A board of charts.
 *
 * A chart is `{title, note, lines, marks?, legend?}`, where `legend(hidden, toggle)` makes what stands above it, from the
 * groups of lines that are not drawn and what hides one or shows it again; each line `{run, name, group, label, color, dash?}`. Points are asked
 * for when a chart comes into sight, and again when the range changes.
 */
export class Board {
  /**
   * @param {object[]} charts what is drawn, in order
   * @param {object} view as `viewOf` gives it
   * @param {(group: string | null) => void} [pointed] is told which line is under the pointer
   */
  constructor(charts, view, pointed = () => {}) {
    this.view = view;
    this.pointed = pointed;
    this.busy = false;
    this.controls = controls(view, (changes) => this.set(changes));
    this.grid = h("div.grid", {});
    this.element = h("div.section", {}, this.controls.element, this.grid);
    this.sight = new IntersectionObserver((entries) => this.onSight(entries), { rootMargin: "240px 0px" });
    this.fetchSoon = debounced(30, () => this.fetch());
    this.cards = charts.map((chart) => this.card(chart));
    put(
      this.grid,
      this.cards.map((card) => card.element),
    );
    for (const card of this.cards) this.sight.observe(card.element);
  }

  card(chart) {
    const host = h("div.plot", { style: { height: "220px" } });
    const note = h("p.small.soft", {});
    const grow = h(
      "button.quiet.icon",
      { type: "button", "aria-label": `Enlarge ${named(chart.title)}`, "aria-pressed": "false" },
      icon("grow"),
    );
    const legend = h("div", { hidden: !chart.legend });
    const element = h(
      "figure.chart.panel",
      { "data-chart": named(chart.title) },
      h(
        "header",
        {},
        h("h3", {}, named(chart.title)),
        chart.note && h("span.role", {}, chart.note),
        h("div.more", {}, grow),
      ),
      legend,
      host,
      note,
    );
    const plot = new Plot(host, {
      zoom: (from = null, to = null) => this.set(tidy(from, to), true),
      look: (from = null, to = null) => this.set(tidy(from, to)),
      point: (group) => {
        this.highlight(group);
        this.pointed(group);
      },
    });
    const parts = { chart, element, legend, host, note, plot };
    const card = { ...parts, hidden: new Set(), seen: false, stale: true, series: [], wide: [] };
    this.drawLegend(card);
    grow.addEventListener("click", () => this.grow(card, grow));
    return card;
  }

  /** Change how the curves are looked at. */
  set(changes, step = false) {
    this.view = { ...this.view, ...changes };
    // Of a part more is averaged than is shown, how much depends on how.
    const isWider = isPart(this.view) && ("smooth" in changes || "logX" in changes);
    const isFetched = "x" in changes || "from" in changes || isWider;
    this.controls.update(this.view);
    keep(this.view, step);
    for (const card of this.cards) {
      if (isFetched) card.stale = true;
      if (card.series.length && card.seen && !("x" in changes)) this.draw(card);
    }
    if (isFetched) this.fetchSoon();
  }

  /** Show what the charts have come to, those of other titles as they are, and ask for the points again. */
  renew(charts) {
    const byTitle = new Map(charts.map((chart) => [chart.title, chart]));
    for (const card of this.cards) {
      card.chart = byTitle.get(card.chart.title) ?? card.chart;
      this.drawLegend(card);
    }
    this.refresh();
  }

  drawLegend(card) {
    const made = card.chart.legend?.(card.hidden, (group) => this.toggle(card, group));
    keepFocus(card.legend, () => put(card.legend, made));
  }

  /** Hide a line of a chart, or show it again; who hides the last one wants to see all. */
  toggle(card, group) {
    if (!card.hidden.delete(group)) card.hidden.add(group);
    if (card.chart.lines.every((line) => card.hidden.has(line.group))) card.hidden.clear();
    this.drawLegend(card);
    if (card.series.length) this.draw(card);
  }

  /** Ask for the points again, of what can be seen now. */
  refresh() {
    for (const card of this.cards) card.stale = true;
    this.fetch();
  }

  /** Draw everything anew: the colours have changed. */
  redraw() {
    for (const card of this.cards) card.plot.draw();
  }

  /** Lift the lines of a group out of the others, in all charts that have one. */
  highlight(group) {
    for (const { chart, plot, seen } of this.cards) {
      const isThere = chart.lines.some((line) => line.group === group);
      if (seen) plot.highlight(isThere ? group : null);
    }
  }

  /** Show only the charts whose title holds some text. */
  filter(text) {
    const wanted = text.toLowerCase();
    for (const card of this.cards) card.element.hidden = !card.chart.title.toLowerCase().includes(wanted);
  }

  destroy() {
    this.sight.disconnect();
    this.controller?.abort();
    for (const card of this.cards) card.plot.destroy();
    this.cards = [];
  }

  grow(card, button) {
    const isLarge = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isLarge));
    card.element.style.gridColumn = isLarge ? "1 / -1" : "";
    card.plot.height = isLarge ? 440 : 220;
    card.host.style.height = `${card.plot.height}px`;
    card.stale = true;
    this.fetchSoon();
  }

  onSight(entries) {
    for (const entry of entries) {
      const card = this.cards.find((each) => each.element === entry.target);
      if (card) card.seen = entry.isIntersecting;
    }
    this.fetch();
  }

  async fetch() {
    const wanted = this.cards.filter((card) => card.seen && card.stale).slice(0, TOGETHER);
    if (wanted.length === 0 || this.busy) return;
    this.busy = true;
    for (const card of wanted) {
      card.stale = false;
      card.host.classList.add("waiting");
    }
    this.controller = new AbortController();
    try {
      await this.fill(wanted, this.view, this.controller.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      for (const card of wanted) put(card.note, h("span.bad", {}, error.message));
    } finally {
      this.busy = false;
      for (const card of wanted) card.host.classList.remove("waiting");
    }
    await this.fetch();
  }

  async fill(wanted, view, signal) {
    const lines = wanted.flatMap((card) => card.chart.lines);
    const columns = Math.max(10, ...wanted.map((card) => card.plot.columns));
    const find = async (from, to, px) => {
      const asked = {
        run: [...new Set(lines.map((line) => line.run))],
        name: [...new Set(lines.map((line) => line.name))],
        x: view.x,
      };
      const answer = await getSeries({ ...asked, from, to, px: Math.min(MOST_COLUMNS, px) }, signal);
      return new Map(answer.series.map((each) => [`${each.run} ${each.name}`, each]));
    };
    const found = await find(view.from, view.to, columns);
    const ranges = [...found.values()].map((each) => reached(each, view));
    const isWide = view.smooth > 0 && isPart(view) && ranges.length > 0;
    const wide = isWide ? await find(...around(ranges), MOST_COLUMNS) : found;
    for (const card of wanted) {
      const of = (some) => card.chart.lines.map((line) => some.get(`${line.run} ${line.name}`) ?? null);
      [card.series, card.wide] = [of(found), of(wide)];
      // What was asked for under another view is drawn when its own points are there.
      if (view.x === this.view.x) this.draw(card);
    }
  }

  draw(card) {
    const drawn = [];
    let left = 0;
    card.chart.lines.forEach((line, i) => {
      const series = card.series[i];
      if (!series || !isPlaced(series, this.view.x) || card.hidden.has(line.group)) return;
      const { group, label, color, dash } = line;
      const found = linesOf(series, this.view, card.wide[i] ?? series);
      const own = { key: `${line.run} ${line.name}`, group, label, color, dash };
      left += found.left;
      if (found.smooth === null) drawn.push({ ...own, ...found.raw });
      else drawn.push({ ...own, ...found.raw, faint: true }, { ...own, ...found.smooth, faint: false });
    });
    // Smoothed curves lie above all raw ones.
    drawn.sort((a, b) => Number(b.faint ?? false) - Number(a.faint ?? false));
    const marks = (this.view.x === "step" && card.chart.marks) || [];
    const found = card.series.filter(Boolean);
    card.plot.show(
      drawn,
      { ...this.view, marks, whole: wholeOf(found, drawn, this.view.logX) },
      [
        `${card.chart.title}, ${plural(card.chart.lines.length, "curve")} by ${this.view.x}`,
        card.hidden.size > 0 && `${card.hidden.size} of them hidden`,
        ...marks.map((mark) => `${mark.label} at ${mark.x}`),
      ]
        .filter(Boolean)
        .join(", "),
    );
    // For those who watch from outside: tests, and the measurements.
    card.element.dataset.points = found.some((each) => each.thinned) ? "thinned" : "all";
    card.element.dataset.last = String(Math.max(...found.map((each) => each.steps.at(-1) ?? -1)));
    put(card.note, this.remarks(found, left, marks));
  }

  remarks(series, left, marks) {
    const odd = series.reduce((sum, each) => sum + (each.odd ?? 0), 0);
    const isThinned = series.some((each) => each.thinned);
    const range = series.reduce((sum, each) => sum + (each.range ?? each.count), 0);
    const lost = new Set(
      series.filter((each) => !isPlaced(each, this.view.x)).map((each) => each.run),
    ).size;
    return [
      ...marks.map((mark) => mark.remark),
      lost > 0 && `${plural(lost, "run")} without epochs: not on this axis`,
      isThinned && `${count(range)} points, every extreme of them drawn`,
      odd > 0 && `${plural(odd, "point")} nan or infinite: a gap`,
      left > 0 &&
        // Of a series that is thinned nobody has counted them all.
        `${isThinned ? "points" : plural(left, "point")} at or below zero, which a logarithmic axis has no place for`,
    ]
      .filter(Boolean)
      .join(" · ");
  }
}

const isPart = (view) => view.from !== null || view.to !== null;

/** From where to where series go, on an axis that may have no place for their beginning. */
function wholeOf(series, drawn, isLog) {
  // What was set holds beyond its last point.
  const own = extent(drawn);
  const ends = [own.first, own.last, ...series.flatMap((each) => each.whole)].filter(Number.isFinite);
  const first = Math.min(...ends);
  return [isLog && first <= 0 ? Math.min(1, own.first) : first, Math.max(...ends)];
}

/** The range that holds others; an end that is open in one is open in all. */
function around(ranges) {
  const [lows, highs] = [ranges.map(([low]) => low), ranges.map(([, high]) => high)];
  return [lows[0] === null ? null : Math.min(...lows), highs[0] === null ? null : Math.max(...highs)];
}

/** A range with as many digits as anybody can point at. */
function tidy(from, to) {
  if (from === null || to === null) return { from: null, to: null };
  const unit = 10 ** Math.floor(Math.log10((to - from) / 1e4));
  const round = (value) => Number((Math.round(value / unit) * unit).toPrecision(15));
  return { from: round(from), to: round(to) };
}
