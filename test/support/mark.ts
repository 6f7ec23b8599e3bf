// The mark that everything made by a test bears in its name: roots, container ids, cgroups. The sweep after a test and the leak check
// after the suite know by it what is ours while others work on the same machine.

/** Given by tools/testing/main.ts; a file run by itself makes its own. */
const RUN = process.env.TEU_TEST_MARK ?? `teu-test-${process.pid.toString(36)}`;
let count = 0;

/** A new mark; short, because socket paths end at 108 bytes (unix(7)) and names of interfaces at 15. */
export function newMark(): string {
  count += 1;
  return `${RUN}-${process.pid.toString(36)}${count.toString(36)}`;
}
