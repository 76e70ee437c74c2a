// Which point of a plot is read: the one under the pointer, or the one that the arrow keys have come to.

import { colorOf, h, put } from "../dom.js";
import { number } from "../format.js";
import { placeText } from "./axes.js";
import { holding, nearest } from "./lines.js";
import { swatch } from "./swatch.js";
import { placeTip } from "./tip.js";

// Pixels from a line within which the pointer is on it.
const REACH = 36;
const STRIDE = 10;

/** Reads a plot: `host` is its box, `shown` its lines with their ranges, `plot` what uPlot has drawn. */
export class Reader {
  /**
   * @param {object} owner the plot
   * @param {object} calls `point(group | null)` and `look(from, to)`, which shows another range
   */
  constructor(owner, calls) {
    this.owner = owner;
    this.calls = calls;
    this.pointed = null;
    this.over = {};
    /** Where the keys have come to: `{key, faint, x}`. */
    this.at = null;
    this.tip = h("div.tip", { hidden: true });
    this.dot = h("div.u-cursor-pt", { style: { width: "8px", height: "8px", margin: "-4px 0 0 -4px" } });
    // The plot itself is a picture, within which nothing is read out.
    this.said = h("div.unseen", { role: "status" });
    owner.host.after(this.said);
    owner.host.addEventListener("pointerleave", () => this.leave());
    owner.host.addEventListener("blur", () => this.leave());
  }

  /** The plot was drawn anew. */
  renew() {
    this.owner.host.prepend(this.tip);
    this.owner.plot.over.append(this.dot);
    this.find();
  }

  /** The plot shows something else: what the keys have come to has another place. */
  find() {
    const found = this.at && this.pointOf(this.at);
    if (found) this.tell(found);
    else this.leave();
  }

  leave() {
    this.at = null;
    this.show(null);
  }

  /** Read what is under the pointer. */
  hover() {
    const { plot, shown } = this.owner;
    if (!plot || shown === null) return;
    const { left, top } = plot.cursor;
    // A plot that is drawn anew says where the pointer is, too: that one rests, and takes nothing away from the keys.
    const isResting = left === this.over.left && top === this.over.top;
    this.over = { left, top };
    if (this.at && (isResting || !(left >= 0))) return;
    this.at = null;
    this.show(left >= 0 ? this.under(left, top) : null);
  }

  /** What a key does to what is read; undefined for one that does nothing here. */
  actionOf({ key, shiftKey }) {
    const stride = shiftKey ? STRIDE : 1;
    return {
      ArrowLeft: () => this.step(-stride),
      ArrowRight: () => this.step(stride),
      Home: () => this.step(-Infinity),
      End: () => this.step(Infinity),
      // One line has none above it: the page scrolls.
      ...(this.owner.shown.lines.length > 1 && {
        ArrowUp: () => this.turn(-1),
        ArrowDown: () => this.turn(1),
      }),
      ...(this.at && { Escape: () => this.leave() }),
    }[key];
  }

  /** Go some points along the line. */
  step(by) {
    const { lines, x } = this.owner.shown;
    const now = this.at && this.pointOf(this.at);
    const line = now?.line ?? lines.find((each) => !each.faint && placesIn(each, x).length > 0);
    const isFar = Math.abs(by) === Infinity;
    const places = line ? placesIn(line, isFar || !now ? x : undefined) : [];
    if (places.length === 0) return;
    // Who begins to the right begins at the first point, to the left at the last one.
    const place = isFar ? by : now ? places.indexOf(now.i) + by : -by * Infinity;
    this.go(line, line.x[places[Math.max(0, Math.min(places.length - 1, place))]]);
  }

  /** Go to the line above or below. */
  turn(by) {
    const { lines, x } = this.owner.shown;
    const now = this.at && this.pointOf(this.at);
    if (!now) return this.step(1);
    const found = lines
      .map((line) => closest(line, placesIn(line, x), this.at.x))
      .filter(Boolean)
      .sort((a, b) => b.y - a.y);
    const place = found.findIndex(({ line }) => line === now.line) + by;
    const next = found[Math.max(0, Math.min(found.length - 1, place))];
    return this.go(next.line, next.line.x[next.i]);
  }

