// Brings an image of an OCI archive into the store of $TEU_ROOT, unpacked: `receive-image.script.ts BIN ARCHIVE NAME`. BIN is the directory of
// the built executables.
import { join } from "node:path";
import { engineOf } from "../../src/cli/engine.ts";
import { openImages } from "../../src/engine/images/image-engine.ts";
import { receiveImage } from "../../src/engine/images/receive.ts";
import { openOciArchive } from "../../src/image/archives/oci-archive.ts";

const [bin = "", archive = "", name = ""] = process.argv.slice(2);
const out = (text: string) => process.stderr.write(text);
using images = openImages(engineOf({ env: process.env, home: bin, self: join(bin, "teu"), out, err: out }));
await using source = await openOciArchive(archive, {}, { temporary: "/tmp" });
await receiveImage(images, source, { name });
