// The good and bad configurations that the specification publishes with its JSON schema (runtime-spec, schema/test/config).
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidInputError } from "../../base/errors.ts";
import { parseConfig } from "./parse.ts";

const ROOT = resolve(import.meta.dir, "../../..");
/** The last one serves a git worktree, which lies one level deeper. */
const CASES = [process.env.TEU_SHARED ?? join(ROOT, "../shared"), join(ROOT, "../../shared")]
  .map((shared) => join(shared, "data/oci-runtime-schema/test/config"))
  .find((folder) => existsSync(folder));

/** Where the text of the specification asks for more than its schema can say, or the schema is about another system. */
const OTHERWISE: Readonly<Record<string, { readonly valid: boolean; readonly why: string; readonly fields?: readonly string[] }>> = {
  "good/linux-netdevice.json": {
    valid: false,
    why: "moves devices without a network namespace to move them to",
    fields: ["linux.netDevices"],
  },
  "bad/linux-netdevice.json": { valid: false, why: "for both reasons", fields: ["linux.netDevices.eth0.name", "linux.netDevices"] },
  "good/freebsd-example.json": { valid: false, why: "hostname would be the host's without a uts namespace", fields: ["hostname"] },
  "good/zos-example.json": { valid: false, why: "hostname would be the host's without a uts namespace", fields: ["hostname"] },
  "bad/freebsd-vnet-disable.json": { valid: true, why: "freebsd is an unknown property on Linux, and those MUST be ignored" },
};

function refusal(path: string): readonly string[] | undefined {
  try {
    parseConfig(readFileSync(path));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map((problem) => problem.field);
    throw error;
  }
}

const BAD_FIELDS: Readonly<Record<string, string>> = {
  "bad/invalid-json.json": "document",
  "bad/linux-hugepage.json": "linux.resources.hugepageLimits[0].pageSize",
  "bad/linux-rdma.json": "linux.resources.rdma.mlx5_1.hcaHandles",
};

if (CASES === undefined)
  console.warn("SKIPPED: the published configurations are not here; set TEU_SHARED to the folder that has data/oci-runtime-schema");

describe.skipIf(CASES === undefined)("published configurations", () => {
  const folder = CASES ?? "";
  const list = (kind: "good" | "bad") => (CASES === undefined ? [] : readdirSync(join(folder, kind)).map((file) => `${kind}/${file}`));
  for (const path of [...list("good"), ...list("bad")]) {
    const other = OTHERWISE[path];
    const valid = other?.valid ?? path.startsWith("good/");
    test(`${path} is ${valid ? "taken" : "refused"}${other ? `: ${other.why}` : ""}`, () => {
      const fields = refusal(join(folder, path));
      if (valid) expect(fields).toBeUndefined();
      else expect(fields).toEqual([...(other?.fields ?? [BAD_FIELDS[path] ?? "a field for this case"])]);
    });
  }
});
