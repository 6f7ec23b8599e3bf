// The supervisor of an engine, with the duties that there are; what each of them needs is loaded when the first of its kind is due.
import type { Duty } from "../../containers/duties/rows.ts";
import type { Engine } from "../engine.ts";
import { type DoDuty, supervise } from "./supervise.ts";

const DUTIES: Readonly<Record<Duty["kind"], () => Promise<(engine: Engine, duty: Duty) => Promise<void>>>> = {
  restart: async () => (await import("./duties/restart.ts")).restartWhenDue,
  health: async () => (await import("./duties/health.ts")).checkWhenDue,
  timeout: async () => (await import("./duties/timeout.ts")).endWhenDue,
};

/** Returns when nothing is due any more, or another process is the supervisor. */
export async function runSupervisor(engine: Engine): Promise<void> {
  const perform: DoDuty = async (duty) => (await DUTIES[duty.kind]())(engine, duty);
  await supervise(engine, perform);
}
