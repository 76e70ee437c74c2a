// Where somebody is in the table stands beside its address: the way back leads there.

import { debounced } from "../dom.js";

// Browsers refuse to be told a hundred times in a row.
const PAUSE = 300;

/** The place in a table. */
export class Place {
  /**
   * @param {object} table a `Table` of table.js
   * @param {() => boolean} isHere whether the address is that of what the table shows: it may be another one already
   */
  constructor(table, isHere) {
    this.table = table;
    this.isHere = isHere;
    this.keepSoon = debounced(PAUSE, () => this.keep(true));
  }

  /** Keep it, at once where somebody may be about to leave. */
  keep(now) {
    if (!now) this.keepSoon();
    else if (this.isHere()) history.replaceState({ place: this.table.place }, "");
  }

  /** Go to the place that was kept with the address, if one was. */
  find() {
    const place = history.state?.place;
    if (place && this.table.list) this.table.place = place;
  }

  end() {
    this.keepSoon.cancel();
  }
}
