// The process that `exec` runs: a file's, or the container's own with what the flags change (runc-exec(8)).
import { TeuError } from "../../base/errors.ts";
import type { CapabilitySetName, Process, User } from "../../spec/runtime/config.ts";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import { parseProcess } from "../../spec/runtime/parse.ts";
import { type Flags, type FlagValues, UsageError } from "../command.ts";
import { activated, mergeEnv } from "./activation.ts";

/** Flags that change the container's own process. */
export const EXEC_PROCESS_FLAGS = {
  cwd: { type: "string", value: "DIR", summary: "Working directory in the container" },
  env: { type: "string", short: "e", multiple: true, value: "NAME=VALUE", summary: "Set an environment variable" },
  tty: { type: "boolean", short: "t", summary: "Give it a terminal" },
  user: { type: "string", short: "u", value: "UID[:GID]", summary: "User and group" },
  "additional-gids": { type: "string", short: "g", multiple: true, value: "GID", summary: "Add a group" },
  cap: { type: "string", short: "c", multiple: true, value: "CAP", summary: "Add a capability" },
  "no-new-privs": { type: "boolean", summary: "Let no program gain privileges by execve" },
  apparmor: { type: "string", value: "PROFILE", summary: "AppArmor profile" },
  "process-label": { type: "string", value: "LABEL", summary: "SELinux label" },
} as const satisfies Flags;

export interface ExecWish {
  readonly own: Process | undefined;
  readonly flags: FlagValues<typeof EXEC_PROCESS_FLAGS>;
  readonly args: readonly string[];
  /** The file of `--process`. */
  readonly text: Uint8Array | undefined;
  /** Number of descriptors of a socket activation. */
  readonly listen: number;
  warn(message: string): void;
}

/** @throws InvalidInputError for a file that breaks the specification; UsageError for a flag's value */
export function execProcess(wish: ExecWish): Process {
  return activated(wish.text === undefined ? changed(wish) : parsed(wish, wish.text), wish.listen);
}

function parsed({ own, warn }: ExecWish, text: Uint8Array): Process {
  const { process, warnings } = parseProcess(text);
  for (const { field, message } of warnings) warn(`${field}: ${message}`);
  // Whom the kernel ends for want of memory is the container's property, so that no exec is spared where the container is not.
  return own?.oomScoreAdj === undefined ? process : { oomScoreAdj: own.oomScoreAdj, ...process };
}

function changed({ own, flags, args }: ExecWish): Process {
  // The size was that of the first process's window.
  const { consoleSize: _size, terminal: _terminal, ...base } = own ?? { cwd: "/" };
  const { cwd, env, apparmor, "process-label": label } = flags;
  const process: Process = {
    ...base,
    args,
    cwd: cwd ?? base.cwd,
    env: mergeEnv(base.env ?? [], env ?? []),
    user: userOf(base.user, flags),
    ...(flags.tty === true ? { terminal: true } : {}),
    ...(flags["no-new-privs"] === true ? { noNewPrivileges: true } : {}),
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(label === undefined ? {} : { selinuxLabel: label }),
  };
  return flags.cap === undefined ? process : { ...process, capabilities: addCapabilities(base.capabilities, flags.cap) };
}

function userOf(own: User | undefined, flags: ExecWish["flags"]): User {
  const { user: text, "additional-gids": gids = [] } = flags;
  const base = own ?? { uid: 0, gid: 0 };
  const [uid, gid, ...more] = text?.split(":") ?? [];
  if (more.length > 0) throw new UsageError(`--user: ${JSON.stringify(text)} is not UID[:GID]`);
  const added = gids.flatMap((list) => list.split(",")).map((word) => id(word, "--additional-gids"));
  return {
    ...base,
    ...(uid === undefined ? {} : { uid: id(uid, "--user") }),
    ...(gid === undefined ? {} : { gid: id(gid, "--user") }),
    ...(added.length === 0 ? {} : { additionalGids: [...(base.additionalGids ?? []), ...added] }),
  };
}

/** (uid_t)-1 is no id: setresuid(2) takes it for "leave as it is". */
const LARGEST_ID = 0xffff_fffe;

function id(text: string, flag: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > LARGEST_ID) throw new UsageError(`${flag}: ${JSON.stringify(text)} is not a numeric id`);
  return number;
}

const KNOWN: ReadonlySet<string> = new Set(CAPABILITY_NAMES);
/** Never inheritable (CVE-2022-29162), so ambient only where the container's own process has it inheritable. */
const RAISED: readonly CapabilitySetName[] = ["bounding", "effective", "permitted"];

function addCapabilities(own: Process["capabilities"], added: readonly string[]): NonNullable<Process["capabilities"]> {
  const names = added.flatMap((list) => list.split(",")).map((name) => name.toUpperCase());
  const unknown = names.find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw new TeuError("invalid", `--cap: there is no capability ${JSON.stringify(unknown)}; their names begin with CAP_`);
  const raised = RAISED.map((set) => [set, [...new Set([...(own?.[set] ?? []), ...names])]] as const);
  return { ...own, ...Object.fromEntries(raised) };
}
