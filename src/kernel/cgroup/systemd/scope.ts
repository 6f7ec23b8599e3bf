// Transient scopes by systemd's D-Bus interface (org.freedesktop.systemd1(5)): made around a process, changed, stopped.
// `teu internal systemd-scope` calls startScope from a plan's `run` op, so none of this is loaded by the cgroupfs driver.
import { TeuError } from "../../../base/errors.ts";
import { type BusSocket, connectDBus, type DBusConnection, DBusError, type MethodCall } from "./dbus/connection.ts";
import type { Message } from "./dbus/message.ts";
import type { DBusValue, Variant } from "./dbus/signature.ts";

/** A property of a unit, as systemd.resource-control(5) has it. */
export interface UnitProperty extends Variant {
  readonly name: string;
}

export interface ScopeRequest {
  /** `teu-web.scope` */
  readonly unit: string;
  /** The process that the scope begins with. */
  readonly pid: number;
  readonly properties: readonly UnitProperty[];
  /** Where systemd is reached; tried in order. */
  readonly sockets: readonly BusSocket[];
}

const SYSTEMD = "org.freedesktop.systemd1";
const MANAGER = { destination: SYSTEMD, path: "/org/freedesktop/systemd1", interface: `${SYSTEMD}.Manager` } as const;
const MATCH = `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='JobRemoved'`;

/** How long systemd has to finish a job, in milliseconds; runc waits as long. */
const JOB_TIMEOUT = 30_000;

/** The sockets of the system's own systemd: its private one spares a running bus daemon, but is root's alone. */
export const SYSTEM_SOCKETS: readonly BusSocket[] = [
  { path: "/run/systemd/private", bus: false },
  { path: "/run/dbus/system_bus_socket", bus: true },
];

/** The bus of a user's systemd, from the two environment variables that may tell it. */
export function userSockets(env: { readonly address?: string | undefined; readonly runtimeDir?: string | undefined }): BusSocket[] {
  const addressed = (env.address ?? "").split(";").flatMap((address) => {
    const path = /^unix:(?:.*,)?path=([^,]+)/.exec(address)?.[1];
    return path === undefined ? [] : [{ path: decodeURIComponent(path), bus: true }];
  });
  if (addressed.length > 0 || env.runtimeDir === undefined) return addressed;
  return [
    { path: `${env.runtimeDir}/systemd/private`, bus: false },
    { path: `${env.runtimeDir}/bus`, bus: true },
  ];
}

/**
 * Starts a transient scope with the process in it, and waits until systemd has it.
 * @throws DBusError what systemd says, TeuError `unavailable` when it cannot be reached or the job does not succeed
 */
export async function startScope({ unit, pid, properties, sockets }: ScopeRequest): Promise<void> {
  using connection = await connectDBus(sockets);
  const jobs = await watchJobs(connection);
  const all = [...properties, { name: "PIDs", signature: "au", value: [pid] }];
  const list = all.map(({ name, signature, value }): DBusValue => [name, { signature, value }]);
  const start = () =>
    jobs.run({ ...MANAGER, member: "StartTransientUnit", signature: "ssa(sv)a(sa(sv))", body: [unit, "replace", list, []] });
  try {
    await start();
  } catch (error) {
    // A unit of that name that failed earlier is kept until it is reset; one that runs is somebody else's.
    if (!(error instanceof DBusError) || error.error !== `${SYSTEMD}.UnitExists`) throw error;
    await resetFailed(connection, unit);
    await start();
  }
}

/** Stops a unit and all processes in it; one that is not there is stopped already. */
export async function stopUnit(unit: string, sockets: readonly BusSocket[]): Promise<void> {
  using connection = await connectDBus(sockets);
  const jobs = await watchJobs(connection);
  try {
    await jobs.run({ ...MANAGER, member: "StopUnit", signature: "ss", body: [unit, "replace"] });
  } catch (error) {
    if (!(error instanceof DBusError) || error.error !== `${SYSTEMD}.NoSuchUnit`) throw error;
  }
  await resetFailed(connection, unit);
}

/** Sets properties of a running unit until it ends, for `update`. */
export async function setUnitProperties(
  unit: string,
  { properties, sockets }: { readonly properties: readonly UnitProperty[]; readonly sockets: readonly BusSocket[] },
): Promise<void> {
  using connection = await connectDBus(sockets);
  const list = properties.map(({ name, signature, value }): DBusValue => [name, { signature, value }]);
  await connection.call({ ...MANAGER, member: "SetUnitProperties", signature: "sba(sv)", body: [unit, true, list] });
}

async function resetFailed(connection: DBusConnection, unit: string): Promise<void> {
  try {
    await connection.call({ ...MANAGER, member: "ResetFailedUnit", signature: "s", body: [unit] });
  } catch (error) {
    if (!(error instanceof DBusError)) throw error; // it had not failed, or is gone
  }
}

interface Jobs {
  /** Calls a method that starts a job and waits for the job's end. */
  run(call: MethodCall): Promise<void>;
}

/** systemd tells of a job's end by a signal, which may come before the reply that tells the job's name. */
async function watchJobs(connection: DBusConnection): Promise<Jobs> {
  const results = new Map<string, string>();
  let wake = Promise.withResolvers<void>();
  connection.onSignal((signal: Message) => {
    if (signal.fields.member !== "JobRemoved") return;
    const [, job, , result] = signal.body;
    results.set(String(job), String(result));
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  await subscribe(connection);

  const ended = async (job: string): Promise<string> => {
    const late = AbortSignal.timeout(JOB_TIMEOUT);
    const timeout = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve(), { once: true }));
    while (!results.has(job) && !late.aborted) await Promise.race([wake.promise, timeout]);
    return results.get(job) ?? "timeout";
  };
  return {
    async run(call) {
      const [job] = await connection.call(call);
      const result = await ended(String(job));
      if (result !== "done") throw new TeuError("unavailable", `${call.member} ${call.body?.[0]}: systemd's job ended with ${result}`);
    },
  };
}

async function subscribe(connection: DBusConnection): Promise<void> {
  await connection.call({ ...MANAGER, member: "Subscribe" });
  if (!connection.bus) return;
  const bus = "org.freedesktop.DBus";
  await connection.call({
    destination: bus,
    path: "/org/freedesktop/DBus",
    interface: bus,
    member: "AddMatch",
    signature: "s",
    body: [MATCH],
  });
}
