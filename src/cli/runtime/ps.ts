// `teu-runtime ps`: the host's ps(1), of the container's processes only.
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { processes } from "../../kernel/cgroup/control/processes.ts";
import { findContainer } from "../../kernel/state/query.ts";
import { UsageError } from "../command.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime ps",
  summary: "Show the processes of a container",
  usage: "[flags] ID [PS-FLAG…]",
  flags: { format: { type: "string", short: "f", value: "FORMAT", summary: "table or json; json gives the pids alone" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  run({ flags: { format = "table" }, args: [id = "", ...words], runtime, context }) {
    if (format !== "table" && format !== "json") throw new UsageError(`--format: ${JSON.stringify(format)} is neither table nor json`);
    const { record, status } = findContainer(runtime, id);
    const pids = Object.keys(record.cgroups).length > 0 ? processes(record.cgroups) : status.pid === 0 ? [] : [status.pid];
    context.out(format === "json" ? `${JSON.stringify(pids)}\n` : linesOf(psOutput(words), pids));
    return 0;
  },
});

function psOutput(words: readonly string[]): string {
  const argv = ["ps", ...(words.length === 0 ? ["-ef"] : words)];
  try {
    const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { stdin: "ignore" });
    if (exitCode === 0) return stdout.toString();
    throw new TeuError("invalid", `${argv.join(" ")}: exit status ${exitCode}: ${stderr.toString().trim()}`);
  } catch (cause) {
    if (cause instanceof TeuError) throw cause;
    throw new TeuError("unavailable", `run ps: ${reasonOf(cause)}`, { cause });
  }
}

/** The heading and the lines of these processes. @throws TeuError `invalid` for an output without a column PID */
export function linesOf(output: string, pids: readonly number[]): string {
  const [heading = "", ...lines] = output.split("\n");
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column < 0) throw new TeuError("invalid", "ps: its output has no column PID; ask for one");
  const wanted = new Set(pids.map(String));
  const ours = lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ""));
  return [heading, ...ours].map((line) => `${line}\n`).join("");
}
