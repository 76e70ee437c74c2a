// The runs that a person has picked, in every view of this page.

const picked = new Map();
const listeners = new Set();

/** The ids, in the order in which they were picked. */
export const selectedIds = () => [...picked.keys()];
export const isSelected = (id) => picked.has(id);

/** Pick a run, or drop it; `row` is what is known of it. */
export function select(id, on, row = picked.get(id) ?? null) {
  if (on) picked.set(id, row);
  else picked.delete(id);
  for (const call of listeners) call();
}

/** Pick many at once. */
export function selectAll(ids) {
  for (const id of ids) if (!picked.has(id)) picked.set(id, null);
  for (const call of listeners) call();
}

export function clearSelection() {
  picked.clear();
  for (const call of listeners) call();
}

/** What is known of the runs that were picked; null where nothing is. */
export const selectedRows = () => [...picked.values()];

/** Hear of changes; what is returned ends it. */
export function onSelection(call) {
  listeners.add(call);
  return () => listeners.delete(call);
}
