// A program for progress.test.ts: shows a pull that is made up, with the flag --progress as it is given.

import { writeSync } from "node:fs";
import { digestOf } from "../../src/base/digest.ts";
import type { FlagValues } from "../../src/cli/command.ts";
import { parseWords } from "../../src/cli/parse-words.ts";
import { openProgress, PROGRESS_FLAGS } from "../../src/cli/progress/progress.ts";
import { type LayerState, layerId } from "../../src/image/ports/progress.ts";

const flags = parseWords({ name: "pull", flags: PROGRESS_FLAGS }, process.argv.slice(2)).values as FlagValues<typeof PROGRESS_FLAGS>;
const context = { env: process.env, home: "/", self: "/", out: (text: string) => void writeSync(1, text), err: () => {} };
const digests = ["a", "b"].map((text) => digestOf(text));

using view = openProgress(flags, context);
const all = (state: LayerState, bytes: { readonly current?: number; readonly total?: number } = {}) => {
  for (const digest of digests) view.sink({ kind: "layer", id: layerId(digest), digest, state, ...bytes });
};

view.sink({ kind: "message", id: "12", text: "Pulling from library/debian" });
all("found");
for (let current = 0; current <= 3000; current++) {
  all("downloading", { current, total: 3000 });
  if (current % 10 === 0) await Bun.sleep(1);
}
all("pulled");
view.sink({ kind: "message", text: "docker.io/library/debian:12", last: true });
