// `teu-runtime spec`: a configuration to begin a bundle with.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { defaultConfig } from "../../spec/runtime/default.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime spec",
  summary: "Write a config.json to begin with",
  usage: "[flags]",
  flags: {
    bundle: { type: "string", short: "b", value: "DIR", summary: "Directory of the bundle; the working directory when not given" },
    rootless: { type: "boolean", summary: "Write one that this user can run without root" },
  },
  args: { min: 0, max: 0 },
  run({ flags: { bundle = ".", rootless } }) {
    const config = defaultConfig({ rootless: rootless === true, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 });
    const path = join(bundle, "config.json");
    try {
      writeFileSync(path, `${JSON.stringify(config, null, "\t")}\n`, { flag: "wx", mode: 0o666 });
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
        throw new TeuError("conflict", `write ${path}: it exists; remove it first`);
      throw new TeuError("not-found", `write ${path}: ${reasonOf(cause)}`, { cause });
    }
    return 0;
  },
});
