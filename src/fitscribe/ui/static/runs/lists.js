// The lists of the table: of runs, or of groups with their runs below them.

import { getGroups, getRuns, getValues } from "../api.js";
import { RowList } from "./list.js";

/**
 * The list of what a state of the table names.
 *
 * @param {object} state `filter`, `sort`, `by` and `parent`
 * @param {{ofRuns: string[], ofGroups: string[]}} fields of which rows have cells; may be changed later
 * @param {AbortSignal} signal gives up what is asked for
 * @param {(list: RowList) => void} changed is told when there are other rows
 */
export function listOf({ filter, sort, by, parent }, fields, signal, changed) {
  const areGroups = by.length > 0;
  const runs = (more) => (offset, limit) =>
    getRuns(
      { filter, sort: areGroups ? "" : sort, column: fields.ofRuns, offset, limit, ...more },
      signal,
    );
  const groups = (offset, limit) =>
    getGroups({ filter, parent, by, sort, column: fields.ofGroups, offset, limit }, signal);
  const keyOf = areGroups ? (row) => JSON.stringify(row.key) : undefined;
  const list = new RowList(areGroups ? groups : runs({ parent }), () => changed(list), 0, keyOf);
  list.fields = fields;
  if (!areGroups)
    list.loadIds = async () => (await getValues({ filter, parent, sort, nest: 1 }, signal)).ids;
  list.below = (row) =>
    runs(
      "key" in row
        ? { parent, by, key: row.key.map((each) => JSON.stringify(each)), nest: 0 }
        : { parent: row.id, unfold: 1 },
    );
  return list;
}
