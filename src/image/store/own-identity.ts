// Who this process is, for the rows that it leaves: see base/process-identity.ts.
import { TeuError } from "../../base/errors.ts";
import { bootId, type ProcessIdentity } from "../../base/process-identity.ts";
import { readProcess } from "../../kernel/state/process.ts";

/** @throws TeuError `unsupported` when /proc does not show this process. */
export function ownIdentity(): ProcessIdentity {
  const start = readProcess(process.pid)?.start;
  if (start === undefined) throw new TeuError("unsupported", "read /proc/self/stat: /proc is not mounted for this process");
  return { pid: process.pid, startTime: start, bootId: bootId() };
}
