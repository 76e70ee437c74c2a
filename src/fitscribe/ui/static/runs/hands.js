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
   * @param {object} page with the `list` of rows, its `state` and the `table`; `onRows(list)`,
   *   `learnOf(row)` and `refreshSoon()`
   */
  constructor(page) {
    this.page = page;
  }

  /** Pick a run or drop it; with a range all from the one that was picked last. */
  async pick(position, isRange) {
    const { list } = this.page;
    const { row } = list.at(position);
    if (!row || "key" in row) return;
    const from = this.lastPicked?.list === list ? this.lastPicked.position : position;
    this.lastPicked = { list, position };
    if (!isRange) select(row.id, !isSelected(row.id));
    else selectAll(await list.idsBetween(from, position).catch((error) => (complain(error), [])));
  }

  /** Pick the runs on top; of groups, which hold runs of all levels, all of them. */
  async pickAll() {
    const { filter, parent, by, sort } = this.page.state;
    const choice = by.length ? { nest: 0 } : { nest: 1, sort };
    const answer = await getValues({ filter, parent, ...choice }).catch(complain);
    if (answer) selectAll(answer.ids);
  }

  /** Edit the tags of what is picked. */
  async tag(anchor) {
    const ids = selectedIds();
    const rows = ids.length === 1 ? [await getRun(ids[0]).catch(complain)] : ids.map((id) => ({ id }));
    if (rows[0]) editTags(anchor, rows, (changed) => this.take(changed));
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
    if (!("key" in row) && !list.isOpen(row)) this.page.learnOf(row);
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
