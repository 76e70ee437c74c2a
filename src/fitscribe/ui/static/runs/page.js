// The page of all runs.

import { getColumns, getGroups, getRun, getRuns, getStore, getValues } from "../api.js";
import { debounced, h, keepFocus, paced, put } from "../dom.js";
import { labelOf, parseSort, splitFields, writeSort } from "../fields.js";
import { listen, seen } from "../live.js";
import { onSelection, selectedIds } from "../selection.js";
import { change, go, here } from "../state.js";
import { complain } from "../toast.js";
import { alignDecimals, columnOf, isGrouped, isOwn } from "./cells.js";
import { chooseColumns, chosenColumns, chosenWidths, rememberWidth } from "./columns.js";
import { emptyStore } from "./empty.js";
import { FilterBox } from "./filter.js";
import { Hands } from "./hands.js";
import { RowList } from "./list.js";
import { Table } from "./table.js";
import { selectionTools, viewTools } from "./tools.js";

const PAUSE = 400;
// Which columns there are is asked for less often than what stands in them.
const REST = 2000;
const MOST_SUGGESTED = 10;
const NAME_WIDTH = 320;

/** The table of runs; see `app.js` for what a page is. */
export class RunsPage {
  constructor(main) {
    this.main = main;
    this.known = { columns: [], suggested: [] };
    this.widths = chosenWidths();
    this.read();
    this.filter = new FilterBox(this.state.filter, (text) => this.search({ filter: text }));
    this.tools = h("div.bar", {});
    this.nothing = h("div.nothing", { role: "status", hidden: true });
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
    });
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
      this.nothing,
    );
  }

  read() {
    const { query } = here();
    this.state = {
      filter: query.get("filter") ?? "",
      sort: query.get("sort") ?? "",
      by: splitFields(query.get("by")),
      parent: query.get("parent") ?? "",
    };
  }

  /** The run whose children are listed, if they are of one. */
  async readParent() {
    this.parent = this.state.parent ? await getRun(this.state.parent).catch(() => null) : null;
  }

  /** The columns of the store, and those that say most about the runs that match. */
  async readColumns() {
    const { filter, parent } = this.state;
    // A filter that cannot be understood is complained of where it is typed.
    const found = await getColumns({ filter, parent }).catch(() => getColumns());
    // Where no run matches, none of them says which columns are worth a look.
    const suggested = found.suggested.length ? found.suggested : this.known.suggested;
    this.known = { ...found, suggested };
  }

  /** Runs that have come may have columns that nobody had: those are added, and what is shown stays in its place. */
  async learn() {
    const before = this.known.suggested;
    await this.readColumns().catch(complain);
    const more = this.known.suggested.filter((field) => !before.includes(field));
    this.known.suggested = [...before, ...more].slice(0, MOST_SUGGESTED);
    if (!this.list) return;
    const shown = this.columns.map((each) => each.field);
    if (JSON.stringify(chosenColumns(this.known.suggested)) === JSON.stringify(shown)) {
      this.drawTools();
      return;
    }
    this.arrange();
    Object.assign(this.list.fields, this.fields());
    this.list.refresh();
    this.show();
  }

  /** Show the columns that suit what is filtered by now. */
  async suit() {
    const before = JSON.stringify(chosenColumns(this.known.suggested));
    await this.readColumns().catch(complain);
    if (JSON.stringify(chosenColumns(this.known.suggested)) === before) return;
    try {
      await this.load();
      this.show();
    } catch (error) {
      complain(error);
    }
  }

  async start() {
    const [store] = await Promise.all([getStore(), this.readColumns(), this.readParent()]);
    seen(store.token);
    this.isEmpty = store.runs === 0;
    if (this.isEmpty) {
      put(this.main, emptyStore(store));
      return;
    }
    put(this.main, this.element);
    await this.load().catch((error) => this.filter.say(error));
    this.show();
  }

  /** The address has changed: follow it. */
  async follow() {
    const before = JSON.stringify(this.state);
    this.read();
    if (JSON.stringify(this.state) === before) return;
    this.filter.show(this.state.filter);
    await this.readColumns();
    await Promise.all([this.readParent(), this.load().catch((error) => this.filter.say(error))]);
    this.show();
  }

  end() {
    for (const end of this.ends) end();
    this.suitSoon.cancel();
    this.table.destroy();
  }

  // -- what is shown

  arrange() {
    const fields = chosenColumns(this.known.suggested);
    const known = new Map(this.known.columns.map((each) => [each.field, each]));
    this.columns = fields.map((field) => ({
      ...columnOf(field, known, this.widths, this.state.by.length > 0),
      isAsked: !isOwn(field),
      isGrouped: isGrouped(field),
    }));
  }

  /** What rows have cells of: runs, and groups. */
  fields() {
    const those = (are) => this.columns.filter((each) => each[are]).map((each) => each.field);
    return { ofRuns: those("isAsked"), ofGroups: those("isGrouped") };
  }

  /** Ask for the rows of the state; what is shown stays until they are there. */
  async load() {
    const { filter, sort, by, parent } = this.state;
    this.arrange();
    const fields = this.fields();
    // The list that is shown goes on loading its rows: only what was asked for after it is given up.
    this.pending?.abort();
    const controller = new AbortController();
    this.pending = controller;
    const runs = (more) => (offset, limit) =>
      getRuns(
        { filter, sort: by.length ? "" : sort, column: fields.ofRuns, offset, limit, ...more },
        controller.signal,
      );
    const groups = (offset, limit) =>
      getGroups({ filter, parent, by, sort, column: fields.ofGroups, offset, limit }, controller.signal);
    const list = new RowList(
      by.length ? groups : runs({ parent }),
      () => this.onRows(list),
      0,
      by.length ? (row) => JSON.stringify(row.key) : undefined,
    );
    list.fields = fields;
    if (!by.length)
      list.loadIds = async () => (await getValues({ filter, parent, sort, nest: 1 }, controller.signal)).ids;
    list.below = (row) =>
      runs(
        "key" in row
          ? { parent, by, key: row.key.map((each) => JSON.stringify(each)), nest: 0 }
          : { parent: row.id, unfold: 1 },
      );
    this.element.classList.add("waiting");
    await list.load(0);
    if (this.pending === controller) this.element.classList.remove("waiting");
    if (list.error) throw list.error;
    controller.signal.throwIfAborted();
    this.pending = null;
    this.list = list;
  }

  /** Change the state and what is shown; fails where the filter cannot be understood. */
  async search(changes) {
    const before = this.state;
    const next = { ...before, ...changes };
    this.state = next;
    try {
      await this.load();
    } catch (error) {
      // What was asked for since counts on.
      if (this.state === next) this.state = before;
      throw error;
    }
    const { filter, sort, by, parent } = next;
    change({ filter, sort, by: by.join(", "), parent });
    this.show();
    if (filter !== before.filter) this.suitSoon();
  }

  show() {
    if (!this.list || !this.columns) return;
    if (!this.state.by.length) alignDecimals(this.columns, this.list.rows);
    const title = this.state.by.length
      ? { field: this.state.by[0], label: this.state.by.map(labelOf).join(", ") }
      : { field: "name", label: "name" };
    this.table.show(this.list, this.columns, parseSort(this.state.sort), {
      ...title,
      width: this.widths.name ?? NAME_WIDTH,
    });
    this.drawTools();
    this.drawNothing();
  }

  /** Why there is no row, and what helps. */
  drawNothing() {
    const { filter, parent } = this.state;
    this.nothing.hidden = this.list.length > 0;
    const where = parent ? ` in ${this.parent?.name || parent}` : "";
    const clear = h("button", { type: "button", onclick: () => this.filter.set("") }, "Clear the filter");
    const said = filter ? `No run${where} matches the filter.` : `There are no runs${where} any more.`;
    put(this.nothing, !this.nothing.hidden && [h("p", {}, said), filter !== "" && clear]);
  }

  onRows(list) {
    if (list !== this.list) return;
    this.table.refresh();
    this.drawTools();
    this.drawNothing();
    if (list.error && list.error.name !== "AbortError") complain(list.error);
  }

  onChange({ structure }) {
    this.refreshSoon();
    this.learnSoon();
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
    const place = this.state.by.includes(field) ? "name" : field;
    this.widths = { ...this.widths, [place]: width };
    rememberWidth(place, width);
    this.columns = this.columns.map((each) => (each.field === field ? { ...each, width } : each));
    this.show();
  }

  async sort(field, more) {
    if (this.state.by.length && (!isGrouped(field) || field === "status")) return;
    if (field === "tags") return;
    const orders = parseSort(this.state.sort);
    const now = orders.find((each) => each.field === field);
    const isNumber = this.columns.find((each) => each.field === field)?.isNumeric ?? false;
    // First the way that is wanted most, then the other one, then none.
    const next = !now ? { field, down: isNumber } : now.down === isNumber ? { field, down: !isNumber } : null;
    const others = more ? orders.filter((each) => each !== now) : [];
    try {
      await this.search({ sort: writeSort([...others, next].filter(Boolean)) });
    } catch (error) {
      complain(error);
    }
  }
}
