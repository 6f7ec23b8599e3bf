// What of a configuration criu does not bring back, or has not been seen to: refused by both verbs, so that no checkpoint is taken that
// could not be restored, and none is restored with less isolation than the container had.
import { TeuError } from "../../base/errors.ts";
import type { NamespaceType, RuntimeConfig } from "../../spec/runtime/config.ts";
import type { RuntimeContext } from "./context.ts";

interface Limit {
  readonly field: string;
  readonly why: string;
  readonly applies: (config: RuntimeConfig) => boolean;
}

const has = (config: RuntimeConfig, type: NamespaceType): boolean => config.linux?.namespaces?.some((one) => one.type === type) === true;

// biome-ignore format: table
const LIMITS: readonly Limit[] = [
  { field: "process.terminal",          why: "a terminal is not restored",                              applies: ({ process }) => process?.terminal === true },
  { field: "linux.namespaces",          why: "one that is joined by path is not restored",              applies: ({ linux }) => linux?.namespaces?.some(({ path }) => path !== undefined) === true },
  { field: "linux.namespaces",          why: "the container needs a mount namespace of its own",        applies: (config) => !has(config, "mount") },
  { field: "linux.namespaces",          why: "without a pid namespace its pids may be taken by then",   applies: (config) => !has(config, "pid") },
  { field: "linux.namespaces",          why: "a network namespace of its own is not restored",          applies: (config) => has(config, "network") },
  { field: "linux.namespaces",          why: "a user namespace is not restored",                        applies: (config) => has(config, "user") },
  { field: "linux.namespaces",          why: "a time namespace is not restored: criu makes its own",    applies: (config) => has(config, "time") },
  { field: "linux.seccomp.listenerPath", why: "nobody would answer the restored filter",                applies: ({ linux }) => linux?.seccomp?.listenerPath !== undefined },
  { field: "linux.intelRdt",            why: "a class of resctrl is not restored",                      applies: ({ linux }) => linux?.intelRdt !== undefined },
  { field: "mounts",                    why: "an idmapped mount is not restored",                       applies: ({ mounts = [] }) => mounts.some(({ uidMappings }) => uidMappings !== undefined) },
  { field: "hooks",                     why: "what prestart and createRuntime do outside of it is not done again", applies: ({ hooks }) => [hooks?.prestart, hooks?.createRuntime].some((list = []) => list.length > 0) },
];

/**
 * Checks that a container can be had back whole.
 * @param subject what is asked for, as error sentences begin: `restore container c1`
 * @throws TeuError `unsupported` naming the field or what the host lacks
 */
export function checkRestorable(subject: string, config: RuntimeConfig, context: RuntimeContext): void {
  const { rootless, cgroup } = context.facts();
  const refuse = (why: string) => new TeuError("unsupported", `${subject}: ${why}`);
  if (rootless) throw refuse("criu needs root");
  if (cgroup.mode !== "v2") throw refuse("it needs a host with cgroup v2 alone");
  if (context.systemd !== undefined) throw refuse("not with --systemd-cgroup: systemd would have to make the unit anew");
  const limit = LIMITS.find(({ applies }) => applies(config));
  if (limit !== undefined) throw refuse(`${limit.field}: ${limit.why}`);
}
