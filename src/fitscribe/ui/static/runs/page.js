// The page of all runs.

import { getRun, getStore } from "../api.js";
import { debounced, h, keepFocus, paced, put } from "../dom.js";
import { labelOf, parseSort, splitFields, turned, writeSort } from "../fields.js";
import { listen, seen } from "../live.js";
import { onSelection, selectedIds } from "../selection.js";
import { change, go, here } from "../state.js";
import { complain } from "../toast.js";
import { alignDecimals, isGrouped } from "./cells.js";
import { chooseColumns } from "./columns.js";
import { emptyStore } from "./empty.js";
import { FilterBox } from "./filter.js";
import { Hands } from "./hands.js";
import { Known } from "./known.js";
import { listOf } from "./lists.js";
import { Nothing } from "./nothing.js";
import { Place } from "./place.js";
import { Table } from "./table.js";
import { selectionTools, viewTools } from "./tools.js";

const PAUSE = 400;
// Which columns there are is asked for less often than what stands in them.
const REST = 2000;
const NAME_WIDTH = 320;

/** The state that the address names. */
function read() {
  const { query } = here();
  return {
    filter: query.get("filter") ?? "",
    sort: query.get("sort") ?? "",
    by: splitFields(query.get("by")),
    parent: query.get("parent") ?? "",
  };
}

/** The table of runs; see `app.js` for what a page is. */
export class RunsPage {
  constructor(main) {
    this.main = main;
    this.known = new Known();
    /** What is shown, and what is asked for: what is typed may turn out not to be a filter. */
    this.state = this.wanted = read();
    this.filter = new FilterBox(this.state.filter, (text) => this.search({ filter: text }));
    this.tools = h("div.bar", {});
    this.nothing = new Nothing(() => this.filter.set(""));
    this.hands = new Hands(this);
    this.table = new Table({
      sort: (field, more) => this.sort(field, more),
      resize: (field, width) => this.resize(field, width),
      pick: (position, range) => this.hands.pick(position, range),
      open: (position) => this.hands.open(position),
      twist: (position, wanted) => this.hands.twist(position, wanted),
      star: (position) => this.hands.star(position),
      edit: (position, field, cell) => this.hands.edit(position, field, cell),
      trash: () => this.hands.trash(),
      move: (now) => this.place.keep(now),
    });
    this.place = new Place(
      this.table,
      () => here().path[0] === "runs" && JSON.stringify(read()) === JSON.stringify(this.state),
    );
    this.ends = [onSelection(() => this.onSelection()), listen((changes) => this.onChange(changes))];
    // A training that writes on and on must not put it off.
    this.refreshSoon = paced(PAUSE, () => this.list?.refresh());
    this.learnSoon = paced(REST, () => this.learn());
    this.suitSoon = debounced(PAUSE, () => this.suit());
    this.element = h(
      "div.runs",
      {},
      h("h1.unseen", {}, "Runs"),
      h("div.bar", {}, this.filter.element),
      this.tools,
      this.table.element,
      this.nothing.element,
    );
  }

  /** The run whose children are listed, if they are of one. */
  async readParent() {
    this.parent = this.state.parent ? await getRun(this.state.parent).catch(() => null) : null;
  }

  /** Show the columns that have come with new runs; what is shown stays in its place. */
  async learn() {
    // Columns of another filter are on their way, those of new runs among them.
    if (this.list && !this.known.isOf(this.state)) return this.suitSoon();
    await this.known.add(this.state).catch(complain);
    return this.list && this.arrange();
  }

  /** Show the column that says most about the children of a run, which are unfolded. */
  async learnOf(row) {
    const { state } = this;
    const isNew = await this.known.addOf(row.id, state).catch(complain);
    if (isNew && state === this.state) this.arrange();
  }

  /** Show the columns that have come. */
  arrange() {
    if (this.areShown()) return this.drawTools();
    this.columns = this.known.arranged(this.state.by.length > 0);
    Object.assign(this.list.fields, this.fields());
    this.list.refresh();
    return this.show();
  }

  /** Show the columns that suit what is filtered by now. */
  async suit() {
    // What is asked for meanwhile leads here again, be it understood or not.
    if (this.wanted !== this.state) return;
    const isRead = await this.known.read(this.state).catch(complain);
    if (!isRead || this.wanted !== this.state || this.areShown()) return;
    await this.load()
      .then(() => this.show())
      .catch(complain);
  }

  async start() {
    const [store] = await Promise.all([getStore(), this.known.read(this.state), this.readParent()]);
    seen(store.token);
    this.isEmpty = store.runs === 0;
    if (this.isEmpty) {
      put(this.main, emptyStore(store));
      return;
    }
    put(this.main, this.element);
    await this.load().catch((error) => this.filter.say(error));
    this.show();
    this.place.find();
  }

  /** The address has changed: follow it. */
  async follow() {
    const next = read();
    if (JSON.stringify(next) === JSON.stringify(this.state)) return;
    this.state = this.wanted = next;
    this.filter.show(this.state.filter);
    await this.known.read(this.state);
    await Promise.all([this.readParent(), this.load().catch((error) => this.filter.say(error))]);
    this.show();
    this.place.find();
  }

