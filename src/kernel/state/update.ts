// `update`: new limits for a container, all of them or none.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import type { Resources } from "../../spec/runtime/config.ts";
import { parseResources } from "../../spec/runtime/parse.ts";
import { updateCgroup } from "../cgroup/control/update.ts";
import { planFailure } from "../launch/failure.ts";
import { launch } from "../launch/launcher.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { openFlags } from "../tables/open-flags.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { findContainer } from "./query.ts";
import { type ContainerRecord, containerDir, writeWhole } from "./record.ts";

/** The device rules in force, where an update has changed those of config.json. */
const DEVICES_FILE = "devices.json";

/** BPF: `r0 = 1; exit`, which allows everything: what a cgroup without a program does. */
const ALLOW_ALL = Uint8Array.of(0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/**
 * Changes limits; fields that are not there stay as they are.
 * @throws TeuError `conflict` for a container that has stopped; else as updateCgroup
 */
export async function updateContainer(context: RuntimeContext, id: string, resources: Resources): Promise<void> {
  const { record, status } = findContainer(context, id);
  if (status.status === "stopped") throw new TeuError("conflict", `update container ${id}: container not running: it is stopped`);
  const dir = containerDir(context.root, id);
  await updateCgroup({
    paths: record.cgroups,
    resources,
    devices: readDevices(dir),
    rootless: context.facts().rootless,
    replaceProgram: (directory, program) => replaceProgram(context, { dir, directory, program: program ?? ALLOW_ALL }),
  });
  await tellSystemd(context, record, { ...resources, devices: resources.devices ?? readDevices(dir) ?? [] });
  if (resources.devices !== undefined) writeWhole(join(dir, DEVICES_FILE), JSON.stringify({ devices: resources.devices }));
}

/** systemd writes its own idea of the limits again whenever it reloads. */
async function tellSystemd(context: RuntimeContext, { unit, unitSockets = [] }: ContainerRecord, resources: Resources): Promise<void> {
  if (unit === undefined) return;
  const [{ setUnitProperties }, { resourceProperties }] = await Promise.all([
    import("../cgroup/systemd/scope.ts"),
    import("../cgroup/systemd/properties.ts"),
  ]);
  const { rootless, cgroup } = context.facts();
  const properties = resourceProperties({ resources, v2: cgroup.mode === "v2", rootless });
  await setUnitProperties(unit, { properties, sockets: unitSockets });
}

function readDevices(dir: string): Resources["devices"] {
  let text: string;
  try {
    text = readFileSync(join(dir, DEVICES_FILE), "utf8");
  } catch {
    return readConfigCopy(dir).linux?.resources?.devices; // no update has changed them yet
  }
  return parseResources(text).devices;
}

interface ProgramChange {
  readonly dir: string;
  readonly directory: string;
  readonly program: Uint8Array;
}

/** A small plan: bpf(2) is a system call that only the launcher makes. */
async function replaceProgram(context: RuntimeContext, { dir, directory, program }: ProgramChange): Promise<void> {
  const registers = new Registers();
  const cgroup = registers.named("cgroup");
  const { O_DIRECTORY } = openFlags(context.facts().arch);
  const from = "linux.resources.devices";
  const ops = [
    op("open", { dir: undefined, path: directory, flags: O_DIRECTORY, mode: 0, out: cgroup }, from),
    op("deviceProgram", { cgroup, program, replace: 1 }, { from, subject: directory }),
  ];
  const plan: Plan = { sections: [{ name: "host", ops }], registers: registers.names };
  const own = mkdtempSync(join(dir, "update-"));
  try {
    const { records } = await launch(encodePlan(plan), { launcher: context.launcher, dir: own }).ended;
    const failure = planFailure(plan, records);
    if (failure !== undefined) throw failure;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
