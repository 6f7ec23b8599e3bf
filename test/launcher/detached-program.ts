// Starts a container that is to outlive its starter, says what it was told of the start, and ends: `detached-program.ts PLAN DIRECTORY`.
import { readFileSync } from "node:fs";
import { launch } from "../../src/kernel/launch/launcher.ts";
import { LAUNCHER } from "../support/run-plan.ts";

const [plan = "", dir = ""] = process.argv.slice(2);
const { started, pid } = launch(readFileSync(plan), { launcher: LAUNCHER, dir, stdio: ["ignore", "ignore", "inherit"], detached: true });
console.log(pid, (await started)?.map(({ kind }) => kind).join(" "));
