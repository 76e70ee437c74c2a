// The table of runs: only the rows in sight exist; the arrow keys move through all of them.

import { h, keepFocus, oncePerFrame, put } from "../dom.js";
import { rowOf } from "./rows.js";

const ROW = 36;
const BEYOND = 8;
const NARROWEST = 60;
// A mean and its deviation have as many; what is longer is no number.
const MOST_DIGITS = 30;

/**
 * A table that scrolls through any number of rows.
 *
 * `calls`: `sort(field, add)`, `resize(field, width)`, `pick(position, range)`, `open(position)`, `twist(position, wanted)`,
 * `star(position)`, `edit(position, field, cell)`, `trash()`, `move(now)` when somebody goes
 * to another place, and may leave the table now.
 */
export class Table {
  constructor(calls) {
    this.calls = calls;
    this.list = null;
    this.columns = [];
    this.orders = [];
    this.current = 0;
    this.nodes = new Map();
    this.heads = h("div.tr.heads", { role: "row", "aria-rowindex": 1 });
    this.body = h("div", { role: "rowgroup" });
    this.sizer = h("div.sizer", {}, this.heads, this.body);
    this.element = h(
      "div.table",
      { role: "treegrid", tabindex: 0, "aria-label": "Runs", "aria-multiselectable": "true" },
      this.sizer,
    );
    const onScroll = oncePerFrame(() => {
      this.render();
      this.calls.move(false);
    });
    this.element.addEventListener("scroll", onScroll, { passive: true });
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("dblclick", (event) => this.onDoubleClick(event));
    this.sizes = new ResizeObserver(oncePerFrame(() => this.render()));
    this.sizes.observe(this.element);
  }

  /** Show a list of rows with some columns, in an order. */
  show(list, columns, orders, firstTitle) {
    const isNew = list !== this.list;
    this.list = list;
    this.columns = columns;
    this.orders = orders;
    const narrow = this.element.clientWidth < 620;
    this.first = { ...firstTitle, isNumeric: false, width: narrow ? 170 : firstTitle.width };
    this.setWidths();
    const draw = () =>
      put(
        this.heads,
        this.head(this.first, true),
        columns.map((column) => this.head(column, false)),
      );
    keepFocus(this.heads, draw, this.element);
    if (isNew) {
      this.current = 0;
      this.element.scrollTop = 0;
    }
    this.refresh();
  }

  /** Where somebody is: the row, and how far down. */
  get place() {
    return { current: this.current, top: this.element.scrollTop };
  }

  set place({ current, top }) {
    this.current = current;
    this.element.scrollTop = top;
    this.render();
  }

  setWidths() {
    // A digit is as wide as the font has it.
    const wide = ({ width, digits }) => (digits ? `max(${width}px, calc(${digits}ch + 25px))` : `${width}px`);
    const widths = [this.first, ...this.columns].map(wide);
    this.sizer.style.setProperty("--cols", `${widths.join(" ")} 1fr`);
  }

