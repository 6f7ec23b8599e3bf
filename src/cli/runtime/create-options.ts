// What `create` and `run` share: flags to options.
import { resolve } from "node:path";
import { parseContainerId } from "../../base/container-id.ts";
import type { CreateOptions } from "../../kernel/state/create-options.ts";
import { UsageError } from "../command.ts";
import type { CreateFlagValues } from "./verb.ts";

/**
 * The options of a container but for who keeps it and its console.
 * @param listen number of descriptors of a socket activation
 */
export function createOptions(id: string, flags: CreateFlagValues, listen: number): Omit<CreateOptions, "keeper"> {
  const pidFile = flags["pid-file"];
  return {
    id: parseContainerId(id),
    preserveFds: count(flags["preserve-fds"], "--preserve-fds") + listen,
    noPivot: flags["no-pivot"] === true,
    noNewKeyring: flags["no-new-keyring"] === true,
    ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
  };
}

/** The console that `--console-socket` names. */
export function consoleOption(socket: string | undefined): Pick<CreateOptions, "console"> {
  return socket === undefined ? {} : { console: { kind: "socket", path: resolve(socket) } };
}

/** A flag's whole number that is not negative; 0 when the flag was not given. @throws UsageError */
export function count(text: string | undefined, flag: string): number {
  if (text === undefined) return 0;
  if (!/^\d{1,4}$/.test(text)) throw new UsageError(`${flag}: ${JSON.stringify(text)} is not a number from 0 to 9999`);
  return Number(text);
}
