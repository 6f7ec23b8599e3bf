// Run as a program of its own: `layers.script.ts BIN NAME` prints the directories of an image's unpacked layers, bottom to top, which no
// command tells. BIN is the directory of the built executables.
import { join } from "node:path";
import { engineOf } from "../../../src/cli/engine.ts";
import { openImages } from "../../../src/engine/images/image-engine.ts";
import { openLookup } from "../../../src/engine/images/lookup.ts";

const [bin = "", name = ""] = process.argv.slice(2);
const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);
const context = { env: process.env, home: bin, self: join(bin, "teu"), out: write(process.stdout), err: write(process.stderr) };
using images = openImages(engineOf(context));
console.log((await openLookup(images).ensure(name, { pull: "never", quiet: true })).layers.join("\n"));
