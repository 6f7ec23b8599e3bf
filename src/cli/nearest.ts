// The word that somebody probably meant: the one with the least edit distance (Levenshtein, a swap of neighbours counts as one).

/** Far from every word is no typing mistake. */
const MOST_EDITS = 2;

/**
 * For an error's sentence, with a blank behind it; empty when nothing is near.
 * @param before what stands before each of the words: `container `, `--`
 */
export function didYouMean(word: string, words: readonly string[], before = ""): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `did you mean ${before}${meant}? `;
}

/** The nearest of `words`; undefined when none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const bound = Math.min(MOST_EDITS, Math.max(1, Math.floor(word.length / 2)));
  const [best] = words
    .map((other) => ({ other, distance: editDistance(word, other) }))
    .filter(({ other, distance }) => distance <= bound || (word.length > 1 && other.startsWith(word)))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.other;
}

/** Insertions, deletions, replacements and swaps that make one word of the other. */
export function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MOST_EDITS) return Math.max(from.length, to.length); // as far as it can be: not looked at closer
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[to.length] ?? 0;
}
