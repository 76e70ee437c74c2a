// What can be done with the runs that were picked.

import { moveToTrash, restore } from "../api.js";
import { plural } from "../format.js";
import { clearSelection } from "../selection.js";
import { complain, toast } from "../toast.js";

/**
 * Move runs to the trash, and offer the way back.
 *
 * @param {string[]} ids which
 * @param {() => void} done is told when they are there, or back
 */
export async function trash(ids, done) {
  if (ids.length === 0) return;
  let answer;
  try {
    answer = await move(ids);
  } catch (error) {
    complain(error);
    return;
  }
  clearSelection();
  done();
  const { moved, kept } = answer;
  const rest = kept.length ? ` ${plural(kept.length, "candidate")} of a search can only go with the search.` : "";
  toast(`${plural(moved.length, "run")} in the trash.${rest}`, {
    label: "Undo",
    call: async () => {
      try {
        await restore(ids);
        done();
      } catch (error) {
        complain(error);
      }
    },
  });
}

async function move(ids) {
  try {
    return await moveToTrash(ids, false);
  } catch (error) {
    const isRunning = error.kind === "conflict" && /running|still runs/i.test(error.message);
    if (!isRunning || !window.confirm(`${error.message}\n\nMove to the trash all the same?`)) throw error;
    return moveToTrash(ids, true);
  }
}
