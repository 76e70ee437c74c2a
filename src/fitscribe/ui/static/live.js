// What changes in the store while the page is looked at.

import { getChanges, reported } from "./api.js";

const WAIT = 20;
const listeners = new Set();
let token = null;
let controller = null;

/**
 * Hear of changes.
 *
 * @param {(changes: {changed: string[] | null, structure: boolean}) => void} call
 * @returns {() => void} what ends it
 */
export function listen(call) {
  listeners.add(call);
  return () => listeners.delete(call);
}

/** Tell what the store was like when the page was filled: what has changed since is heard of, too. */
export function seen(at) {
  token ??= at;
}

/** Begin to watch the store, whenever the page can be seen; `say` is told when the server is gone, and back. */
export function watch(say) {
  if (reported !== null) return;
  const turn = () => {
    // Browsers open few connections to one server: a page in the background must not hold one.
    if (document.hidden) controller?.abort();
    else if (controller === null || controller.signal.aborted) follow(say);
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}

async function follow(say) {
  const own = new AbortController();
  controller = own;
  let failures = 0;
  while (!own.signal.aborted) {
    try {
      const answer = await getChanges(token, token === null || failures > 0 ? 0 : WAIT, own.signal);
      const [isFirst, isNew, isBack] = [token === null, answer.token !== token, failures > 0];
      if (isBack) say(null);
      failures = 0;
      token = answer.token;
      // What was asked for while nobody answered is to be asked for again.
      const told = isBack ? { ...answer, changed: null, structure: true } : answer;
      if (isBack || (isNew && !isFirst)) for (const call of listeners) call(told);
    } catch (error) {
      if (own.signal.aborted) return;
      failures += 1;
      if (failures > 1) say(error);
      await new Promise((resolve) => setTimeout(resolve, Math.min(1000 * failures, 5000)));
    }
  }
}