  /** Read a point; the range that is shown follows. */
  go(line, place) {
    this.at = { key: line.key, faint: line.faint, x: place };
    const [from, to] = this.owner.shown.x;
    const aside = (to - from) / 4;
    if (place < from) this.calls.look(place - aside, place - aside + (to - from));
    else if (place > to) this.calls.look(place + aside - (to - from), place + aside);
    this.find();
  }

  pointOf({ key, faint, x }) {
    const line = this.owner.shown.lines.find((each) => each.key === key && each.faint === faint);
    const found = line && closest(line, placesIn(line), x);
    return found ? { ...found, ...this.pixels(line, found.i) } : null;
  }

  pixels(line, i) {
    const { plot } = this.owner;
    return { px: plot.valToPos(line.x[i], "x"), py: plot.valToPos(line.y[i], "y") };
  }

  tell(found) {
    this.show(found);
    const said = this.tip.textContent;
    if (this.said.textContent !== said) put(this.said, said);
  }

  /** Show what a point says; null for none. */
  show(found) {
    const { host, plot } = this.owner;
    const group = found?.line.group ?? null;
    if (group !== this.pointed) {
      this.pointed = group;
      this.calls.point(group);
    }
    this.tip.hidden = this.dot.hidden = found === null;
    if (found === null) return;
    this.dot.style.transform = `translate(${found.px}px, ${found.py}px)`;
    this.dot.style.background = colorOf(found.line.color, host);
    put(this.tip, this.textOf(found));
    placeTip(this.tip, found.px + plot.over.offsetLeft, found.py + plot.over.offsetTop);
  }

  /** The nearest point to a place within the plot, where one is near enough. */
  under(left, top) {
    const { plot, shown } = this.owner;
    const position = plot.posToVal(left, "x");
    let best = null;
    for (const line of shown.lines) {
      if (line.held) {
        const i = holding(line.x, position);
        const py = i < 0 || line.y[i] === null ? null : plot.valToPos(line.y[i], "y");
        const distance = py === null ? Infinity : Math.abs(py - top) * 0.7;
        if (distance < REACH && (best === null || distance < best.distance))
          best = { line, i, px: left, py, distance, place: position };
        continue;
      }
      const middle = nearest(line.x, position);
      // Thinned curves have steep columns: the nearest point may stand a few places aside.
      for (let i = Math.max(0, middle - 4); i <= Math.min(line.x.length - 1, middle + 4); i += 1) {
        if (line.y[i] === null) continue;
        const { px, py } = this.pixels(line, i);
        const distance = Math.hypot(px - left, (py - top) * 0.7) + (line.faint ? 4 : 0);
        if (distance < REACH && (best === null || distance < best.distance))
          best = { line, i, px, py, distance };
      }
    }
    return best;
  }

  textOf({ line, i, place = line.x[i] }) {
    const { view, x } = this.owner.shown;
    const at = line.held && view.x === "step" ? Math.floor(place) : place;
    return [
      h(
        "div",
        {},
        swatch(line.color, line.dash),
        h("span", {}, line.label),
        " ",
        h("b", {}, number(line.y[i])),
      ),
      " ",
      h(
        "div.soft",
        {},
        placeText(view.x, at, x[1] - x[0]),
        line.faint === undefined ? "" : line.faint ? " · raw" : " · smoothed",
      ),
    ];
  }
}

/** The places of a line's points within a range, gaps left aside. */
const placesIn = ({ x, y }, [from, to] = [-Infinity, Infinity]) =>
  x.map((_, i) => i).filter((i) => y[i] !== null && x[i] >= from && x[i] <= to);

/** Of some places in a line the one that is closest to a position: `{line, i, y}`, or null. */
function closest(line, places, position) {
  let best = null;
  for (const i of places) {
    const distance = Math.abs(line.x[i] - position);
    if (best === null || distance < best.distance) best = { line, i, y: line.y[i], distance };
  }
  return best;
}