  end() {
    for (const end of this.ends) end();
    this.suitSoon.cancel();
    this.place.end();
    this.table.destroy();
  }

  // -- what is shown

  /** Whether the columns that are to be shown are. */
  areShown() {
    return this.known.shown === JSON.stringify(this.columns.map((each) => each.field));
  }

  /** What rows have cells of: runs, and groups. */
  fields(columns = this.columns) {
    const those = (are) => columns.filter((each) => each[are]).map((each) => each.field);
    return { ofRuns: those("isAsked"), ofGroups: those("isGrouped") };
  }

  /** Ask for the rows of a state; what is shown stays until they are there. */
  async load(state = this.state) {
    const columns = this.known.arranged(state.by.length > 0);
    // The list that is shown goes on loading its rows: only what was asked for after it is given up.
    this.pending?.abort();
    const controller = new AbortController();
    this.pending = controller;
    const list = listOf(state, this.fields(columns), controller.signal, (each) => this.onRows(each));
    this.element.classList.add("waiting");
    await list.load(0);
    if (this.pending === controller) this.element.classList.remove("waiting");
    if (list.error) throw list.error;
    controller.signal.throwIfAborted();
    this.filter.accepted = state.filter;
    this.pending = null;
    this.list = list;
    this.columns = columns;
    this.state = this.wanted = state;
  }

  /** Change the state and what is shown; fails where the filter cannot be understood. */
  async search(changes) {
    const next = { ...this.wanted, ...changes };
    this.wanted = next;
    try {
      await this.load(next);
    } catch (error) {
      // What was asked for since counts on.
      if (this.wanted === next) this.wanted = this.state;
      throw error;
    } finally {
      if (this.list && !(this.known.isOf(this.state) && this.areShown())) this.suitSoon();
    }
    const { filter, sort, by, parent } = next;
    change({ filter, sort, by: by.join(", "), parent });
    this.show();
  }

  show() {
    if (!this.list || !this.columns) return;
    if (!this.state.by.length) alignDecimals(this.columns, this.list.rows);
    const title = this.state.by.length
      ? { field: this.state.by[0], label: this.state.by.map(labelOf).join(", ") }
      : { field: "name", label: "name" };
    this.table.show(this.list, this.columns, parseSort(this.state.sort), {
      ...title,
      width: this.known.widths.name ?? NAME_WIDTH,
    });
    this.drawTools();
    this.nothing.draw(this.list, this.state.filter, this.parent);
  }

  onRows(list) {
    if (list !== this.list) return;
    this.table.refresh();
    this.drawTools();
    this.nothing.draw(this.list, this.state.filter, this.parent);
    if (list.error && list.error.name !== "AbortError") complain(list.error);
  }

  onChange({ structure }) {
    this.refreshSoon();
    this.learnSoon();
    this.filter.retry();
    if (structure && this.isEmpty) this.start().catch(complain);
  }

  onSelection() {
    this.table.refresh();
    this.drawTools();
  }

  // -- the bar above the table

  drawTools() {
    const picked = selectedIds();
    // An open list of choices must not be taken away.
    if (
      this.tools.contains(document.activeElement) &&
      document.activeElement.tagName === "SELECT" &&
      this.drawn === picked.length
    )
      return;
    this.drawn = picked.length;
    const calls = {
      regroup: (by) => this.regroup(by),
      choose: () => this.choose(),
      pickAll: () => this.hands.pickAll(),
      compare: () => this.compare(),
      tag: (anchor) => this.hands.tag(anchor),
      trash: () => this.hands.trash(),
    };
    const tools = picked.length
      ? selectionTools(picked, this.state.by.length ? this.list.matching : this.list.total, calls)
      : viewTools(this.list, this.state, this.parent, this.known, calls);
    keepFocus(this.tools, () => put(this.tools, tools), this.table.element);
  }

  async regroup(by) {
    document.activeElement?.blur();
    try {
      await this.search({ by, sort: "" });
    } catch (error) {
      complain(error);
    }
    document.querySelector(".bar select")?.focus();
  }

  compare() {
    const picked = selectedIds();
    if (picked.length > 1) go(["compare"], { runs: picked.join(",") });
  }

  choose() {
    chooseColumns(
      this.known.columns,
      this.columns.map((each) => each.field),
      async () => {
        await this.load().catch(complain);
        this.show();
      },
    );
  }

  resize(field, width) {
    this.known.resize(this.state.by.includes(field) ? "name" : field, width);
    this.columns = this.columns.map((each) => (each.field === field ? { ...each, width } : each));
    this.show();
  }

  async sort(field, more) {
    if (field === "tags" || (this.wanted.by.length && (!isGrouped(field) || field === "status"))) return;
    const isNumber = this.columns.find((each) => each.field === field)?.isNumeric ?? false;
    const orders = turned(parseSort(this.wanted.sort), field, isNumber, more);
    try {
      await this.search({ sort: writeSort(orders) });
    } catch (error) {
      complain(error);
    }
  }
}
