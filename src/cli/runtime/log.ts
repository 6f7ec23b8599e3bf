// The runtime's log, in runc's form: its callers (containerd, podman, dockerd) read the reason of a failure from this file. Warnings are for
// the log; on stderr, where the container's own output may be, they are shown only with --debug, as runc and crun have it.
import { appendFileSync } from "node:fs";
import { type CliContext, UsageError } from "../command.ts";
import type { GlobalFlagValues } from "./global-flags.ts";

export interface Log {
  error(message: string): void;
  warn(message: string): void;
}

/** Opens the log that the global flags ask for. @throws UsageError for a format that is neither text nor json */
export function openLog(flags: GlobalFlagValues, context: CliContext): Log {
  const { log: file, "log-format": format = "text" } = flags;
  if (format !== "text" && format !== "json") throw new UsageError(`--log-format: ${JSON.stringify(format)} is neither text nor json`);
  const write = (level: string, msg: string) => {
    const time = new Date().toISOString();
    if (file !== undefined) {
      const line =
        format === "json" ? JSON.stringify({ level, msg, time }) : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(msg)}`;
      appendFileSync(file, `${line}\n`, { mode: 0o644 });
    }
    if (level === "error" || file === undefined || flags.debug === true)
      context.err(`teu-runtime: ${level === "error" ? "" : `${level}: `}${msg}\n`);
  };
  return { error: (message) => write("error", message), warn: (message) => write("warning", message) };
}
