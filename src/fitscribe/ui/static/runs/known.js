// What is known of columns: which there are, which are shown, and how wide.

import { getColumns } from "../api.js";
import { columnOf, isGrouped, isOwn } from "./cells.js";
import { chosenColumns, chosenWidths, rememberWidth } from "./columns.js";

const MOST_SUGGESTED = 12;

const isMetric = (field) => field.startsWith("metrics.");
const choiceOf = ({ filter, parent }) => JSON.stringify([filter, parent]);

/** The columns of a store, and of what is looked at in it. */
export class Known {
  constructor() {
    this.columns = [];
    this.suggested = [];
    /** The filter and the parent whose columns these are. */
    this.choice = null;
    this.widths = chosenWidths();
  }

  /**
   * Ask which there are, and which say most about the runs of a filter and a parent.
   *
   * @returns {Promise<boolean>} false where something else was asked for since: then that counts
   */
  async read({ filter, parent }) {
    const choice = choiceOf({ filter, parent });
    this.wanted = choice;
    // A filter that cannot be understood is complained of where it is typed.
    const found = await getColumns({ filter, parent }).catch(() => getColumns());
    if (this.wanted !== choice) return false;
    this.choice = choice;
    this.columns = found.columns;
    // Where no run matches, none of them says which columns are worth a look.
    if (found.suggested.length > 0) this.suggested = found.suggested;
    return true;
  }

  /** Ask again: runs that have come may have columns that nobody had; what there was keeps its place before them. */
  async add(choice) {
    const before = this.suggested;
    if (!(await this.read(choice))) return;
    const more = this.suggested.filter((field) => !before.includes(field));
    this.suggested = [...before, ...more].slice(0, MOST_SUGGESTED);
  }

  /**
   * Ask which metric says most about the children of a run, which the runs beside it may not have; it is shown
   * behind the metrics of those.
   *
   * @returns {Promise<boolean>} whether there is another column to be shown
   */
  async addOf(parent, { filter }) {
    const { suggested } = await getColumns({ filter, parent });
    const [best] = suggested.filter(isMetric);
    if (!best || suggested.filter(isMetric).some((each) => this.suggested.includes(each))) return false;
    const place = this.suggested.findLastIndex(isMetric) + 1;
    this.suggested = this.suggested.toSpliced(place, 0, best);
    return true;
  }

  /** Whether these are the columns of a state of the table. */
  isOf(state) {
    return this.choice === choiceOf(state);
  }

  /** The fields that are to be shown, as one text: whether these are others than before. */
  get shown() {
    return JSON.stringify(chosenColumns(this.suggested));
  }

  /** The columns that are to be shown, of runs or of groups. */
  arranged(areGroups) {
    const known = new Map(this.columns.map((each) => [each.field, each]));
    return chosenColumns(this.suggested).map((field) => ({
      ...columnOf(field, known, this.widths, areGroups),
      isAsked: !isOwn(field),
      isGrouped: isGrouped(field),
    }));
  }

  /** Make a column as wide as somebody wants it. */
  resize(field, width) {
    this.widths = { ...this.widths, [field]: width };
    rememberWidth(field, width);
  }
}
