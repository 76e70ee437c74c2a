// Rows of the table: loaded in pages when they come into sight, with lists of children below their parents.

const PAGE = 100;

/**
 * A list of rows, of which those are loaded that somebody looks at.
 *
 * Lists of children lie between the rows of their parents; positions count both.
 */
export class RowList {
  /**
   * @param {(offset: number, limit: number) => Promise<{total: number, rows: object[]}>} load asks the server
   * @param {() => void} changed is told when there are other rows
   * @param {number} [depth] how deep the list lies
   * @param {(row: object) => string} [keyOf] what a row is known by
   */
  constructor(load, changed, depth = 0, keyOf = (row) => row.id) {
    this.loadPage = load;
    this.changed = changed;
    this.depth = depth;
    this.keyOf = keyOf;
    this.total = 0;
    this.matching = 0;
    this.rows = new Map();
    this.pages = new Map();
    this.opened = new Map();
    this.error = null;
  }

  /** How many rows there are, those of open lists included. */
  get length() {
    return this.openLists().reduce((sum, { list }) => sum + list.length, this.total);
  }

  /** What lies at a position: `{list, index, row}`, with null for a row that is not loaded yet. */
  at(position) {
    let below = 0;
    for (const { index, list } of this.openLists()) {
      const inside = position - below - index - 1;
      if (inside < 0) break;
      if (inside < list.length) return list.at(inside);
      below += list.length;
    }
    const index = position - below;
    return { list: this, index, row: this.rows.get(index) ?? null };
  }

  /** The position of a row by its key; -1 where it is not loaded. */
  positionOf(key) {
    let below = 0;
    const lists = this.openLists();
    for (const [index, row] of this.rows) {
      if (this.keyOf(row) !== key) continue;
      return lists.filter((each) => each.index < index).reduce((sum, { list }) => sum + list.length, index);
    }
    for (const { index, list } of lists) {
      const inside = list.positionOf(key);
      if (inside >= 0) return below + index + 1 + inside;
      below += list.length;
    }
    return -1;
  }

  /** Load what is missing or out of date between two positions, both included. */
  need(first, last) {
    for (let position = first; position <= Math.min(last, this.length - 1); position += 1) {
      const { list, index } = this.at(position);
      list.loadAt(index);
    }
  }

  /**
   * The ids of the runs between two positions, both included, also of rows that nobody has looked at yet.
   *
   * Many of these are asked for by `loadIds`, if the list has that: it gives the ids of all of its own rows.
   */
  async idsBetween(one, other) {
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    const places = Array.from({ length: last - first + 1 }, (_, i) => this.at(first + i));
    const missing = places.filter(({ row }) => row === null);
    const ids = missing.length > PAGE ? await this.loadIds?.() : undefined;
    const isAsked = (list) => list !== this || ids === undefined;
    await Promise.all(missing.map(({ list, index }) => isAsked(list) && list.loadAt(index)));
    return places
      .map(({ list, index }) => list.rows.get(index)?.id ?? (isAsked(list) ? undefined : ids[index]))
      .filter(Boolean);
  }

  /** Load the page that a row lies in, unless it is there or on its way. */
  loadAt(index) {
    const page = Math.floor(index / PAGE);
    const state = this.pages.get(page);
    return state === undefined || state === "stale" ? this.load(page) : state;
  }

  load(page) {
    const loading = this.loadPage(page * PAGE, PAGE)
      .then((answer) => {
        if (this.pages.get(page) !== loading) return; // out of date already
        this.pages.set(page, "fresh");
        this.take(page, answer);
        this.error = null;
      })
      .catch((error) => {
        // What failed is asked for again when the list is refreshed, and not at once and for ever.
        this.pages.set(page, "failed");
        this.error = error;
      })
      .finally(() => this.changed());
    this.pages.set(page, loading);
    return loading;
  }

  take(page, answer) {
    this.total = answer.total;
    this.matching = answer.matching ?? answer.total;
    for (let i = page * PAGE; i < (page + 1) * PAGE; i += 1) this.rows.delete(i);
    for (const index of this.rows.keys()) if (index >= answer.total) this.rows.delete(index);
    answer.rows.forEach((row, i) => {
      const index = page * PAGE + i;
      this.rows.set(index, row);
      const open = this.opened.get(this.keyOf(row));
      if (open) open.index = index;
    });
    for (const [key, { index }] of this.opened) if (index >= answer.total) this.opened.delete(key);
  }

  /** Ask again for everything that is looked at; what there is stays until then. */
  refresh() {
    for (const page of this.pages.keys()) this.pages.set(page, "stale");
    for (const { list } of this.opened.values()) list.refresh();
    // Nobody can look at a place of an empty list, and it may have a first row by now.
    if (this.length === 0) this.loadAt(0);
    if (this.depth === 0) this.changed();
  }

  /** Open the list below a row, made by a function, or close it. */
  toggle(index, make) {
    const key = this.keyOf(this.rows.get(index));
    if (this.opened.delete(key)) return this.changed();
    const list = make(this.depth + 1);
    this.opened.set(key, { index, list });
    list.load(0);
    return undefined;
  }

  isOpen(row) {
    return this.opened.has(this.keyOf(row));
  }

  openLists() {
    return [...this.opened.values()].sort((a, b) => a.index - b.index);
  }
}
