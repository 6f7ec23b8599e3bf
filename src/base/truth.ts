// Words for true and false, as Go's strconv.ParseBool reads them, and docker with it.

const WORDS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ "0": false, f: false, F: false, false: false, FALSE: false, False: false },
};

/** Undefined for what is neither. */
export function truthOf(text: string): boolean | undefined {
  return Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
}
