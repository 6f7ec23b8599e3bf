// Run as the ordinary user by rootless.test.ts: `rootless.script.ts LAUNCHER DIRECTORY`. Prints a RootlessOutcome.
import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { toText } from "../../src/base/byte-string.ts";
import { rootlessMaps } from "../../src/containers/config/rootless-maps.ts";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import { readTree } from "../../src/kernel/tree/reader.ts";
import { removeTree } from "../../src/kernel/tree/remove.ts";
import { bytes, collect, entry, file, writeSteps } from "./setup.ts";

export interface RootlessOutcome {
  /** As the namespace sees them: of the root, a directory, a file. */
  readonly ids: readonly (number | undefined)[];
  /** The same as the host sees them. */
  readonly owners: readonly number[];
  readonly warnings: readonly string[];
  readonly removed: boolean;
  /** What a namespace of one id says to another id. */
  readonly single: string;
}

const [launcher = "", dir = ""] = process.argv.slice(2);
const facts = readHostFacts({ cgroup: readCgroupFacts });
const maps = rootlessMaps(facts);
if (maps === undefined) throw new Error("this is to run without root");
const userns = { ...maps, facts };
const root = join(dir, "tree");
mkdirSync(root);
const options = { launcher, dir, root, userns, userxattr: true };
const { warnings } = await writeSteps(options, [
  entry("directory", ""),
  entry("directory", "d", { uid: 33, gid: 33, mode: 0o700 }),
  file("d/f", "1", { uid: 999, gid: 999, mode: 0o400 }),
  entry("directory", "closed", { uid: 5, mode: 0 }),
  file("closed/f", "1"),
  entry("char", "dev/null", { device: { major: 1, minor: 3 } }),
  { whiteout: "gone" },
  { opaque: "d" },
]);
const found = await collect(readTree(options));
const ids = ["", "d", "d/f"].map((path) => found.get(bytes(path))?.entry?.uid);
const owners = ["", "d", "closed"].map((path) => lstatSync(join(root, path)).uid);
const one = { uids: maps.uids.slice(0, 1), gids: maps.gids.slice(0, 1), facts };
const other = join(dir, "other");
mkdirSync(other);
const single = await writeSteps({ ...options, root: other, userns: one }, [file("f", "1"), file("g", "1", { uid: 1 })]).then(
  () => "",
  (error: Error) => error.message,
);
await removeTree({ launcher, dir, path: root, userns });
await removeTree({ launcher, dir, path: other });
const outcome: RootlessOutcome = {
  ids,
  owners,
  warnings: warnings.map(({ path }) => toText(path)),
  removed: !existsSync(root) && !existsSync(other),
  single,
};
console.log(JSON.stringify(outcome));
