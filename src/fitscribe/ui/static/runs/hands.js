// What is done with single rows of the table: pick, open, unfold, edit, throw away.

import { getRun, getValues } from "../api.js";
import { edit, editNotes, editTags } from "../editing.js";
import { labelOf } from "../fields.js";
import { isSelected, select, selectAll, selectedIds } from "../selection.js";
import { go } from "../state.js";
import { complain } from "../toast.js";
import { trash } from "./actions.js";
import { RowList } from "./list.js";

/** The hands of the table; positions are those of its rows. */
export class Hands {
  /**
   * @param {object} page with the `list` of rows, its `state` and the `table`; `onRows(list)` and `refreshSoon()`
   */
  constructor(page) {
    this.page = page;
  }

  pick(position, isRange) {
    const { row } = this.page.list.at(position);
    if (!row || "key" in row) return;
    const on = !isSelected(row.id);
    const from = isRange && this.lastPicked !== undefined ? this.lastPicked : position;
    for (let i = Math.min(from, position); i <= Math.max(from, position); i += 1) {
      const each = this.page.list.at(i).row;
      if (each && !("key" in each)) select(each.id, isRange || on, each);
    }
    this.lastPicked = position;
  }

  async pickAll() {
    const { filter, parent } = this.page.state;
    const answer = await getValues({ filter, parent, nest: this.page.state.by.length ? 0 : 1 }).catch(
      complain,
    );
    if (answer) selectAll(answer.ids);
  }

  open(position) {
    const { row } = this.page.list.at(position);
    if (row && "key" in row) this.twist(position);
    else if (row) go(["run", row.id]);
  }

  twist(position, wanted) {
    const { list, index, row } = this.page.list.at(position);
    if (!row || (!("key" in row) && row.children === 0)) return;
    if (wanted !== undefined && list.isOpen(row) === wanted) return;
    const load = this.page.list.below(row);
    list.toggle(index, (depth) => new RowList(load, () => this.page.onRows(this.page.list), depth));
  }

  async star(position) {
    const { row } = this.page.list.at(position);
    if (!row || "key" in row) return;
    const found = await edit(row.id, { star: !row.star });
    if (found) this.take([found]);
  }

  async edit(position, field, cell) {
    const { row } = this.page.list.at(position);
    if (!row || "key" in row || !cell) return;
    const done = (rows) => this.take(rows);
    if (field === "notes") {
      const whole = row.notes.length < 200 ? row.notes : (await getRun(row.id)).notes;
      editNotes(cell, row, whole, done);
    } else editTags(cell, [row], done, field === "tags" ? "" : labelOf(field));
  }

  /** Put changed rows in the place of what is shown of them, and look at them again. */
  take(rows) {
    for (const { id, star, tags, notes } of rows) {
      const position = this.page.list.positionOf(id);
      if (position >= 0) Object.assign(this.page.list.at(position).row, { star, tags, notes });
    }
    this.page.table.refresh();
    this.page.refreshSoon();
  }

  trash() {
    const picked = selectedIds();
    const current = this.page.list.at(this.page.table.current).row;
    const ids = picked.length ? picked : current && !("key" in current) ? [current.id] : [];
    trash(ids, () => this.page.list.refresh());
  }
}
