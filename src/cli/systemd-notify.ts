// Tells systemd, where it runs this command as a service of type notify (`teu generate systemd` writes such), that the container runs, and that
// its monitor is the process to watch: it lives as long as the container, and ends with its exit status. sd_notify(3).
import type { Engine } from "../engine/engine.ts";
import type { CliContext } from "./command.ts";

const NOTIFY_MS = 10_000;

export async function notifySystemd({ runtime }: Engine, id: string, { env }: CliContext): Promise<void> {
  const socket = env.NOTIFY_SOCKET;
  if (socket === undefined || socket === "") return;
  const [{ readRecord }, { runProgram }] = await Promise.all([import("../kernel/state/record.ts"), import("../kernel/launch/program.ts")]);
  const monitor = readRecord(runtime.root, id)?.monitor;
  const words = ["--ready", ...(monitor === undefined ? [] : [`MAINPID=${monitor.pid}`])];
  // A datagram socket, which Bun has none of; the program comes with systemd.
  const variables = { NOTIFY_SOCKET: socket, ...(env.PATH === undefined ? {} : { PATH: env.PATH }) };
  const { exitCode, stderr } = await runProgram(["systemd-notify", ...words], { env: variables, timeout: NOTIFY_MS });
  if (exitCode !== 0) runtime.warn(`tell systemd that container ${id} runs: ${stderr.trim().replaceAll("\n", "; ")}`);
}
