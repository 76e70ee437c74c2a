// Fields as filters and sort orders write them: `params.C`, `` metrics.`val loss`.min desc ``.

const PIECE = /(?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|[^,`"])+/g;

/** The fields of a list that is separated by commas, whatever stands in backticks. */
export function splitFields(list) {
  return (list?.match(PIECE) ?? []).map((each) => each.trim()).filter(Boolean);
}

/** A sort order as a list of `{field, down}`. */
export function parseSort(text) {
  return splitFields(text).map((each) => {
    const found = /^(.*?)\s+(asc|desc)$/i.exec(each);
    return { field: found ? found[1] : each, down: found !== null && found[2].toLowerCase() === "desc" };
  });
}

export function writeSort(orders) {
  return orders.map(({ field, down }) => (down ? `${field} desc` : field)).join(", ");
}

/**
 * The order after a press on a column: first the way that is wanted most, then the other one, then none.
 *
 * @param {{field: string, down: boolean}[]} orders as `parseSort` gives them
 * @param {string} field the column
 * @param {boolean} isNumber whether it holds numbers, of which the largest are wanted first
 * @param {boolean} more whether the other columns stay
 */
export function turned(orders, field, isNumber, more) {
  const now = orders.find((each) => each.field === field);
  const next = !now ? { field, down: isNumber } : now.down === isNumber ? { field, down: !isNumber } : null;
  const others = more ? orders.filter((each) => each !== now) : [];
  return [...others, next].filter(Boolean);
}

/** A field without its table and its backticks, for a heading. */
export function labelOf(field) {
  const rest = field.replace(/^(params|metrics|tags|environment)\./, "");
  return rest.replace(/`((?:[^`]|``)*)`/g, (_, inner) => inner.replaceAll("``", "`"));
}
