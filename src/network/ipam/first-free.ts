// The first free one of many numbers, found by counting those that are taken: a count over an index of a database is quick, a walk is not.

/**
 * Looks at ever larger pieces, and in the first that is not full at ever smaller ones: as many counts as the logarithm of where it is, each of
 * no more than twice as many rows as lie before it.
 * @param taken how many from the one to the other are taken, both included
 */
export function firstFree(first: bigint, last: bigint, taken: (from: bigint, to: bigint) => bigint): bigint | undefined {
  for (let from = first, size = 1n; from <= last; size *= 2n) {
    const to = from + size - 1n < last ? from + size - 1n : last;
    if (taken(from, to) < to - from + 1n) return within(from, to, taken);
    from = to + 1n;
  }
  return undefined;
}

/** In a piece that is not full. */
function within(first: bigint, last: bigint, taken: (from: bigint, to: bigint) => bigint): bigint {
  let [from, to] = [first, last];
  while (from < to) {
    const middle = (from + to) / 2n;
    if (taken(from, middle) < middle - from + 1n) to = middle;
    else from = middle + 1n;
  }
  return from;
}
