// Run by write.test.ts, which kills it: `killed.script.ts LAUNCHER DIRECTORY ROOT [FIRST]`. Opens a session, in a user namespace that begins at the
// host's id FIRST where that is given, leaves a file half written, says so, and waits.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import { openTreeWriter } from "../../src/kernel/tree/writer.ts";
import { entry, mappedAt } from "./setup.ts";

const [launcher = "", dir = "", root = "", first] = process.argv.slice(2);
const userns = first === undefined ? {} : { userns: mappedAt(Number(first), readHostFacts({ cgroup: readCgroupFacts })) };
const writer = await openTreeWriter({ launcher, dir, root, ...userns });
await writer.entry(entry("file", "half", { size: 8 << 20 }));
for (let sent = 0; sent < 4; sent++) await writer.data(Buffer.alloc(1 << 20));
while (!existsSync(join(root, "half"))) await Bun.sleep(1);
console.log("half written");
await Bun.sleep(60_000);
