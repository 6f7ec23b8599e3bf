// `teu volume import`: the files of a tar into a volume that is there, as podman has it.
import { importVolume } from "../../../engine/volumes/archive.ts";
import { failed } from "../../../image/archives/directory-files.ts";
import { readInput } from "../../byte-output.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { interruptible } from "../../interruption.ts";

export default command({
  name: "volume import",
  summary: "Put the files of a tar into a volume",
  usage: "VOLUME [FILE|-]",
  flags: {},
  args: { min: 1, max: 2, completes: "volumes" },
  failed: 1,
  examples: ["teu volume create data && teu volume import data backup.tar.gz"],
  async run({ args: [name = "", file = "-"], context }) {
    const engine = engineOf(context);
    return await interruptible(context, "what came so far is in the volume", async (signal) => {
      await importVolume(engine, name, file === "-" ? readInput() : await openFile(file), { signal });
      return 0;
    });
  },
});

async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const { open } = await import("node:fs/promises");
  try {
    return (await open(path, "r")).createReadStream(); // closes it at its end
  } catch (error) {
    throw failed(`import ${path}`, error);
  }
}