  /** Draw the rows in sight anew. */
  refresh() {
    // Who has clicked into a row goes on with the keys of the table.
    if (this.body.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    this.nodes.clear();
    this.body.replaceChildren();
    this.render();
  }

  destroy() {
    this.sizes.disconnect();
  }

  render() {
    if (this.list === null) return;
    const length = this.list.length;
    this.sizer.style.height = `${(length + 1) * ROW}px`;
    this.element.setAttribute("aria-rowcount", String(length + 1));
    this.current = Math.max(0, Math.min(this.current, length - 1));
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
    const last = Math.min(length - 1, Math.ceil((top + this.element.clientHeight) / ROW) + BEYOND);
    this.list.need(first, last);
    for (const [position, node] of this.nodes) {
      if (position >= first && position <= last) continue;
      node.remove();
      this.nodes.delete(position);
    }
    let isWider = false;
    for (let position = first; position <= last; position += 1) {
      if (this.nodes.has(position)) continue;
      const node = rowOf(this.list.at(position), this.columns, position);
      node.style.top = `${(position + 1) * ROW}px`;
      this.nodes.set(position, node);
      this.body.append(node);
      isWider = this.makeRoom(node) || isWider;
    }
    if (isWider) this.setWidths();
    this.mark();
  }

  /** Let the columns be as wide as the numbers of a row, save for those that somebody made as wide as they are. */
  makeRoom(node) {
    let isWider = false;
    this.columns.forEach((column, i) => {
      if (!column.isNumeric || column.isChosen) return;
      const digits = Math.min(MOST_DIGITS, node.children[i + 1].textContent.length);
      if (digits <= column.digits) return;
      column.digits = digits;
      isWider = true;
    });
    return isWider;
  }

  mark() {
    for (const [position, node] of this.nodes) node.classList.toggle("at", position === this.current);
    this.element.setAttribute("aria-activedescendant", `row-${this.current}`);
  }

  head(column, isFirst) {
    const place = this.orders.findIndex((each) => each.field === column.field);
    const order = this.orders[place];
    const sign = order ? (order.down ? "↓" : "↑") + (this.orders.length > 1 ? String(place + 1) : "") : "";
    const button = h(
      "button",
      {
        type: "button",
        title: `${column.field}: sort; with Shift, sort by this as well`,
        onclick: (event) => this.calls.sort(column.field, event.shiftKey),
      },
      h("span", {}, column.label),
      sign && h("b", { "aria-hidden": "true" }, sign),
    );
    const grip = h("span.resize", {
      "aria-hidden": "true",
      onpointerdown: (event) => this.drag(event, column),
    });
    const state = order ? (order.down ? "descending" : "ascending") : "none";
    return h(
      "div.td",
      {
        role: "columnheader",
        "aria-sort": state,
        class: `${isFirst ? "first" : ""}${column.isNumeric ? " num" : ""}`,
      },
      button,
      grip,
    );
  }

  drag(event, column) {
    event.preventDefault();
    const [start, width] = [event.clientX, event.currentTarget.parentElement.offsetWidth];
    const grip = event.currentTarget;
    grip.setPointerCapture(event.pointerId);
    // The heads stay until the end: one that is drawn anew would lose the pointer.
    const move = (each) => {
      column.width = Math.max(NARROWEST, Math.round(width + each.clientX - start));
      column.isChosen = true;
      column.digits = 0;
      this.setWidths();
    };
    const drop = () => {
      grip.removeEventListener("pointermove", move);
      this.calls.resize(column.field, column.width);
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", drop, { once: true });
  }

  onClick(event) {
    const row = event.target.closest("[data-position]");
    if (row === null) return;
    const position = Number(row.dataset.position);
    this.current = position;
    this.calls.move(true);
    const doing = event.target.closest("[data-do]")?.dataset.do;
    const field = event.target.closest(".edit")?.dataset.field;
    if (doing === "pick") this.calls.pick(position, event.shiftKey);
    else if (doing === "twist") this.calls.twist(position);
    else if (doing === "star") this.calls.star(position);
    else if (field && "run" in row.dataset) this.calls.edit(position, field, event.target.closest(".edit"));
    else this.mark();
  }

  onDoubleClick(event) {
    const row = event.target.closest("[data-position]");
    if (row === null || event.target.closest("a, button, input, .edit") !== null) return;
    const position = Number(row.dataset.position);
    if ("run" in row.dataset) this.calls.open(position);
    else this.calls.twist(position);
  }

  onKey(event) {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey || this.list === null)
      return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 2);
    const length = this.list.length;
    const moves = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -length,
      End: length,
    };
    const actions = {
      ArrowRight: () => this.calls.twist(this.current, true),
      ArrowLeft: () => this.calls.twist(this.current, false),
      Enter: () => (this.calls.move(true), this.calls.open(this.current)),
      " ": () => this.calls.pick(this.current, event.shiftKey),
      x: () => this.calls.pick(this.current, false),
      s: () => this.calls.star(this.current),
      t: () => this.calls.edit(this.current, "tags", this.nodes.get(this.current)),
      n: () => this.calls.edit(this.current, "notes", this.nodes.get(this.current)),
      Delete: () => this.calls.trash(),
    };
    if (Object.hasOwn(moves, event.key)) {
      this.moveTo(this.current + moves[event.key]);
      if (event.shiftKey && event.key.startsWith("Arrow")) this.calls.pick(this.current, true);
    } else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  moveTo(position) {
    this.current = Math.max(0, Math.min(position, this.list.length - 1));
    const top = this.current * ROW;
    const view = this.element.clientHeight - ROW;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + ROW > this.element.scrollTop + view) this.element.scrollTop = top + ROW - view + 4;
    this.render();
    this.calls.move(false);
  }
}
