// The runs that a person has picked, in every view of this page.

const picked = new Set();
const listeners = new Set();

/** The ids, in the order in which they were picked. */
export const selectedIds = () => [...picked];
export const isSelected = (id) => picked.has(id);

/** Pick a run, or drop it. */
export function select(id, on) {
  if (on) picked.add(id);
  else picked.delete(id);
  for (const call of listeners) call();
}

/** Pick many at once. */
export function selectAll(ids) {
  for (const id of ids) picked.add(id);
  for (const call of listeners) call();
}

export function clearSelection() {
  picked.clear();
  for (const call of listeners) call();
}

/** Hear of changes; what is returned ends it. */
export function onSelection(call) {
  listeners.add(call);
  return () => listeners.delete(call);
}
