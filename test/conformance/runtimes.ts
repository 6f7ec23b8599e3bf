// The runtimes that the suites judge: ours, and the peers that prove the suites themselves. TEU_CONFORMANCE_RUNTIME=runc (or crun)
// runs a suite against a peer.
import { chmodSync, writeFileSync } from "node:fs";
import { findProgram } from "../../tools/testing/packages.ts";
import { executable } from "../support/executables.ts";
import type { TestRoots } from "../support/roots.ts";
import type { RuntimeName } from "./programs.ts";

/** Which runtime this run judges. @throws Error at a name that is not known. */
export function chosenRuntime(): RuntimeName {
  const name = process.env.TEU_CONFORMANCE_RUNTIME ?? "teu";
  if (name !== "teu" && name !== "runc" && name !== "crun") throw new Error(`TEU_CONFORMANCE_RUNTIME=${name}: not one of teu, runc, crun`);
  return name;
}

/** Absolute path of the runtime's executable. @throws Error when it is not installed. */
export function runtimePath(name: RuntimeName): string {
  const path = name === "teu" ? executable("teu-runtime") : findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** crun 1.8 knows no ociVersion above 1.0.x; the configurations of the suite hold nothing newer. */
const OLDER_VERSION = `bundle=. previous=
for argument; do
	case "$argument" in --bundle=*) bundle="\${argument#--bundle=}" ;; esac
	case "$previous" in --bundle | -b) bundle="$argument" ;; esac
	previous="$argument"
done
[ ! -f "$bundle/config.json" ] || sed -i 's/"ociVersion": *"[^"]*"/"ociVersion": "1.0.2"/' "$bundle/config.json"
`;

/**
 * Writes a script that stands for the runtime with its state below the test's roots, which a suite that passes no --root would not do.
 * @returns its path.
 */
export function rootedRuntime(name: RuntimeName, roots: TestRoots): string {
  const path = roots.path(`${name}-rooted`);
  const adapt = name === "crun" ? OLDER_VERSION : "";
  writeFileSync(path, `#!/bin/sh\n${adapt}exec ${quote(runtimePath(name))} --root ${quote(roots.path("state"))} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
